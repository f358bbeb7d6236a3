"""The stages give the same bytes again: in another environment, and from DVC's run cache.

After kills: test_kills.py. tests/stress/byte_identity.py tries many environments one at a time, and
each kind of experiment.
"""

import shutil
from pathlib import Path

import pytest

from tests.pipeline import every_stage
from tests.pipeline.workspace import FEW_MODELS, Workspace
from tests.stress.byte_identity import differences, outputs
from tests.wandb_files import read_runs

UMASK_077 = ("sh", "-c", 'umask 077; exec "$@"', "sh")
ELSEWHERE = {
    "FER2013_WORKERS": "2",
    "LC_ALL": "C",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # Jupyter's
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONHASHSEED": "1",
    "PYTHONUTF8": "0",  # so that C means ASCII
    "TZ": "Pacific/Kiritimati",
    "WANDB_MODE": "offline",
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which every stage has run in another folder, with another umask, locale, time
    zone, hash seed and number of workers, with W&B, and with whatever else in a user's environment
    has been found to matter.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    workspace = Workspace.clone(folder / "a folder of another name")
    (folder / "matplotlibrc").write_text("font.size: 17\nsavefig.dpi: 50\n")
    own = {"MPLCONFIGDIR": str(folder), "WANDB_DIR": str(folder), "HOME": str(folder)}
    workspace.environment |= ELSEWHERE | own
    workspace.run(*UMASK_077, "python", "-m", every_stage.__name__, "report vit")
    return workspace


@pytest.mark.long
def test_every_stage_gives_the_same_bytes_in_another_environment(
    built: Workspace, elsewhere: Workspace
) -> None:
    shutil.copy(built.folder / "dvc.lock", elsewhere.folder)  # names the files to compare
    assert differences(outputs(built.folder), outputs(elsewhere.folder)) == []


@pytest.mark.long
def test_each_stage_that_logs_has_logged_to_wandb_offline(elsewhere: Workspace) -> None:
    folder = elsewhere.folder.parent / "wandb"
    stages = [*FEW_MODELS, "ensemble", *FEW_MODELS]  # evaluate; train
    assert len(list(folder.glob("offline-run-*"))) == len(stages)
    assert len(read_runs(folder)) == len([*FEW_MODELS, "ensemble"])


@pytest.mark.long
def test_the_run_cache_restores_the_same_bytes(built: Workspace, tmp_path: Path) -> None:
    again = built.copy(tmp_path / "restored")
    for name in ("data", "metrics", "models"):
        shutil.rmtree(again.folder / name)
    (again.folder / "dvc.lock").unlink()
    ran = again.ran("dvc", "repro")
    assert not {"train_resnet", "evaluate_vit"} & ran
    assert differences(outputs(built.folder), outputs(again.folder)) == []
