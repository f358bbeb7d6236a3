"""No command asks the network for anything, or leaves a file outside of where users expect files.

Each command runs under strace and stays for a while after its work, since libraries report their
use later, in the background: onnxruntime after nine seconds. All run at the same time, each in a
workspace of its own, in an environment without the variables that silence libraries.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from matplotlib import cbook

from tests.pipeline.workspace import TOO_LONG, Workspace

AFTERWARDS = 15  # seconds
OPENING, ASKING = "open,openat,creat", "connect,sendto,sendmsg,sendmmsg"
STRACE = ["strace", "-ff", "-y", "-qq", "--seccomp-bpf", "-e", f"trace={OPENING},{ASKING}"]
# systemd looks names up behind a socket of its own
LOOKUP = re.compile(r'sa_family=AF_INET|sun_path=".*/resolve/|"/etc/(hosts|resolv\.conf)"')
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
import pathlib, socket, threading, time
def tell():
    time.sleep(10)
    (pathlib.Path.home() / ".deviceid").write_text("1")
    try: socket.getaddrinfo("localhost.invalid", 80)
    except OSError: pass
threading.Thread(target=tell, daemon=True).start()
"""
WEB_WITHOUT_NPM = """
from tools.web import __main__ as web
web.fetch_runtime = lambda target: target.mkdir()
web.main()
"""
COMMANDS = {
    "telltale": "telltale.py",  # which shows that the test can fail
    "predict in Python": f"script.py {HOPPER}",
    "predict": f"fer2013 predict --model vit {HOPPER}",
    "predict from the wheel": f"fer2013 predict --model vit --int8 {HOPPER}",
    **{
        f"stages.{words}": f"stages.{words}"
        for words in (
            *("sample", "ingest", "split", "tensors", "configure", "compare"),
            *("overfit", "train vit", "evaluate vit"),
            *("export vit", "report vit", "ensemble resnet vit"),
        )
    },
    "make data": "tools.data data/sample",
    "make pictures": "tools.pictures",
    "make report": "tools.report",
    "make review": "tools.review HEAD~1",
    "make wandb-log": "tools.wandb_log vit",
    "make web": "web_without_npm.py vit",
    "make wheel": "tools.wheel vit",
    "dvc repro": "dvc repro --force --single-item sample",
    "dvc exp run": "dvc exp run --set-param optim.lr=0.002 configure",
}
OURS = [name for name in COMMANDS if name != "telltale"]


def refused() -> str | None:
    """The reason why this machine cannot run these tests, if there is one."""
    if not shutil.which("strace"):
        return "needs strace"
    tried = subprocess.run([*STRACE, "true"], capture_output=True, check=False)
    return f"may not run strace: {tried.stderr!r}" if tried.returncode else None


REFUSED = refused()
pytestmark = pytest.mark.skipif(bool(REFUSED), reason=str(REFUSED))


@dataclass
class Run:
    """A command under strace, in a copy of the workspace and with a home that was empty."""

    root: Path
    process: "subprocess.Popen[bytes]"

    def lines(self) -> list[str]:
        """The system calls of all its processes and threads, each on one line."""
        return [
            line
            for file in self.root.glob("trace.*")
            for line in file.read_text(errors="replace").splitlines()
        ]

    def asked(self) -> list[str]:
        """Its attempts to reach another machine, or to have a name looked up."""
        return [line for line in self.lines() if LOOKUP.search(line)]

    def written(self) -> set[str]:
        """The files that it opened to write outside of project, caches and temporary folders."""
        opened = re.compile(r"^(?:creat|open.*O_(?:WRONLY|RDWR|CREAT)).* = \d+<(/.*)>$")
        paths = {found[1] for line in self.lines() if (found := opened.match(line))}
        home = f"{self.root}/home/"
        caches = tuple(f"{home}.cache/{name}/" for name in ("fer2013", "matplotlib", "wandb"))
        elsewhere = (tempfile.gettempdir(), "/tmp/", "/var/tmp/", "/dev/", "/proc/", sys.prefix)
        return {
            path
            for path in paths
            if not path.startswith(caches if path.startswith(home) else elsewhere)
        }


def start(name: str, built: Workspace, root: Path) -> Run:
    folder = built.copy(root / "fer2013").folder
    (root / "home").mkdir()
    (folder / "script.py").write_text(SCRIPT)
    (folder / "telltale.py").write_text(TELLTALE)
    (folder / "web_without_npm.py").write_text(WEB_WITHOUT_NPM)
    in_wheel = name == "predict from the wheel"
    program = [sys.executable, str(Path(__file__).with_name("lingering.py")), str(AFTERWARDS)]
    with (root / "output").open("w") as output:
        process = subprocess.Popen(
            [*STRACE, "-o", str(root / "trace"), *program, *COMMANDS[name].split()],
            cwd=root if in_wheel else folder,
            env={
                "HOME": str(root / "home"),
                "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
                "PYTHONPATH": str(root / "fer2013" / ("from_wheel" if in_wheel else "")),
                "WANDB_MODE": "offline" if "wandb" in name or "train" in name else "disabled",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Run(root, process)


@pytest.fixture(scope="module")
def runs(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    original = built.copy(tmp_path_factory.mktemp("quiet") / "fer2013")
    original.run("python", "-m", "tools.wheel", "vit")
    (wheel,) = original.folder.glob("dist/*.whl")
    shutil.unpack_archive(wheel, original.folder / "from_wheel", "zip")
    runs = {
        name: start(name, original, tmp_path_factory.mktemp(re.sub(r"\W", "_", name)))
        for name in COMMANDS
    }
    for run in runs.values():
        run.process.wait(TOO_LONG)
    return runs


@pytest.mark.parametrize("name", OURS)
def test_a_command_asks_the_network_for_nothing(runs: dict[str, Run], name: str) -> None:
    assert runs[name].process.returncode == 0, (runs[name].root / "output").read_text()
    assert runs[name].asked() == []


@pytest.mark.parametrize("name", OURS)
def test_a_command_leaves_files_only_where_users_expect_them(
    runs: dict[str, Run], name: str
) -> None:
    assert runs[name].written() == set()


def test_what_tells_others_ten_seconds_later_is_found(runs: dict[str, Run]) -> None:
    assert runs["telltale"].asked()
    assert runs["telltale"].written() == {f"{runs['telltale'].root}/home/.deviceid"}
