"""A short run of a model's recipe on drawn faces, and what is remembered of it.

All of the recipe is used: network, normalisation, augmentation, sampler, loss, optimizer, schedule.
Only what would make the run long, or ask for other hardware, is set here.

Each model runs twice. As it trains, in float32, its last bits depend on the processor: sums are cut
and ordered to suit it. Batch normalisation over few faces and Adam, whose first steps ask for a
gradient's sign only, blow that up from 1e-7 to as much as 8 % of a loss within these few steps,
where changes of a recipe are smaller. In float64 the same run agrees to 1e-9 from one processor to
the next, so there a curve tells a change from rounding. So recipes.json holds for each model one
curve in float64, and as trained a curve and the weights' hash for each kind of processor that has
recorded them.
"""

import os
import platform
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from safetensors.torch import save
from torch import nn

from fer2013.core.config import Config, merge, resolve
from fer2013.core.constants import CLASSES
from fer2013.core.device import multiplies_bfloat16
from fer2013.core.loop import train
from fer2013.core.parts import Part
from fer2013.core.run import Trained
from fer2013.core.sections import check
from fer2013.data.sample import draw_data_set
from fer2013.runtime.resume_file import ResumeFile

FILE = Path(__file__).with_name("recipes.json")
CURVE = ("train_loss", "val_loss", "val_accuracy")
# Relative. The largest spread measured between 1 and 2 threads, torch's AVX512, AVX2 and plain
# kernels, and MKL, oneDNN, OpenCV and NumPy with and without newer instructions is 7e-10
# (improved_cnn; most models stay below 1e-13). Leaving out the weight decay, the least of what
# should be noticed, makes 2e-7 to 5e-7; a focal gamma of 1.9 for 2.0, or augmentations in another
# order, some 1e-2.
TOLERANCE = 2e-8
TRAIN_FACES, VAL_FACES = 48, 24
SHORT = {
    "epochs": 2,
    "batch_size": 8,
    "keep": "last",  # so that the weights tell of every step
    "device": "cpu",
    "threads": 1,
}

# What /proc/cpuinfo says of a kind of processor: the first three on x86, the others on Arm.
PROCESSOR = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU architecture", "CPU part")

Curve = dict[str, list[float]]


class NoResume(ResumeFile):
    """A run of seconds is neither saved nor resumed."""

    def __init__(self) -> None:
        pass

    def load(self) -> None:
        return None

    def save(self, state: dict[str, Any]) -> None:
        pass


def in_double(config: Config) -> dict[str, Any]:
    """What recipes.json holds of a model for every processor."""
    recipe = hashed(config.model_dump_json().encode())
    return {"recipe": recipe, "curve_in_double": curve(run(config, torch.float64))}


def as_trained(config: Config) -> dict[str, Any]:
    """What recipes.json holds of a model for this kind of processor."""
    trained = run(config, torch.float32)
    weights = hashed(save(trained.weights))
    return {"torch": torch.__version__, "curve": curve(trained), "weights": weights}


def same_curve(one: Curve, other: Curve) -> bool:
    """Do two curves in float64 agree within what processors differ by?"""
    return all(
        len(one[name]) == len(other[name])
        and np.allclose(one[name], other[name], rtol=TOLERANCE, atol=1e-12)
        for name in CURVE
    )


def shortened(params: dict[str, Any], model: str) -> Config:
    recipe = resolve(params, model).model_dump()
    return check(Config, merge(recipe, {"train": SHORT}), f"the short run of {model}")


def run(config: Config, dtype: torch.dtype) -> Trained:
    teachers = [untrained()] if config.teachers else []
    with patch.dict(os.environ, FER2013_WORKERS="0"):  # starting workers takes longer than the work
        compute = config.train.prepare(dtype)
        return train(config, compute, *parts(), NoResume(), teachers=teachers)


def untrained() -> nn.Module:
    """A teacher that knows nothing, but says something else of each face."""
    torch.manual_seed(1)
    return nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(36, len(CLASSES)))


@cache
def parts() -> tuple[Part, Part]:
    """Drawn faces for training and for validation."""
    faces, labels, _ = draw_data_set(TRAIN_FACES + VAL_FACES, 1, seed=0)
    cut = TRAIN_FACES
    return part(faces[:cut], labels[:cut]), part(faces[cut:], labels[cut:])


def part(faces: np.ndarray, labels: np.ndarray) -> Part:
    flags = torch.zeros(len(labels), dtype=torch.bool)
    pixels = torch.from_numpy(faces).unsqueeze(1)
    rows = torch.arange(len(labels))
    return Part(pixels, torch.from_numpy(labels), rows, flags, flags, ~flags, ~flags)


def curve(trained: Trained) -> Curve:
    return {name: [row[name] for row in trained.history] for name in CURVE}


def hashed(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def machine() -> str:
    """What the last bits of a run depend on, beside torch's version.

    The precision is what `auto` picks here: these runs are in the one that training is in.
    """
    precision = "bfloat16" if multiplies_bfloat16(torch.device("cpu")) else "float32"
    return f"{processor()}, {torch.backends.cpu.get_cpu_capability()}, {precision}"


def processor() -> str:
    """Vendor, family and model: torch's libraries choose their code by them, and by their caches.

    Equal capabilities do not suffice: MKL, for one, sums otherwise on AMD than on Intel.
    """
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    about = {name.strip(): value.strip() for name, _, value in (s.partition(":") for s in lines)}
    known = [about[name] for name in PROCESSOR if name in about]
    return " ".join(known) or platform.processor() or platform.machine()
