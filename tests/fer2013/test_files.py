from pathlib import Path

import pytest

from fer2013.files import written_whole


@pytest.mark.parametrize("folder", [False, True])
def test_what_a_killed_process_left_goes_and_nothing_else(tmp_path: Path, folder: bool) -> None:
    target, others = tmp_path / "weights", tmp_path / ".weights.json.123.part"
    others.touch()
    left = tmp_path / ".weights.123.part"
    if folder:
        left.mkdir()
        (left / "cut off").touch()
    else:
        left.touch()
    with written_whole(target) as part:
        part.write_text("whole")
    assert sorted(tmp_path.iterdir()) == [others, target]
    assert target.read_text() == "whole"
