"""Compare a branch with its base, using only git and DVC: `make review BASE=main`.

revision.py     files of a commit, without changing the working tree
stale.py        which stages ran again, and for which dvc.lock is stale, as DVC says
parameters.py   two sets of nested values, compared key by key
results.py      a model's scores, predictions and learning curve at a commit
differences.py  paired statistics of two sets of predictions
verdict.py      each model's verdict, and the reasons why the review fails
review.py       all of the above for two commits
pictures.py     confusion matrices, learning curves
faces.py        faces whose prediction changed, if the data is available
markdown.py     the report
"""
