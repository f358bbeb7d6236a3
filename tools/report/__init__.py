"""One HTML page with all current results, which needs no server: `make report`.

results.py      all that the pipeline has written, read and checked
tables.py       tables of it, their cells written for people
pictures.py     pictures of it, as addresses that hold their data
page.py         the sections of the page, laid out by templates/
"""
