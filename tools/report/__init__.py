"""One page of the current state, for a browser and without a server: `make report`.

results.py      what the pipeline has written of each model that has scores
tables.py       a table whose rows can be sorted and filtered, and its cells
scores.py       the leaderboard, scores of every part and of every class
confusion.py    confusion matrices
calibration.py  is a model right as often as it says?
curves.py       what each epoch brought
data.py         what the data set holds
parameters.py   the parameters of all models, side by side
mistakes.py     the most confident mistakes, where faces are at hand
drawing.py      what all charts have in common: Vega-Lite's JSON
charts.py       accuracies, costs, calibration, classes
curve_charts.py learning curves
state.py        all that the page says
page.py         all of it → HTML, by templates/
"""
