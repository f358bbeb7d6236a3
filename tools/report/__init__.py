"""One HTML page with all current results, which needs no server: `make report`.

results.py      the results of each model that has scores
tables.py       tables that can be sorted and filtered
scores.py       the leaderboard, the scores of every part and of every class
confusion.py    confusion matrices
calibration.py  accuracy by confidence
curves.py       tables of the epochs
data.py         statistics of the data set
parameters.py   the parameters of all models, side by side
mistakes.py     the most confident mistakes, if the faces are available
drawing.py      what all charts have in common: Vega-Lite's JSON
charts.py       charts of accuracies, costs, calibration, classes
curve_charts.py charts of learning curves
state.py        everything that the page shows
page.py         the state → HTML, with templates/
"""
