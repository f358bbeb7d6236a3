"""Let the threads of OpenMP sleep soon where they wait for one another.

By default they spin for milliseconds, which is the faster way on a machine that has nothing else to
do. Beside another busy process the spinning takes the very processor that the thread they wait for
needs: resnet's step on two threads, 57 images/s quiet, fell to 5 to 21, and with this setting to
30. Quiet it made 56. Results do not depend on it.
"""

import os

# Read when the library is loaded, which importing torch does.
WAITING = {
    "GOMP_SPINCOUNT": "10000",  # GNU's library, torch's on Linux: rounds; by default 300,000
    "KMP_BLOCKTIME": "1",  # LLVM's and Intel's, torch's on macOS: milliseconds; by default 200
}


def sleep_soon() -> None:
    """Say so in this process's environment, unless the user has said how to wait."""
    if any(name in os.environ for name in ("OMP_WAIT_POLICY", *WAITING)):
        return
    os.environ.update(WAITING)
