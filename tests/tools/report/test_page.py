"""The page as a file, and that it shows what the pipeline's files say."""

import json
import re
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from fer2013.core.constants import CLASSES
from fer2013.runtime.errors import BadInput
from tools.report import __main__ as command
from tools.report import pictures, tables
from tools.report.page import page
from tools.report.results import Results, read


@pytest.fixture
def results(in_results: Path) -> Results:
    return read(faces=True)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["report", *arguments])
    command.main()
    return command.PAGE.read_text(encoding="utf-8")


def test_the_same_results_give_the_same_bytes(results: Results, written: Path) -> None:
    same = page(results) == written.read_text(encoding="utf-8")
    assert same  # a difference of pages would take pytest minutes to draw


def test_it_names_no_other_file(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    sources = re.findall(r"""\b(?:src|srcset|href|action|data|poster)="([^"]*)""", text)
    assert len(sources) > 8
    assert [it for it in sources if not it.startswith(("#", "data:"))] == []
    assert "url(" not in text
    assert "@import" not in text


def test_faces_can_be_left_out(
    in_results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Do not share" in run(monkeypatch)
    assert "do not share it" in capsys.readouterr().out
    assert 'src="data:image/webp' not in run(monkeypatch, "--no-faces")
    assert "do not share it" not in capsys.readouterr().out
    with pytest.raises(BadInput, match="not --no-face"):
        run(monkeypatch, "--no-face")


def test_a_warning_is_shown_as_text(results: Results) -> None:
    results.leaderboard.loc[1, "warning"] = "never predicts <script>"
    name = results.leaderboard.model[1]
    assert f"<strong>{name}: never predicts &lt;script&gt;</strong>" in page(results)


def test_the_bins_give_the_calibration_error_of_the_scores(results: Results) -> None:
    for model, scores in results.scores.items():
        found = tables.bins(results, model)
        error = (found.faces * (found.confidence - found.accuracy).abs()).sum() / found.faces.sum()
        assert error == pytest.approx(scores["val"]["calibration_error"], abs=1e-5)
        assert found.faces.sum() == len(results.predictions[model])


def test_mistakes_are_the_surest_with_the_faces_of_their_rows(results: Results) -> None:
    part = load_file("data/tensors/val.safetensors")
    face_of = dict(zip(part["rows"].tolist(), part["faces"][:, 0].numpy(), strict=True))
    table = results.predictions["vit"].set_index("row")
    last: dict[str, int] = {}
    for caption, face in pictures.mistakes(results)["vit"].items():
        found = re.fullmatch(r"(\w+) \(\d+%\), taken for (\w+) \((\d+)%\), row (\d+)", caption)
        assert found
        actual, predicted, sure, row = found.groups()
        assert (actual, predicted) == tuple(table.loc[row, ["actual", "predicted"]])
        assert predicted != actual
        assert int(sure) <= last.get(actual, 100)
        last[actual] = int(sure)
        assert face == pictures.of_face(face_of[int(row)])
    assert last.keys() <= set(CLASSES)
    assert len(last) > 3


def test_without_probabilities_or_with_other_faces_it_says_what_is_left_out(
    in_results: Path,
) -> None:
    Path("data/probabilities/vit.safetensors").unlink()
    path = Path("data/tensors/val.safetensors")
    part = load_file(path)
    save_file(part | {"rows": part["rows"] + 1}, path)
    found = read(faces=True)
    assert not found.shows_fer2013
    calibration, mistakes = found.notes
    assert calibration.startswith("calibration of vit: data/probabilities does not have")
    assert "data/tensors is missing or holds other faces" in mistakes


@pytest.mark.parametrize("name", ["data.json", "leaderboard.csv"])
def test_what_is_damaged_is_named(in_results: Path, name: str) -> None:
    Path(f"metrics/{name}").write_text("")
    with pytest.raises(BadInput, match=rf"metrics/{name} is missing or damaged"):
        read(faces=False)


def test_scores_are_those_of_the_files(results: Results) -> None:
    scores = json.loads(Path("metrics/scores/vit.json").read_text())
    cells = tables.classes(results).cells.set_index(["model", "class"])
    assert cells.loc[("vit", "Fear"), "F1"] == f"{scores['val']['f1']['Fear']:.3f}"
    rows = tables.parts(results).cells.set_index(["model", "part"])
    assert rows.loc[("vit", "private_test, no copies"), "accuracy"] == (
        f"{scores['private_test']['clean']['accuracy']:.1%}"
    )
