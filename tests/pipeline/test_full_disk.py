"""A stage that cannot write all of its files."""

from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace

TOO_SMALL = ("bash", "-c", 'ulimit -f 256; exec "$@"', "bash")  # no file beyond 256 KiB


@pytest.mark.parametrize(
    ("stage", "output"),
    [("ingest", "data/faces"), ("train vit", "models/vit/weights.safetensors")],
)
def test_it_ends_with_a_sentence_and_leaves_no_half_written_file(
    built: Workspace, tmp_path: Path, stage: str, output: str
) -> None:
    workspace = built.copy(tmp_path / "fer2013")
    workspace.run("mv", output, str(tmp_path / "before"))  # as DVC removes it
    command = ("python", "-m", *f"stages.{stage}".split())
    said = workspace.run(*TOO_SMALL, *command, fails=True)
    assert said.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in said
    assert not (workspace.folder / output).exists()
