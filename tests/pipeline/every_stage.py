"""Run every stage of the pipeline in the current folder, without DVC, in dvc.yaml's order.

    python -m tests.pipeline.every_stage

Python and its libraries start once, and not for each stage: a process that has imported all stages
forgets them again, keeps the libraries that came with them, and forks for each. It fails if a stage
fails.
"""

import os
import runpy
import sys
from importlib import import_module

from dvc.repo import Repo

OWN = ("fer2013", "stages")


def main() -> None:
    commands = [stage.cmd.split() for stage in Repo().index.stages if stage.cmd]
    for module in dict.fromkeys(command[3] for command in commands):
        import_module(module)
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        del sys.modules[name]  # training tells in its run's id which of our modules it imports
    for command in commands:
        assert command[:3] == ["exec", "python", "-m"]
        child = os.fork()
        if child == 0:
            sys.argv = command[3:]
            runpy.run_module(command[3], run_name="__main__", alter_sys=True)
            return
        assert os.waitpid(child, 0)[1] == 0, command


if __name__ == "__main__":
    main()
