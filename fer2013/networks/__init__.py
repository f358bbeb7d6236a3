"""The architectures, one file for each family; `fer2013.model.networks` imports them by name."""
