"""Systems that lack functions of Linux, such as macOS, and values of a user's environment."""

import os
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from fer2013.core import loading
from fer2013.core.config import resolve
from fer2013.core.parts import Part
from fer2013.core.sampling import epoch_batches
from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

CONFIG = resolve(read_yaml(REPOSITORY / "params.yaml"), "resnet")


def test_processors_are_counted_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delenv("FER2013_WORKERS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert loading.worker_count(threads=2) == 4


@pytest.mark.parametrize("wanted", ["abc", "-1", "2.5", "1e3", "257", "²", " "])
def test_an_invalid_number_of_workers_is_refused(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("FER2013_WORKERS", wanted)
    with pytest.raises(BadInput, match=r"FER2013_WORKERS is .* whole number from 0 to 256"):
        loading.worker_count(threads=1)


def loaded(monkeypatch: pytest.MonkeyPatch, method: str | None) -> Tensor:
    """Some augmented faces, from workers that are started in that way (None: no workers)."""
    monkeypatch.setenv("FER2013_WORKERS", "0" if method is None else "1")

    def started(faces: Any, **named: Any) -> Any:
        return DataLoader(faces, **named, multiprocessing_context=method)

    monkeypatch.setattr(loading, "DataLoader", started)
    generator = torch.Generator().manual_seed(0)
    faces = torch.randint(0, 256, (24, 1, 48, 48), generator=generator).to(torch.uint8)
    no = torch.zeros(24, dtype=torch.bool)
    part = Part(faces, torch.arange(24) % 7, torch.arange(24), no, no, no, no)
    batches = epoch_batches(CONFIG.sampler, part.labels, 8, CONFIG.seed, epoch=0)
    return torch.cat(list(loading.load(part, batches, CONFIG, torch.device("cpu"))))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same_bytes_however_they_are_started(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    assert torch.equal(loaded(monkeypatch, method), loaded(monkeypatch, None))
