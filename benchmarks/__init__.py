"""Measurements, one script each; README.md has the results."""

from fer2013.runtime.openmp import sleep_soon

sleep_soon()
