"""Every command that the README or a docstring shows is run by a test: most of them here."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from dvc.repo import Repo
from matplotlib.cbook import get_sample_data

from tests.conftest import REPOSITORY
from tests.pipeline.test_weights import OWN_REMOTE
from tests.pipeline.test_what_changed import IN_README
from tests.pipeline.workspace import FEW_MODELS, Workspace, lend_packages

RUN_ELSEWHERE = {
    "make setup": "by .ci/run",
    "make test": "by .ci/run",
    "make demo": "test_demo.py",
    "source .venv/bin/activate": "test_the_first_lines",
    "source .venv/bin/activate && cd demo": "test_demo.py, whose workspace is that folder",
    "dvc repro train_resnet": "test_demo.py",
    "dvc exp run -S optim.lr=0.0005": "test_demo.py",
    "dvc metrics diff": "test_demo.py",
    "dvc exp run -S train.processes=2 train_resnet": "test_processes.py",
    "dvc repro tensors configure": "test_processes.py",
    "torchrun --nnodes=2 --node-rank=0 --master-addr=HOST --nproc-per-node=1 "
    "-m stages.train resnet": "test_processes.py",
    "dvc commit --force train_resnet": "test_processes.py",
    "python -m tests.stress.kill_matrix 60 --seed 0": "test_kills.py, with fewer",
    "python -m tests.stress.dying_dvc 'dvc[.]lock$' 0 5000 repro train_resnet": "test_kills.py",
    "make cluster": "test_cluster.py, with other models",
    "python -m tools.cluster mentor champion": "the same",
    "make lock": "tests/tools/test_lock.py, with a stand-in for uv",
    "python -m tests.stress.byte_identity": "tests/stress/test_byte_identity.py, with fewer",
    "python -m tests.stress.byte_identity umask queue  those whose name has one of these words": (
        "the same"
    ),
    "python -m tests.stress.full_disk 20  # [a built workspace [stages]]": "test_full_disk.py",
    "python -m benchmarks.seeds sprint 1 2 3 4 5": "tests/benchmarks/test_seeds.py, with fewer",
    "python -m benchmarks.seeds sprint 1 2 3 -S train.epochs=14 -S optim.lr=0.02  # a variant": (
        "the same"
    ),
    "python -m benchmarks.speed sprint mentor champion": "tests/benchmarks/test_tables.py",
    "python -m benchmarks.speed resnet --faces 3000 --rounds 1": "the same",
    "python -m tools.post_review report.md": "tests/tools/review/test_workflows.py",
    "python -m tests.stress.wheel_in_new_environment dist/fer2013-….whl picture.jpg": (
        "it needs PyPI; without that: tests/tools/test_wheel.py"
    ),
    "make web": "tests/tools/web",
    "python -m benchmarks.browser champion sprint": "tests/benchmarks/test_tables.py",
    "make tune MODEL=basic_cnn TRIALS=20": "test_tune.py, with vit",
    "make tune MODEL=basic_cnn TRIALS=20 CLUSTER=4": "the same",
    "python -m stages.report improved_cnn": "tests/stages/test_report.py",
    "python -m stages.ensemble mentor resnet champion improved_cnn": (
        "test_ensemble.py, with resnet and vit"
    ),
}
RUN_ELSEWHERE |= {
    "make wheel": "tests/tools/test_wheel.py",
    "python -m tools.cards": "tests/tools/test_cards.py",
    "python -m tools.readme_table": "tests/tools/test_readme_table.py",
    "python -m benchmarks.detectors": "tests/benchmarks/test_tables.py, with fewer pictures",
    "python -m benchmarks.serve champion sprint --rounds 5": "tests/benchmarks/test_tables.py",
    "python -m benchmarks.peers": "tests/benchmarks/test_peers.py, with a stand-in",
    "python -m benchmarks.peers fer human --models champion": "the same",
    "python -m benchmarks.twins resnet": "tests/benchmarks/test_twins.py",
}
RUN_ELSEWHERE |= dict.fromkeys(OWN_REMOTE, "test_weights.py, with another folder")
RUN_HERE = {
    "make data FROM=~/Downloads/fer2013": "2 good rows",
    "make pull": "",
    "make recover": "Nothing to repair",
    "make review BASE=main": "The review passes.",
    "make report": "report.html is written: 3 models",
    "make report FACES=no": "report.html is written: 3 models",
    "WANDB_MODE=offline make wandb-log MODEL=resnet": "resnet's result is in the W&B run",
    "make pictures": "docs/augment/default.png",
}


def shown_in_readme() -> set[str]:
    return {line.strip() for block in shell_blocks("README.md") for line in block.splitlines()}


def shell_blocks(name: str) -> list[str]:
    return re.findall(r"```bash\n(.*?)```", (REPOSITORY / name).read_text("utf-8"), re.DOTALL)


def shown_in_docstrings() -> set[str]:
    command = re.compile(
        r"^ *(?:python -m [\w.]+|make [\w-]+|dvc \w+)[^\n]*?(?=   |\n)", re.MULTILINE
    )
    files = [
        path
        for name in ("fer2013", "stages", "tools", "benchmarks", "tests/stress")
        for path in (REPOSITORY / name).rglob("*.py")
    ]
    return {found.strip() for path in files for found in command.findall(path.read_text())}


DOCUMENTS = [f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")]


def run_by_dvc() -> set[str]:
    """What the pipeline's stages run."""
    stages = Repo(str(REPOSITORY)).index.stages
    return {stage.cmd.removeprefix("exec ") for stage in stages if stage.cmd}


