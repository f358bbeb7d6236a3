"""The page as a file: complete, reproducible, and without faces if FACES=no."""

import re
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from tools.report import __main__ as command
from tools.report.drawing import COLOURS
from tools.report.page import page
from tools.report.state import read_state


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["report", *arguments])
    command.main()
    return command.PAGE.read_text(encoding="utf-8")


@pytest.mark.usefixtures("in_results")
def test_the_same_results_give_the_same_bytes(written: Path) -> None:
    same = page(read_state(faces=True)) == written.read_text(encoding="utf-8")
    assert same  # a difference of pages would take pytest minutes to draw


def test_it_names_no_other_file(written: Path) -> None:
    """Whatever is loaded stands in an attribute or in CSS; Vega's script has addresses as text."""
    text = re.sub(r"<script.*?</script>", "", written.read_text(encoding="utf-8"), flags=re.DOTALL)
    sources = re.findall(r"""\b(?:src|srcset|href|action|data|poster)="([^"]*)""", text)
    assert len(sources) > 8
    assert [it for it in sources if not it.startswith(("#", "data:"))] == []
    assert "url(" not in text
    assert "@import" not in text


def test_it_names_the_machine_of_each_model(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    for cell in (
        "Zen 4 (AVX512), bfloat16",
        "not recorded",
        "Zen 4 (AVX512), bfloat16; not recorded",
    ):
        assert re.search(rf"<td[^>]*>\s*{re.escape(cell)}\s*</td>", text), cell


def test_faces_can_be_left_out(
    in_results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "data:image" in run(monkeypatch)
    assert "do not share it" in capsys.readouterr().out
    assert "data:image" not in run(monkeypatch, "--no-faces")
    assert "do not share it" not in capsys.readouterr().out
    assert [path.name for path in in_results.glob("*.html")] == ["report.html"]


def test_an_unknown_argument_is_refused(in_results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="not --no-face"):
        run(monkeypatch, "--no-face")
    assert not (in_results / "report.html").exists()


def test_git_ignores_the_page() -> None:
    repository = Path(__file__).parents[3]
    assert f"/{command.PAGE}" in (repository / ".gitignore").read_text().splitlines()


@pytest.mark.usefixtures("in_results")
def test_html_in_names_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    attack = "</script><script>alert(1)</script>"
    monkeypatch.setattr("tools.report.state.read_commit", lambda: attack)
    state = read_state(faces=False)
    state.results[0].config["network"]["name"] = attack
    text = page(state)
    assert attack not in text
    assert text.count("&lt;script&gt;alert(1)") >= 2


@pytest.mark.usefixtures("in_results")
def test_a_lost_class_has_a_warning() -> None:
    state = read_state(faces=False)
    state.results[1].row["warning"] = "never predicts Disgust"
    text = page(state)
    name = state.results[1].name
    assert f'<strong class="warning">{name}: never predicts Disgust</strong>' in text
    assert '<td><strong class="warning">never predicts Disgust</strong></td>' in text


def luminance(colour: str) -> float:
    """As WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_stands_out_from_light_and_dark(colour: str) -> None:
    light, dark, own = luminance("#ffffff"), luminance("#14171c"), luminance(colour)
    assert (light + 0.05) / (own + 0.05) >= 3
    assert (own + 0.05) / (dark + 0.05) >= 3
