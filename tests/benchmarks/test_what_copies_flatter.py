from pathlib import Path

import pytest

from benchmarks import what_copies_flatter
from fer2013.runtime.errors import BadInput

FACES = """\
file,row,usage,emotion,same_as,photograph,blank
fer2013.csv,0,Training,3,0,0,0
fer2013.csv,1,Training,3,0,0,0
fer2013.csv,2,Training,4,2,0,0
fer2013.csv,4,Training,3,3,3,0
fer2013.csv,5,PublicTest,3,4,3,0
"""
SPLIT = "face,part\n0,train\n1,val\n2,val\n3,val\n4,public_test\n"
PREDICTIONS = "row,actual,predicted\n1,Happy,Happy\n2,Sad,Fear\n4,Happy,Happy\n"


@pytest.fixture
def in_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Face 0, in train, has an identical copy in val, face 1, and a near one, face 2. Face 3 has
    one among the test faces, which does not count."""
    files = {
        "data/faces/rows.csv": FACES,
        "data/split.csv": SPLIT,
        "metrics/predictions/resnet.csv": PREDICTIONS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["what_copies_flatter", "resnet"])
    return tmp_path


def test_faces_with_and_without_copies(
    in_pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what_copies_flatter.main()
    assert capsys.readouterr().out == (
        f"{what_copies_flatter.HEAD}\n"
        "| `resnet` | all | 3 | 66.7% | 20.8% to 93.9% |\n"
        "| `resnet` | an identical one in train | 1 | 100.0% | 20.7% to 100.0% |\n"
        "| `resnet` | a near copy in train | 1 | 0.0% | 0.0% to 79.3% |\n"
        "| `resnet` | no copy in train | 1 | 100.0% | 20.7% to 100.0% |\n"
    )


def test_predictions_of_another_split_are_refused(in_pipeline: Path) -> None:
    (in_pipeline / "data/split.csv").write_text(SPLIT.replace("3,val", "3,train"))
    with pytest.raises(BadInput, match=r"of other faces than data/split\.csv"):
        what_copies_flatter.main()
