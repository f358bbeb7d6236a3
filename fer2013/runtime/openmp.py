"""Let OpenMP's threads go to sleep sooner when they wait for each other.

By default they spin for milliseconds, which is fastest on an otherwise idle machine. Beside other
busy processes, the spinning takes the core from the thread that they wait for. A training step of
resnet on two threads, for instance, made 57 images/s on an idle machine and 5 to 21 beside a busy
process; with this setting 56 and 30. Results do not depend on it.
"""

import os

# The library reads these when it is loaded, which is when torch is imported.
WAITING = {
    "GOMP_SPINCOUNT": "10000",  # GNU's library (torch on Linux): iterations, default 300,000
    "KMP_BLOCKTIME": "1",  # LLVM's and Intel's (torch on macOS): milliseconds, default 200
}


def sleep_soon() -> None:
    """Set the environment variables, unless the user has set one that concerns waiting."""
    if any(name in os.environ for name in ("OMP_WAIT_POLICY", *WAITING)):
        return
    os.environ.update(WAITING)
