"""Measurements, one script each; README.md has the results."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as stages/__init__.py
