from pathlib import Path

import pytest
import torch

from fer2013.core import fingerprint as module
from fer2013.core.config import Config, merge, resolve, write_section
from fer2013.core.device import CPU, Compute
from fer2013.core.fingerprint import code_of, fingerprint
from fer2013.core.model_config import read_model_config
from fer2013.core.sections import check, read_yaml
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
RESNET, VIT = (resolve(PARAMS, model) for model in ("resnet", "vit"))


def test_it_covers_configuration_device_and_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_bytes(b"faces")
    first = fingerprint(RESNET, CPU, [data])
    assert fingerprint(RESNET, CPU, [data]) == first
    assert fingerprint(VIT, CPU, [data]) != first
    assert fingerprint(RESNET, Compute(CPU.device, matmul=torch.bfloat16), [data]) != first
    data.write_bytes(b"Faces")
    assert fingerprint(RESNET, CPU, [data]) != first


def test_it_covers_what_a_teacher_computes(tmp_path: Path) -> None:
    """A vit's number of heads changes its logits, but neither its weights nor their shapes."""
    found = set()
    for heads in (4, 2):
        for views in (["plain"], ["plain", "flip"]):
            vit = {"network": {"heads": heads}, "evaluate": {"views": views}}
            values = merge(VIT.model_dump(), vit)
            write_section(check(Config, values, "test"), tmp_path / "config.yaml")
            teacher = read_model_config(tmp_path / "config.yaml")
            found.add(fingerprint(resolve(PARAMS, "champion"), CPU, [], [teacher]))
    assert len(found) == 2  # the views concern its own evaluation only


def test_it_covers_the_code_that_trains_and_no_other_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {str(path.relative_to(module.LIBRARY)) for path in code_of({"resnet"})}
    assert {"core/loop.py", "core/device.py", "networks/resnet.py"} <= files
    assert not any(name.startswith("runtime") or name == "networks/vit.py" for name in files)
    changed = tmp_path / "loop.py"
    changed.write_text("another loop")
    before = fingerprint(RESNET, CPU, [])
    monkeypatch.setattr(module, "code_of", lambda names: [*code_of(names), changed])
    assert fingerprint(RESNET, CPU, []) != before
