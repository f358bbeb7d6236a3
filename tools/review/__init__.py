"""Compare a branch with its base, using only git and dvc.lock: `make review BASE=main`.

revision.py     files of a commit, without changing the working tree
pipeline.py     dvc.yaml of a commit, resolved by DVC, and the records of its dvc.lock
configs.py      each model's configuration at a commit, made from its params.yaml
stale.py        which stages a commit's code, parameters and data make stale
parameters.py   what changed in params.yaml, by model
results.py      a model's scores, predictions and learning curve at a commit
differences.py  paired statistics of two sets of predictions
verdict.py      each model's verdict, and the reasons why the review fails
pictures.py     confusion matrices, learning curves
faces.py        faces whose prediction changed, if the data is available
markdown.py     the report
"""
