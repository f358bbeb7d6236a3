"""What a user has at the place where a tool writes stays, and is named."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import tools.cards.__main__ as cards
import tools.report.__main__ as report
import tools.review.__main__ as review
import tools.web.__main__ as web
import tools.wheel.__main__ as wheel
from fer2013.runtime.errors import BadInput
from tools import demo, lock, pictures


def write_review() -> None:
    review.write(SimpleNamespace(models=[]), review.FOLDER)  # type: ignore[arg-type]


COMMANDS: dict[str, tuple[str, Callable[[], None]]] = {
    "cards": ("models/vit/README.md", cards.main),
    "lock": ("requirements/common.txt", lock.main),
    "pictures": ("docs/augment/mine.png", pictures.main),
    "report": ("report.html", report.main),
    "review": ("review/notes.md", write_review),
    "web": ("site/index.html", web.main),
    "wheel": ("dist/fer2013-0.1.0-py3-none-any.whl", wheel.main),
}


@pytest.mark.parametrize(("path", "main"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_users_file_is_named_and_stays(
    in_copy: Path, monkeypatch: pytest.MonkeyPatch, path: str, main: Callable[[], None]
) -> None:
    for name in ("metrics/scores/vit.json", "models/vit/config.yaml", "models/vit/model.onnx"):
        (in_copy / name).parent.mkdir(parents=True, exist_ok=True)
        (in_copy / name).touch()
    mine = in_copy / path
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    before = {file for file in in_copy.rglob("*") if file.is_file()}
    monkeypatch.setattr("sys.argv", ["tool", "vit"] if main is web.main else ["tool"])
    monkeypatch.setattr(wheel, "copy_sources", lambda *_: None)
    monkeypatch.setattr(wheel, "build", lambda *_: mine)
    with pytest.raises(BadInput, match=f"{path} would be lost"):
        main()
    assert mine.read_text() == "mine"
    assert before == {file for file in in_copy.rglob("*") if file.is_file()}


def test_a_folder_named_demo_is_not_taken_for_the_demo(repository: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", ".", "demo"], check=True)  # the user's own
    with pytest.raises(BadInput, match="demo would be lost"):
        demo.main()
