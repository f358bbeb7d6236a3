"""`make cluster`: the pipeline on SLURM, a job for each model, with the bytes of `dvc repro`.

    python -m tools.cluster mentor champion

The stages that all models need are the job `data`. A model's training and evaluation are a job of
its name, which waits for `data` and for the jobs of its teachers; all that is left is the job
`results`. Each job is an ordinary `dvc repro` in a clone of its own, and all share DVC's cache.
Then `dvc repro` in the user's tree takes everything from the run cache, and trains nothing. What
waits for what, where a job runs, and that it runs again after a node has failed, is SLURM's
business (Yoo et al. 2003, Job Scheduling Strategies for Parallel Processing).

- __main__.py: which jobs there are; submit them, wait, and take their results
- slurm.py: submitting a job, and cluster.yaml, which says what it asks SLURM for
- job.sh: what runs in a job
"""
