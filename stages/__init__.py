"""One short script per DVC stage: read the inputs, call fer2013, write the outputs.

This file is the first code that a stage runs, before the imports that take seconds. It
- removes environment variables that would change a library's results, since results should depend
  on params.yaml only; the libraries read them when they are imported;
- sets how OpenMP's threads wait (fer2013/runtime/openmp.py);
- ends the stage and its worker processes if the process of dvc that started it is killed. Otherwise
  it would go on writing the files that the next `dvc repro` also writes.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from importlib.util import find_spec

from fer2013.runtime.windows import ON_WINDOWS

if sys.platform == "win32":
    sys.exit(ON_WINDOWS)
if find_spec("torch") is None:  # for instance in the system's Python
    sys.exit(
        f"error: {sys.executable} has none of the packages that this needs: run make setup, then "
        "source .venv/bin/activate, and this again."
    )

from fer2013.runtime.errors import end_at_once_until_main
from fer2013.runtime.openmp import sleep_soon

REMOVED_VARIABLES = (
    "OMP_DYNAMIC",  # these four change the number of threads or cause a deadlock
    "OMP_MAX_ACTIVE_LEVELS",
    "OMP_NESTED",
    "OMP_THREAD_LIMIT",
    "NVIDIA_TF32_OVERRIDE",  # these two change the precision on GPUs
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "MPLBACKEND",  # Jupyter sets it to a backend that is not installed, so drawing would fail
)
PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


def end_with_dvc() -> None:
    """Let the kernel kill this process, and those that it forks later, when their parent ends."""
    end_with_parent()
    if orphaned():
        sys.exit("dvc has ended, so this stage ends too; run dvc repro again.")
    os.register_at_fork(after_in_child=end_with_parent)


def end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch_dvc() -> None:
    """For systems whose kernel cannot do that, such as macOS: end when the parent has changed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def orphaned() -> bool:
    """Was dvc killed before this process asked the kernel to end with it?

    DVC and its stages are in one process group. The process that becomes a stage's parent after
    dvc's end is in another group. A stage that leads its own group was not started by dvc directly.
    """
    return os.getpgrp() not in (os.getpid(), os.getpgid(os.getppid()))


if "DVC_STAGE" in os.environ:
    (end_with_dvc if sys.platform == "linux" else watch_dvc)()
for name in REMOVED_VARIABLES:
    os.environ.pop(name, None)
sleep_soon()
end_at_once_until_main()
