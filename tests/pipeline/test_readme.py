"""Every command that the README or a docstring shows is run by a test: most of them here."""

import re
import shutil

import pandas as pd
import pytest
from dvc.repo import Repo

from fer2013.reporting.readme_table import insert_table
from tests.conftest import REPOSITORY
from tests.pipeline.test_weights import OWN_REMOTE
from tests.pipeline.test_what_changed import IN_README
from tests.pipeline.workspace import FEW_MODELS, Workspace

RUN_ELSEWHERE = {
    "make test": "by .ci/run",
    "make demo": "test_demo.py",
    "source .venv/bin/activate && cd demo": "test_demo.py, whose workspace is that folder",
    "dvc repro train_resnet": "test_demo.py",
    "dvc exp run -S optim.lr=0.0005": "test_demo.py",
    "dvc metrics diff": "test_demo.py",
    "dvc exp run -S train.processes=2 train_resnet": "test_processes.py",
    "dvc repro tensors configure": "test_processes.py",
    "torchrun --nnodes=2 --node-rank=0 --master-addr=HOST --nproc-per-node=1 "
    "-m stages.train resnet": "test_processes.py",
    "dvc commit --force train_resnet": "test_processes.py",
    "python -m tests.stress.fuzz_csv 10000": "tests/fer2013/test_bad_input.py, with fewer",
    "python -m benchmarks.scale 29000 290000 870000": "tests/benchmarks/test_scale.py, with fewer",
    "python -m tests.stress.kill_matrix 60 --seed 0": "test_kills.py, with fewer",
    "python -m tests.stress.dying_dvc 'dvc[.]lock$' 0 5000 repro train_resnet": "test_kills.py",
    "python -m benchmarks.vit_collapse both": "tests/benchmarks/test_vit_collapse.py",
    "python -m benchmarks.processes vit resnet": "tests/benchmarks/test_processes.py",
    "make cluster": "test_cluster.py, with other models",
    "python -m tools.cluster mentor champion": "the same",
    "make lock": "tests/tools/test_lock.py, with a stand-in for uv",
    "make audit": "tests/tools/test_audit.py, with a stand-in for uv",
    "python -m tests.stress.byte_identity": "tests/stress/test_byte_identity.py, with fewer",
    "python -m tests.stress.byte_identity umask queue  those whose name has one of these words": (
        "the same"
    ),
    "python -m tests.stress.full_disk 20  # [a built workspace [stages]]": "test_full_disk.py",
    "python -m benchmarks.notebook --epochs 1 --steps 10": "tests/benchmarks/test_notebook.py",
    "python -m benchmarks.seeds sprint 1 2 3 4 5": "tests/benchmarks/test_seeds.py, with fewer",
    "python -m benchmarks.seeds sprint 1 2 3 -S train.epochs=14 -S optim.lr=0.02  # a variant": (
        "the same"
    ),
    "python -m benchmarks.speed": "tests/benchmarks/test_speed.py",
    "python -m benchmarks.speed repro --rounds 2": "the same",
    "python -m tools.post_review report.md": "tests/tools/review/test_workflows.py",
    "python -m tests.stress.wheel_in_new_environment dist/fer2013-….whl picture.jpg": (
        "it needs PyPI; without that: tests/tools/test_wheel.py"
    ),
    "make web": "tests/tools/web",
    "python -m benchmarks.browser champion sprint": "tests/benchmarks/test_browser.py",
    "make tune MODEL=basic_cnn TRIALS=20": "test_tune.py, with vit",
    "make tune MODEL=basic_cnn TRIALS=20 CLUSTER=4": "the same",
    "python -m stages.report improved_cnn": "tests/stages/test_report.py",
    "python -m stages.ensemble mentor resnet champion improved_cnn": (
        "test_ensemble.py, with resnet and vit"
    ),
}
RUN_ELSEWHERE |= {
    "python -m benchmarks.busy": "tests/benchmarks/test_busy.py",
    "python -m benchmarks.busy --seconds 1  each measurement takes so long": "the same",
}
RUN_ELSEWHERE |= {
    "make wheel": "tests/tools/test_wheel.py",
    "python -m tools.cards": "tests/tools/test_cards.py",
    "python -m benchmarks.detectors": "tests/benchmarks/test_detectors.py, with fewer pictures",
    "python -m benchmarks.serve champion sprint --rounds 5": "tests/benchmarks/test_serve.py",
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
    # docstrings
    "python -m benchmarks.vit_collapse --list": "both with warm-up",
    "python -m tools.dvc_plots": ".dvc/plots.html is written",
}


def shown_in_readme() -> set[str]:
    blocks = re.findall(r"```bash\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    return {line.split("  #")[0].strip() for block in blocks for line in block.splitlines()}


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


def run_by_dvc() -> set[str]:
    """What the pipeline's stages run."""
    stages = Repo(str(REPOSITORY)).index.stages
    return {stage.cmd.removeprefix("exec ") for stage in stages if stage.cmd}


def test_no_command_is_shown_untested() -> None:
    tested = RUN_ELSEWHERE.keys() | RUN_HERE.keys() | IN_README.keys() | run_by_dvc()
    assert shown_in_readme() <= tested
    placeholder = {"make data FROM=folder", "make wandb-log MODEL=resnet"}  # shown with more
    assert shown_in_docstrings() - placeholder <= tested


def test_the_results_table_is_the_leaderboards() -> None:
    """The README's numbers are those of metrics/leaderboard.csv, which `dvc repro` wrote."""
    readme = (REPOSITORY / "README.md").read_text()
    table = pd.read_csv(REPOSITORY / "metrics/leaderboard.csv")
    assert readme.count("| `champion` |") > 0
    assert insert_table(readme, table) == readme


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
