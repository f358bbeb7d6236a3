"""Commands that are not stages; the Makefile calls them."""

from fer2013.runtime.errors import end_at_once_until_main
from fer2013.runtime.openmp import sleep_soon

sleep_soon()
end_at_once_until_main()
