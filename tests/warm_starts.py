"""Starts of stages, tools and dvc that fork from a process which has imported the libraries.

Imports are most of what a stage with few rows takes, and the tests start hundreds. `server` puts a
`python` and a `dvc` into a folder for the PATH. They hand what they are to run to a server that has
imported the libraries, though none of our own code, and forks for each. What is started so has a
parent and a process group of its own; tests of signals, kills, workers and of variables that Python
itself or a library reads take the real ones (Workspace.cold).
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

LIBRARIES = (
    *("torch", "torchmetrics", "albumentations", "pandas", "pydantic", "safetensors.torch"),
    *(
        "matplotlib.figure",
        "matplotlib.backends.backend_agg",
        "sklearn.metrics",
        "dvclive",
        "wandb",
    ),
    *("dvc.cli", "dvc.repo", "dvc.commands.repro", "dvc.commands.experiments", "dvc.fs.dvc"),
)
CLIENT = """#!{python} -IS
import json, os, socket, sys
if not ({everything} or sys.argv[1:2] == ["-m"] and sys.argv[2].startswith(("stages.", "tools."))):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
umask = os.umask(0)
module = {module!r} or sys.argv[2]
words = sys.argv[1 if {everything} else 3:]
said = json.dumps([module, words, os.getcwd(), dict(os.environ), umask]).encode()
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
socket.send_fds(server, [len(said).to_bytes(8, "big")], [0, 1, 2])
server.sendall(said)
code = server.recv(1)
sys.exit(code[0] if code else 1)
"""


class Request(NamedTuple):
    """What a client asks for, as it says it, and its standard input, output and error."""

    module: str
    words: list[str]
    folder: str
    environment: dict[str, str]
    umask: int
    files: list[int]


@contextmanager
def server(folder: Path) -> Iterator[Path]:
    """Run a server, and yield the folder of its `python` and `dvc`."""
    address = folder / "server"
    commands = folder / "bin"
    commands.mkdir()
    for name, module in (("python", ""), ("dvc", "dvc")):
        client = CLIENT.format(
            python=sys.executable, address=str(address), module=module, everything=bool(module)
        )
        (commands / name).write_text(client)
        (commands / name).chmod(0o755)
    environment = os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1"}
    process = subprocess.Popen([sys.executable, __file__, str(address)], env=environment)
    while not address.exists():
        assert process.poll() is None
        time.sleep(0.05)
    try:
        yield commands
    finally:
        process.terminate()
        process.wait()


def serve(address: str) -> Request:
    """Wait for requests; return one, in a process forked for it."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"{address}.new")
    listening.listen(64)
    Path(f"{address}.new").rename(address)  # it is there once it can be connected to
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    while True:
        client, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return keep(client)
        client.close()


def keep(client: socket.socket) -> Request:
    """Fork, return the request in the child, and tell the client how that ended.

    If the client is killed, so is the child with all that it has started.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, *_ = socket.recv_fds(client, 8, 3)
    said = b""
    while len(said) < int.from_bytes(size, "big"):
        said += client.recv(1 << 16)
    child = os.fork()
    if child == 0:
        client.close()
        os.setpgid(0, 0)
        module, words, folder, environment, umask = json.loads(said)
        return Request(module, words, folder, environment, umask, files)
    for file in files:
        os.close(file)
    ended = os.pidfd_open(child)
    ready, _, _ = select.select([ended, client.fileno()], [], [])
    if ended not in ready:
        os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended in ready:
        client.sendall(bytes([code % 256]))
    os._exit(0)


def run(request: Request) -> None:
    """Do what `python -m module words` does."""
    for place, file in enumerate(request.files):
        os.dup2(file, place)
        os.close(file)
    os.chdir(request.folder)
    os.umask(request.umask)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.path[0] = request.folder
    sys.argv = ["-m", *request.words]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in LIBRARIES:
        import_module(name)
    gc.freeze()  # what is not looked at again stays shared between the processes
    run(serve(sys.argv[1]))
