"""Scores, predictions, what is counted of them, ensemble and submission."""
