"""No command asks the network for anything, but make setup, pull and web, which fetch something.

Each command runs under strace and stays for a while after its work, since libraries report their
use later, in the background: onnxruntime after nine seconds. All run at the same time, each in a
workspace of its own, in an environment without the variables that silence libraries.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib import cbook

from tests.pipeline.workspace import TOO_LONG, Workspace

AFTERWARDS = 15  # seconds
CALLS = "connect,sendto,sendmsg,sendmmsg,open,openat"
STRACE = ["strace", "-ff", "-y", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}"]
# systemd looks names up behind a socket of its own
ASKING = re.compile(r'sa_family=AF_INET|sun_path=".*/resolve/|"/etc/(hosts|resolv\.conf)"')
HOPPER = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)

# Other libraries come first, as in many a user's script, and onnxruntime before it is needed.
SCRIPT = """
import cv2, dvc.api, dvclive, hydra, matplotlib.pyplot, optuna, pandas, sklearn, torch, wandb
import fer2013
import onnxruntime
import sys
optuna.create_study().optimize(lambda trial: trial.suggest_float("rate", 0, 1), n_trials=1)
print(fer2013.load_model("vit")(sys.argv[1])[0].label)
"""
TELLTALE = """
import socket, threading, time
def tell():
    time.sleep(10)
    try: socket.getaddrinfo("localhost.invalid", 80)
    except OSError: pass
threading.Thread(target=tell, daemon=True).start()
"""
COMMANDS = {
    "telltale": "telltale.py",  # which shows that the test can fail
    "predict in Python": f"script.py {HOPPER}",
    "predict": f"fer2013 predict --model vit {HOPPER}",
    "predict from the wheel": f"fer2013 predict --model vit --int8 {HOPPER}",
    "train": "stages.train vit",
    "export": "stages.export vit",
    "every stage": "dvc repro --force",
    "an experiment": "dvc exp run --set-param optim.lr=0.002 configure",
    "make data": "tools.data data/sample",
    "make report": "tools.report",
    "make review": "tools.review HEAD~1",
    "make wandb-log": "tools.wandb_log vit",
    "make wheel": "tools.wheel vit",
}


def refused() -> str:
    """The reason why this machine cannot run these tests, if there is one."""
    if not shutil.which("strace"):
        return "needs strace"
    tried = subprocess.run([*STRACE, "true"], capture_output=True, check=False)
    return f"may not run strace: {tried.stderr!r}" if tried.returncode else ""


REFUSED = refused()
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(REFUSED), reason=REFUSED)]


def start(name: str, original: Workspace, root: Path) -> "subprocess.Popen[bytes]":
    """Run a command under strace, in a copy of the workspace and with a home that is empty."""
    folder = original.copy(root / "fer2013").folder
    (root / "home").mkdir()
    (folder / "script.py").write_text(SCRIPT)
    (folder / "telltale.py").write_text(TELLTALE)
    in_wheel = name == "predict from the wheel"
    program = [sys.executable, str(Path(__file__).with_name("lingering.py")), str(AFTERWARDS)]
    with (root / "output").open("w") as output:
        return subprocess.Popen(
            [*STRACE, "-o", str(root / "trace"), *program, *COMMANDS[name].split()],
            cwd=root if in_wheel else folder,
            env={
                "HOME": str(root / "home"),
                "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
                "PYTHONPATH": str(root / "fer2013" / ("site" if in_wheel else "")),
                "WANDB_MODE": "offline" if name in ("make wandb-log", "train") else "disabled",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@pytest.fixture(scope="module")
def asked(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For each command: its attempts to reach another machine, or to have a name looked up."""
    original = built.copy(tmp_path_factory.mktemp("quiet") / "fer2013")
    original.run("python", "-m", "tools.wheel", "vit")
    (wheel,) = original.folder.glob("dist/*.whl")
    shutil.unpack_archive(wheel, original.folder / "site", "zip")
    roots = {name: tmp_path_factory.mktemp(name.replace(" ", "_")) for name in COMMANDS}
    running = {name: start(name, original, root) for name, root in roots.items()}
    for name, process in running.items():
        code = process.wait(TOO_LONG)
        assert code == 0, f"{name}: {(roots[name] / 'output').read_text()}"
    return {
        name: [
            line
            for file in root.glob("trace.*")
            for line in file.read_text(errors="replace").splitlines()
            if ASKING.search(line)
        ]
        for name, root in roots.items()
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_asks_the_network_for_nothing(asked: dict[str, list[str]], name: str) -> None:
    assert bool(asked[name]) == (name == "telltale"), asked[name]
