"""Weights are in the repository and faces are not; with both in place, nothing trains."""

import re
from pathlib import Path

import pytest

from tests.pipeline.test_readme import LINES
from tests.pipeline.workspace import FEW_MODELS, Workspace

OWN_REMOTE = sorted({line for line in LINES if line.startswith("dvc remote ")})
WEIGHTS = "models/{}/weights.safetensors"


@pytest.fixture(scope="module")
def origin(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that has CSV files of its own, as FER2013's are, and has pushed its weights."""
    origin = built.copy(tmp_path_factory.mktemp("origin") / "fer2013")
    origin.run("python", "-m", "tools.data", "data/sample")
    origin.set("data.folder=data/raw")
    assert not [name for name in origin.ran("dvc", "repro") if name.startswith("train")]
    origin.run("dvc", "push")
    origin.commit("Push the weights")
    return origin


@pytest.fixture(scope="module")
def pulled(origin: Workspace) -> Workspace:
    """A clone of it after `make pull`."""
    pulled = Workspace(origin.folder.parent / "clone")
    origin.run("git", "clone", "--quiet", str(origin.folder), str(pulled.folder))
    pulled.make("pull")
    return pulled


def files(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_weights_are_pushed_and_no_face_is_there_or_in_git(origin: Workspace) -> None:
    pushed = files(origin.folder / "weights")
    assert {origin.bytes_of(WEIGHTS.format(model)) for model in FEW_MODELS} <= pushed
    for name in ("raw", "sample", "faces", "tensors"):
        faces = files(origin.folder / "data" / name)
        assert faces
        assert not faces & pushed
    in_git = origin.run("git", "ls-files", "data").split()
    assert set(in_git) <= {"data/.gitignore", "data/raw.dvc"}


def test_a_clone_without_data_pulls_weights_and_is_up_to_date(
    origin: Workspace, pulled: Workspace
) -> None:
    assert pulled.bytes_of(WEIGHTS.format("vit")) == origin.bytes_of(WEIGHTS.format("vit"))
    assert not (pulled.folder / "data/tensors").exists()
    assert "up to date" in pulled.run("dvc", "repro", "--allow-missing", "--dry")


@pytest.mark.long
def test_with_the_data_in_place_nothing_trains(origin: Workspace, pulled: Workspace) -> None:
    """The stages run whose outputs are not pushed."""
    pulled.make("data", f"FROM={origin.folder / 'data/raw'}")
    assert not [name for name in pulled.ran("dvc", "repro") if name.startswith("train")]
    assert pulled.run("git", "status", "--porcelain") == ""


@pytest.mark.long
def test_the_same_faces_with_labelled_test_rows_are_evaluated_and_train_nothing(
    origin: Workspace, pulled: Workspace, tmp_path: Path
) -> None:
    train, test = (
        (origin.folder / f"data/raw/{name}.csv").read_text().splitlines()[1:]
        for name in ("train", "test")
    )
    rows = [f"{row},Training" for row in train] + [f"3,{row},PublicTest" for row in test]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")
    pulled.make("data", f"FROM={tmp_path}")
    ran = pulled.ran("dvc", "repro", "train_resnet", "evaluate_vit")
    assert "evaluate_vit" in ran
    assert not [name for name in ran if name.startswith("train")]


def test_a_team_keeps_weights_and_data_at_its_own_remote(origin: Workspace, tmp_path: Path) -> None:
    team = origin.copy(tmp_path / "fer2013")
    assert len(OWN_REMOTE) == 2
    for line in OWN_REMOTE:
        team.run(*re.sub(r"/\S+", lambda place: f"{tmp_path}{place[0]}", line).split())
    tracked = team.folder / "data/raw.dvc"
    tracked.write_text(tracked.read_text().replace("push: false", "push: true"))
    team.commit("Keep weights and data at our own remote")
    team.run("dvc", "push")
    clone = Workspace(tmp_path / "clone")
    team.run("git", "clone", "--quiet", str(team.folder), str(clone.folder))
    clone.run("dvc", "pull", "--allow-missing")
    for path in ("data/raw/train.csv", WEIGHTS.format("resnet")):
        assert clone.bytes_of(path) == origin.bytes_of(path)
    assert not (clone.folder / "data/faces").exists()
