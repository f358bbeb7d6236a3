"""The same bytes again in another folder. After kills: test_kills.py."""

from pathlib import Path

from tests.pipeline.workspace import Workspace


def test_every_stage_gives_the_same_bytes_in_another_folder(
    built: Workspace, tmp_path: Path
) -> None:
    """dvc.lock holds a hash of every output of every stage."""
    again = Workspace.clone(tmp_path / "a folder of another name")
    again.run("dvc", "repro")
    assert again.bytes_of("dvc.lock") == built.bytes_of("dvc.lock")
    assert again.bytes_of("metrics/confusion/resnet.png") == built.bytes_of(
        "metrics/confusion/resnet.png"
    )
