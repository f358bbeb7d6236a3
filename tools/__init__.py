"""Commands that are not stages of the pipeline; the Makefile calls most of them."""

import sys

from fer2013.runtime.windows import ON_WINDOWS

if sys.platform == "win32":
    sys.exit(ON_WINDOWS)

from fer2013.runtime.errors import end_at_once_until_main
from fer2013.runtime.openmp import sleep_soon

sleep_soon()
end_at_once_until_main()
