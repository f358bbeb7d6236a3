"""The stages give the same bytes again: in another environment, and from DVC's run cache.

After kills: test_kills.py. On a cluster: test_cluster.py.
"""

import shutil
from pathlib import Path

import pytest

from tests.pipeline.outputs import differences
from tests.pipeline.workspace import FEW_MODELS, Workspace
from tests.wandb_files import read_runs

UMASK_077 = ("sh", "-c", 'umask 077; exec "$@"', "sh")
ELSEWHERE = {  # whatever in a user's environment has been found to matter
    "FER2013_WORKERS": "2",
    "LC_ALL": "C",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # Jupyter's
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONHASHSEED": "1",
    "PYTHONUTF8": "0",  # so that C means ASCII
    "TZ": "Pacific/Kiritimati",
    "WANDB_MODE": "offline",
}


@pytest.mark.long
def test_every_stage_gives_the_same_bytes_in_another_environment(
    built: Workspace, tmp_path: Path
) -> None:
    """And each stage that logs has logged to W&B."""
    elsewhere = Workspace.clone(tmp_path / "a folder of another name")
    (tmp_path / "matplotlibrc").write_text("font.size: 17\nsavefig.dpi: 50\n")
    own = dict.fromkeys(("MPLCONFIGDIR", "WANDB_DIR", "HOME"), str(tmp_path))
    elsewhere.environment |= ELSEWHERE | own
    elsewhere.run(*UMASK_077, "dvc", "repro")
    assert differences(built.folder, elsewhere.folder) == []
    assert len(read_runs(tmp_path / "wandb")) == len([*FEW_MODELS, "ensemble"])


@pytest.mark.long
def test_the_run_cache_restores_the_same_bytes(built: Workspace, tmp_path: Path) -> None:
    again = built.copy(tmp_path / "restored")
    for name in ("data", "metrics", "models"):
        shutil.rmtree(again.folder / name)
    (again.folder / "dvc.lock").unlink()
    ran = again.ran("dvc", "repro")
    assert not {"train_resnet", "evaluate_vit"} & ran
    assert differences(built.folder, again.folder) == []
