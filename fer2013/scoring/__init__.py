"""From probabilities to scores, predictions, an ensemble and a submission."""
