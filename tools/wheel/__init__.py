"""Building the package with which models are used without torch and DVC."""
