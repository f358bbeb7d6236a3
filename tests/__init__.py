"""They mirror the folders of what they test; pipeline/ runs DVC."""

from fer2013.runtime.openmp import sleep_soon

sleep_soon()
