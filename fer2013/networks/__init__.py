"""The architectures, one file for each family; `fer2013.core.networks` imports them by name."""
