"""The architectures, a family a file; `fer2013.model.networks` imports them by name."""
