"""Run every stage of the pipeline in the current folder, without DVC, in dvc.yaml's order.

    python -m tests.pipeline.every_stage
    python -m tests.pipeline.every_stage "report vit"  and then also this stage

Python and its libraries start only once: a process imports all stages, removes these modules
again, but keeps the libraries that they have imported, and forks for each stage. It fails if a
stage fails.
"""

import os
import runpy
import subprocess
import sys
from importlib import import_module

from dvc.repo import Repo

OWN = ("fer2013", "stages")
# It imports onnxruntime, which starts a thread. A fork of a process with threads may hang.
EXPORT = "stages.export"


def main() -> None:
    commands = [stage.cmd.split() for stage in Repo().index.stages if stage.cmd]
    commands += [f"exec python -m stages.{stage}".split() for stage in sys.argv[1:]]
    for module in dict.fromkeys(command[3] for command in commands):
        if module != EXPORT:
            import_module(module)
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]  # the id of a training includes which of our modules are imported
    for command in commands:
        assert command[:3] == ["exec", "python", "-m"]
        if command[3] == EXPORT:
            subprocess.run([sys.executable, *command[2:]], check=True)
            continue
        child = os.fork()
        if child == 0:
            sys.argv = command[3:]
            runpy.run_module(command[3], run_name="__main__", alter_sys=True)
            return
        assert os.waitpid(child, 0)[1] == 0, command


if __name__ == "__main__":
    main()
