"""A branch against its base, from git and dvc.lock alone: `make review BASE=main`.

revision.py     files of a commit, without touching the work tree
pipeline.py     dvc.yaml of a commit, resolved by DVC, and what its dvc.lock records
configs.py      each model's configuration as params.yaml of a commit makes it
stale.py        which stages a commit's code, parameters and data make stale
parameters.py   what changed in params.yaml, by model
results.py      a model's scores, predictions and learning curve at a commit
differences.py  paired statistics of two sets of predictions
verdict.py      what fails the review, and each model's verdict in words
pictures.py     confusion matrices, learning curves
faces.py        faces whose prediction changed, where data is at hand
markdown.py     the report
"""
