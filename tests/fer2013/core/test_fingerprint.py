from pathlib import Path

import pytest
import torch

from fer2013.core import fingerprint as module
from fer2013.core.config import merge, resolve
from fer2013.core.device import CPU, Compute
from fer2013.core.fingerprint import code_of, fingerprint
from fer2013.core.inference import ModelConfig
from tests.fer2013.core.made_up import PARAMS

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


def test_it_covers_what_a_teacher_computes() -> None:
    """A vit's number of heads changes its logits, but neither its weights nor their shapes."""
    found = set()
    for heads in (4, 2):
        for views in (["plain"], ["plain", "flip"]):
            vit = {"network": {"heads": heads}, "evaluate": {"views": views}}
            teacher = ModelConfig.model_validate(merge(VIT.model_dump(), vit))
            found.add(fingerprint(RESNET, CPU, [], [teacher]))
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
