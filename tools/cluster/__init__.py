"""`make cluster`: the pipeline on SLURM, one job for each model, with the dvc.lock of `dvc repro`.

    python -m tools.cluster resnet champion --wait

The stages that all models need are the job `data`; each model's stages are a job of the model's
name, which waits for `data` and for its teachers; all other stages are the job `results`. Each
job works in a clone of its own, and all share DVC's cache. `results` puts together what the others
have made. What waits for what, where a job runs, and that it runs again after a node has failed,
is SLURM's business (Yoo et al. 2003, Job Scheduling Strategies for Parallel Processing).

- plan.py: which stages are in which job, from DVC's own graph
- resources.py: cluster.yaml, which says what a job asks SLURM for
- __main__.py and slurm.py: submit the jobs
- job.py: what runs in a job
- trees.py: the jobs' clones, and how their results are put together
- turns.py: of a job that SLURM has started twice, only the latest goes on
- member.py: a training's processes on several nodes
"""
