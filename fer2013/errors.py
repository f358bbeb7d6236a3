"""Bad input: one clear sentence for the person at the terminal instead of a traceback."""

import sys
from collections.abc import Callable


class BadInput(Exception):
    """The message says which file (and row or key), what is wrong with it, and what to do."""


def exit_on_bad_input(main: Callable[[], None]) -> None:
    """Run a command; on bad input print its sentence to stderr and exit with code 1."""
    try:
        main()
    except BadInput as error:
        sys.exit(f"error: {error}")
