"""Side-by-side measurements, each a script; README.md holds what they showed."""

from fer2013.runtime.openmp import sleep_soon

sleep_soon()
