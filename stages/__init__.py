"""One short script per DVC stage: read the inputs, call fer2013, write the outputs."""

import os
import threading
import time
from collections.abc import Callable

from fer2013.runtime.errors import exit_on_bad_input

# Libraries read the environment when they are imported, which only this code precedes. Results
# should depend on params.yaml only, so what would change them goes.
for name in (
    "OMP_DYNAMIC",  # these four change the number of threads or cause a deadlock
    "OMP_MAX_ACTIVE_LEVELS",
    "OMP_NESTED",
    "OMP_THREAD_LIMIT",
    "NVIDIA_TF32_OVERRIDE",  # these two change the precision on GPUs
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "MPLBACKEND",  # Jupyter sets it to a backend that is not installed, so drawing would fail
):
    os.environ.pop(name, None)
# OpenMP's threads wait for each other by spinning, which takes the core from the thread that they
# wait for if other processes are busy. This is a thirtieth of GNU's default (benchmarks/README.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
PARENT = os.getppid()


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage; it and its worker processes end if the dvc that started it is killed.

    Otherwise they would go on writing the files, and hold the lock, of the next `dvc repro`.
    """
    if "DVC_STAGE" in os.environ:
        end_with(PARENT)
        os.register_at_fork(after_in_child=lambda: end_with(os.getppid()))
    exit_on_bad_input(main)


def end_with(parent: int) -> None:
    """End this process soon after it gets another parent, as its own has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
