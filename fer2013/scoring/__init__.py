"""Scores, predictions, ensemble and submission, computed from probabilities."""
