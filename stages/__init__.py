"""One short script per DVC stage: read the inputs, call fer2013, write the outputs.

What is here is the first of our code that a stage runs, before seconds of imports. Results are to
depend on params.yaml and not on the user's environment, so the stage forgets the variables by which
libraries would compute otherwise, as they read them when they are imported; threads are told to
wait in a way that suits busy machines. And it ends with the
process of dvc that started it, should that be killed, and its worker processes end with it: left
running, it would write the very files that the next `dvc repro` is making.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from importlib.util import find_spec

if find_spec("torch") is None:  # such as the system's Python
    sys.exit(
        f"error: {sys.executable} has none of the packages that this needs: run make setup, then "
        "source .venv/bin/activate, and this again."
    )

from fer2013.runtime.errors import end_at_once_until_main
from fer2013.runtime.openmp import sleep_soon

FORGOTTEN = (
    "OMP_DYNAMIC",  # these four: another number of threads than train.threads, or a deadlock
    "OMP_MAX_ACTIVE_LEVELS",
    "OMP_NESTED",
    "OMP_THREAD_LIMIT",
    "NVIDIA_TF32_OVERRIDE",  # these two: another precision on GPUs
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "MPLBACKEND",  # Jupyter's, which is not installed here, would end every stage with a picture
)
PR_SET_PDEATHSIG = 1  # from Linux's <sys/prctl.h>


def end_with_dvc() -> None:
    """Let the kernel kill this process, and those that it will fork, when their parent ends."""
    end_with_parent()
    if orphaned():
        sys.exit("dvc has ended, so this stage ends too; run dvc repro again.")
    os.register_at_fork(after_in_child=end_with_parent)


def end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def watch_dvc() -> None:
    """Where no kernel does it, such as macOS's: end once the parent is another."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def orphaned() -> bool:
    """Was dvc killed before we came to this? It shares its process group with its stages; whoever
    adopts them does not. (Who leads a group of its own was not started by dvc itself.)"""
    return os.getpgrp() not in (os.getpid(), os.getpgid(os.getppid()))


if "DVC_STAGE" in os.environ:
    (end_with_dvc if sys.platform == "linux" else watch_dvc)()
for name in FORGOTTEN:
    os.environ.pop(name, None)
sleep_soon()
end_at_once_until_main()
