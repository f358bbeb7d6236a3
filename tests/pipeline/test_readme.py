"""The blocks of shell in the README and the other documents: all parse, and many are run.

Run elsewhere: the demo and what follows it (test_demo.py), what changes parameters
(test_what_changed.py), docs/experiments.md (test_experiments.py), CONTRIBUTING.md
(test_dvc_commit.py), the remotes (test_weights.py).
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from dvc.cli import parse_args
from matplotlib.cbook import get_sample_data

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace, lend_packages

DOCUMENTS = [
    path.relative_to(REPOSITORY)
    for path in (*REPOSITORY.glob("[A-Z]*.md"), *REPOSITORY.glob("docs/*.md"))
]
MAKEFILE = (REPOSITORY / "Makefile").read_text()
TARGETS = set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
# The targets that are run here, as the documents call them, and what they print.
RUN_HERE = {
    "data": "2 good rows",
    "pull": "",
    "recover": "Nothing to repair",
    "report": "report.html is written: 3 models",
    "review": "The review passes.",
    "wandb-log": "resnet's result is in the W&B run",
}


def blocks(document: Path, language: str = "bash") -> list[str]:
    text = (REPOSITORY / document).read_text("utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)```", text, re.DOTALL | re.MULTILINE)


LINES = [
    line.strip() for name in DOCUMENTS for block in blocks(name) for line in block.splitlines()
]
MADE = {
    line: RUN_HERE[found[1]]
    for line in LINES
    if (found := re.search(r"make ([\w-]+)", line)) and found[1] in RUN_HERE
}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_block_parses_and_can_be_pasted_into_zsh(document: Path) -> None:
    """As macOS sets zsh up, it takes a comment for arguments."""
    for block in blocks(document):
        subprocess.run(["bash", "-n", "-c", block], check=True)
        assert "#" not in block


@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_what_is_called_exists(line: str) -> None:
    """Make's targets and variables, DVC's commands and options, modules."""
    for target, said in re.findall(r"\bmake ([\w-]+)(.*)", line):
        assert target in TARGETS
        assert all(name in MAKEFILE for name in re.findall(r"\b([A-Z]+)=", said))
    if line.startswith("dvc "):
        parse_args([word.strip("'") for word in line.split()[1:]])
    for module in re.findall(r"python -m ([\w.]+)", line):
        assert find_spec(module)


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = built.copy(tmp_path_factory.mktemp("readme") / "fer2013")
    workspace.environment["HOME"] = str(tmp_path_factory.mktemp("home"))
    lend_packages(workspace.folder)
    return workspace


@pytest.mark.parametrize(("line", "message"), MADE.items(), ids=MADE.keys())
def test_what_make_does(workspace: Workspace, line: str, message: str) -> None:
    home = Path(workspace.environment["HOME"])
    for name in re.findall(r"FROM=~/(\S+)", line):
        shutil.copytree(workspace.folder / "data/sample", home / name)
        for path in (home / name).iterdir():
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert message in workspace.run("bash", "-c", line)


@pytest.mark.long
def test_the_first_lines(tmp_path: Path) -> None:
    """In a fresh clone; the lines of Python in another folder."""
    clone = Workspace(tmp_path / "fer2013")
    subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone.folder], check=True)
    lend_packages(clone.folder)
    shutil.copy(get_sample_data("grace_hopper.jpg", asfileobj=False), tmp_path / "picture.jpg")
    (tmp_path / "script.py").write_text(blocks(Path("README.md"), "python")[0])
    clone.environment["PYTHONPATH"] = str(clone.folder)  # stands for the editable installation
    assert "run make pull" in clone.run("python", "../script.py", fails=True)
    lines = f"set -e\n{blocks(Path('README.md'))[0]}\ncd ..\npython script.py"
    assert clone.run("bash", "-c", lines).splitlines()[-1].startswith("Neutral 0.")


def test_the_makefile_tells_all_its_targets(workspace: Workspace) -> None:
    assert set(re.findall(r"make ([\w-]+)", workspace.make("help"))) == TARGETS
