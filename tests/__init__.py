"""They mirror the folders of what they test; pipeline/ runs DVC."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as stages/__init__.py
