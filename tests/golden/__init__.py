"""The recorded first steps of every model's training, and how to record them again."""
