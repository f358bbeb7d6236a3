"""Weights travel with git, faces never do."""

from pathlib import Path

from tests.pipeline.workspace import FEW_MODELS, Workspace


def test_push_takes_weights_only_and_a_clone_pulls_them(built: Workspace, tmp_path: Path) -> None:
    origin = built.copy(tmp_path / "origin")
    origin.run("dvc", "push")
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
    origin.commit("Push the weights")

    origin.run("git", "clone", "--quiet", str(origin.folder), str(tmp_path / "clone"))
    clone = Workspace(tmp_path / "clone")
    clone.run("dvc", "pull", "--allow-missing")
    assert clone.bytes_of(allowed[0]) == origin.bytes_of(allowed[0])
    assert not (clone.folder / "data/tensors").exists()
    assert "up to date" in clone.run("dvc", "repro", "--allow-missing", "--dry")


def test_nothing_of_the_data_is_in_git(built: Workspace) -> None:
    in_git = built.run("git", "ls-files", "data", "metrics").split()
    assert {Path(name).suffix for name in in_git} <= {".json", ".tsv", ".csv", ".png", ".md", ""}
    assert not [name for name in in_git if name.startswith("data/") and ".gitignore" not in name]
    assert "metrics/data.png" not in in_git
