"""`make tune`: search a model's hyperparameters with Optuna; a finished trial is a DVC experiment.

    make tune MODEL=basic_cnn TRIALS=20
    make tune MODEL=basic_cnn TRIALS=20 CLUSTER=4

tune.yaml lists the hyperparameters and their ranges. A trial is a `dvc exp run --temp` with values
that Optuna's TPE sampler suggests (Bergstra et al. 2011, NeurIPS); its value is the validation
accuracy. A trial whose accuracy is below the median of the earlier trials at the same epoch is
stopped and leaves no experiment. The study is kept in .dvc/tmp/tune/<model>.log, so the same
command continues it. With CLUSTER, the trials are jobs on SLURM, so many at a time.

- search.py: the study, and one trial
- on_slurm.py: the trials as an array of jobs
"""
