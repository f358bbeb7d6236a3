"""The comparison finds exactly the differences in the outputs that dvc.lock names."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.pipeline.workspace import MODELS as ALL_MODELS
from tests.stress.byte_identity import MODELS, differences, outputs
from tests.stress.circumstances import MAY_DIFFER, circumstances


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Path, Path]:
    """Two workspaces with the same outputs: a file, and a file in a folder in a folder."""
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "folder/inner").mkdir(parents=True)
    (one / "file.csv").write_text("a,b\n")
    (one / "folder/inner/deep").write_text("deep")
    (one / "no output").write_text("1")
    outs = [{"path": "file.csv"}, {"path": "folder"}]
    (one / "dvc.lock").write_text(yaml.safe_dump({"stages": {"a": {"outs": outs}, "b": {}}}))
    shutil.copytree(one, other)
    (other / "no output").write_text("2")
    return one, other


def test_the_same_outputs_do_not_differ(twins: tuple[Path, Path]) -> None:
    one, other = map(outputs, twins)
    assert sorted(one) == ["dvc.lock", "file.csv", "folder/inner/deep"]
    assert differences(one, other) == []


@pytest.mark.parametrize("path", ["dvc.lock", "file.csv", "folder/inner/deep"])
def test_a_byte_a_mode_or_a_file_more_or_less_differs(twins: tuple[Path, Path], path: str) -> None:
    one, other = twins
    before = outputs(one)
    (other / path).chmod(0o755)
    assert differences(before, outputs(other)) == [path]
    (other / path).chmod(0o600)
    assert differences(before, outputs(other)) == []
    (other / path).write_bytes((other / path).read_bytes() + b"\n")
    assert differences(before, outputs(other)) == [path]


def test_a_file_that_only_one_has_differs(twins: tuple[Path, Path]) -> None:
    one, other = twins
    before = outputs(one)
    (other / "folder/inner/deep").rename(other / "folder/more")
    assert differences(before, outputs(other)) == ["folder/inner/deep", "folder/more"]


def test_the_names_of_the_long_run_exist() -> None:
    assert set(MODELS) <= set(ALL_MODELS)
    assert set(MAY_DIFFER) <= circumstances().keys()
