"""Weights are in the repository and faces are not; with both in place, nothing trains."""

from pathlib import Path

import pytest

from tests.pipeline.workspace import FEW_MODELS, Workspace

DATA_STAGES = {"ingest", "split", "tensors"}
OWN_REMOTE = (
    "dvc remote modify weights url /srv/fer2013/weights",
    "dvc remote add --default team /srv/fer2013/data",
)


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


def test_push_takes_weights_only(origin: Workspace) -> None:
    pushed = {
        path.read_bytes() for path in (origin.folder / "weights").rglob("*") if path.is_file()
    }
    allowed = [
        path
        for model in FEW_MODELS
        for path in (
            f"models/{model}/weights.safetensors",
            f"models/{model}/run.json",
            f"data/probabilities/{model}.safetensors",
            f"data/submission/{model}.csv",
        )
    ]
    allowed += [path.replace("vit", "ensemble") for path in allowed[-3:]]  # it has no weights
    assert pushed == {origin.bytes_of(path) for path in allowed}


def test_a_clone_without_data_pulls_weights_and_is_up_to_date(
    origin: Workspace, pulled: Workspace
) -> None:
    weights = "models/resnet/weights.safetensors"
    assert pulled.bytes_of(weights) == origin.bytes_of(weights)
    assert not (pulled.folder / "data/tensors").exists()
    assert "up to date" in pulled.run("dvc", "repro", "--allow-missing", "--dry")


@pytest.mark.long
def test_with_the_data_in_place_nothing_trains(origin: Workspace, pulled: Workspace) -> None:
    """The stages run whose outputs are not pushed."""
    pulled.make("data", f"FROM={origin.folder / 'data/raw'}")
    ran = pulled.ran("dvc", "repro")
    expected = DATA_STAGES | {"configure"}
    assert expected <= ran <= expected | {"sample"}  # which nothing reads
    assert pulled.run("git", "status", "--porcelain") == ""


@pytest.mark.long
def test_the_same_faces_with_labelled_test_rows_are_evaluated_and_train_nothing(
    origin: Workspace, pulled: Workspace, tmp_path: Path
) -> None:
    write_labelled(tmp_path / "fer2013.csv", origin.folder / "data/raw")
    pulled.make("data", f"FROM={tmp_path}")
    ran = pulled.ran("dvc", "repro", "train_resnet", "overfit", "evaluate_vit")
    assert ran - {"configure"} == {*DATA_STAGES, "evaluate_vit"}


def write_labelled(target: Path, folder: Path) -> None:
    """fer2013.csv of the same faces as train.csv's and test.csv's."""
    train = (folder / "train.csv").read_text().splitlines()[1:]
    test = (folder / "test.csv").read_text().splitlines()[1:]
    rows = [f"{row},Training" for row in train] + [f"3,{row},PublicTest" for row in test]
    target.write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")


def test_a_team_keeps_weights_and_data_at_its_own_remote(origin: Workspace, tmp_path: Path) -> None:
    team = origin.copy(tmp_path / "fer2013")
    for command in OWN_REMOTE:
        team.run(*command.replace("/srv/fer2013", str(tmp_path / "remote")).split())
    tracked = team.folder / "data/raw.dvc"
    tracked.write_text(tracked.read_text().replace("push: false", "push: true"))
    team.commit("Keep weights and data at our own remote")
    team.run("dvc", "push")
    clone = Workspace(tmp_path / "clone")
    team.run("git", "clone", "--quiet", str(team.folder), str(clone.folder))
    clone.run("dvc", "pull", "--allow-missing")
    for path in ("data/raw/train.csv", "models/resnet/weights.safetensors"):
        assert clone.bytes_of(path) == origin.bytes_of(path)
    assert not (clone.folder / "data/faces").exists()


def test_nothing_of_the_data_is_in_git(built: Workspace) -> None:
    in_git = built.run("git", "ls-files", "data", "metrics").split()
    assert {Path(name).suffix for name in in_git} <= {".json", ".tsv", ".csv", ".png", ".md", ""}
    assert not [name for name in in_git if name.startswith("data/") and ".gitignore" not in name]
    assert "metrics/data.png" not in in_git