def test_no_command_is_shown_untested() -> None:
    tested = RUN_ELSEWHERE.keys() | RUN_HERE.keys() | IN_README.keys() | run_by_dvc()
    assert shown_in_readme() <= tested
    placeholder = {"make data FROM=folder", "make wandb-log MODEL=resnet"}  # shown with more
    assert shown_in_docstrings() - placeholder <= tested


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *DOCUMENTS])
def test_commands_can_be_pasted_into_zsh(name: str) -> None:
    """As macOS sets it up, it takes a comment for arguments."""
    assert not [line for block in shell_blocks(name) for line in block.splitlines() if "#" in line]


@pytest.mark.long
def test_the_first_lines(tmp_path: Path) -> None:
    """In the order in which they stand, in a fresh clone; the lines of Python in another folder."""
    clone = Workspace(tmp_path / "fer2013")
    subprocess.run(["git", "clone", "--quiet", REPOSITORY, clone.folder], check=True)
    lend_packages(clone.folder)
    python = "from fer2013 import load_model\n"
    text = (REPOSITORY / "README.md").read_text("utf-8")
    first = shell_blocks("README.md")[0]
    assert text.index(first) < text.index(python)
    photo = get_sample_data("grace_hopper.jpg", asfileobj=False)
    shutil.copy(photo, tmp_path / "picture.jpg")
    (code,) = re.findall(rf"```python\n({python}.*?)```", text, re.DOTALL)
    (tmp_path / "script.py").write_text(code)
    clone.environment["PYTHONPATH"] = str(clone.folder)  # stands for the editable installation
    assert "run make pull" in clone.run("python", "../script.py", fails=True)
    lines = f"set -e\n{first}\ncd ..\npython script.py"
    assert clone.run("bash", "-c", lines).splitlines()[-1].startswith("Neutral 0.")


def test_ci_runs_the_readmes_test_command() -> None:
    assert "make test" in (REPOSITORY / ".ci/run").read_text().splitlines()


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = built.copy(tmp_path_factory.mktemp("readme") / "fer2013")
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(workspace.folder / "data/sample", home / "Downloads/fer2013")
    for path in (home / "Downloads/fer2013").iterdir():
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    workspace.environment["HOME"] = str(home)
    return workspace


@pytest.mark.parametrize(("command", "message"), RUN_HERE.items(), ids=RUN_HERE.keys())
def test_command(workspace: Workspace, command: str, message: str) -> None:
    program, *words = command.split()
    if program.startswith("WANDB_MODE="):
        workspace.environment["WANDB_MODE"] = program.partition("=")[2]
        program = words.pop(0)
    if program == "make":
        words = [word.replace("~", workspace.environment["HOME"]) for word in words]
        output = workspace.make(*words)
    else:
        output = workspace.run(program, *words)
    assert message in output


def test_plots_show_every_model(workspace: Workspace) -> None:
    workspace.run("dvc", "plots", "show", "--out", "plots")
    page = (workspace.folder / "plots/index.html").read_text()
    for model in FEW_MODELS:
        assert f"metrics/epochs/{model}.tsv" in page
        assert f"metrics/predictions/{model}.csv" in page


def test_a_short_form_of_make_stress_is_tested(workspace: Workspace) -> None:
    lines = workspace.make("--dry-run", "stress").splitlines()
    commands = {line for line in lines if line.startswith("python -m tests.stress.")}
    assert len(commands) == 5
    assert commands <= RUN_ELSEWHERE.keys() | {"python -m tests.stress.full_disk 6"}


def test_the_makefile_tells_all_its_targets(workspace: Workspace) -> None:
    listed = set(re.findall(r"make ([\w-]+)", workspace.make("help")))
    assert {"help", "setup", "demo", "data", "pull", "test", "lint", "recover"} <= listed
    rules = re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(rules) == listed
