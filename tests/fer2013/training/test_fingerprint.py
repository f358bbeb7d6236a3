import sys
from pathlib import Path
from types import ModuleType

import pytest

from fer2013.base.sections import check, read_yaml
from fer2013.model import precision
from fer2013.model.config import read_model_config
from fer2013.training.config import Config, merge, resolve, write_section
from fer2013.training.fingerprint import fingerprint
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
TEACHER = resolve(PARAMS, "vit").model_dump()


def test_it_covers_configuration_and_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_bytes(b"faces")
    first = fingerprint(resolve(PARAMS, "resnet"), [data])
    assert fingerprint(resolve(PARAMS, "resnet"), [data]) == first
    assert fingerprint(resolve(PARAMS, "vit"), [data]) != first
    data.write_bytes(b"Faces")
    assert fingerprint(resolve(PARAMS, "resnet"), [data]) != first


def test_it_covers_what_a_teacher_computes(tmp_path: Path) -> None:
    """A vit's number of heads changes its logits, but neither its weights nor their shapes."""
    found = set()
    for heads in (4, 2):
        for views in (["plain"], ["plain", "flip"]):
            vit = {"network": {"heads": heads}, "evaluate": {"views": views}}
            write_section(check(Config, merge(TEACHER, vit), "test"), tmp_path / "config.yaml")
            teacher = read_model_config(tmp_path / "config.yaml")
            found.add(fingerprint(resolve(PARAMS, "champion"), [], [teacher]))
    assert len(found) == 2  # the views concern its own evaluation only


@pytest.mark.parametrize(("folder", "counts"), [("training", True), ("runtime", False)])
def test_it_covers_code_that_a_result_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, counts: bool
) -> None:
    config = resolve(PARAMS, "resnet")
    before = fingerprint(config, [])
    module = ModuleType(f"fer2013.{folder}.another")
    module.__file__ = str(tmp_path / "another.py")
    (tmp_path / "another.py").touch()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert (fingerprint(config, []) != before) == counts


def test_it_covers_the_precision_chosen_by_auto(monkeypatch: pytest.MonkeyPatch) -> None:
    config = resolve(PARAMS, "resnet")
    found = set()
    for has in (True, False):
        monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _, has=has: has)
        found.add(fingerprint(config, []))
    assert len(found) == 2
