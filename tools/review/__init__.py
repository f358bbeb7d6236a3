"""Compare a branch with its base, using only git and DVC: `make review BASE=main`.

revision.py     files of a commit, without changing the working tree
pipeline.py     what DVC says: stale stages, changed parameters
models.py       each model's results at both commits, its verdict, why it fails the review
differences.py  paired statistics of two sets of predictions
pictures.py     confusion matrices
faces.py        faces whose prediction changed, if the data is available
markdown.py     the report
"""
