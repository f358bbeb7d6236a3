"""A trained model in eval mode: faces → logits or probabilities, and the configuration it needs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from fer2013.core import networks
from fer2013.core.constants import CLASSES
from fer2013.core.device import CPU, Compute
from fer2013.core.sections import Count, Device, Number, Positive, Section, check, read_yaml

View = Literal["plain", "flip", "larger", "larger_flip", "smaller", "smaller_flip"]
EPSILON = 0.02  # avoids a division by zero for blank faces; the usual deviation is about 0.2


class Fixed(Section):
    """(grey level / 255 - mean) / std, the same for every pixel."""

    name: Literal["fixed"]
    mean: Number
    std: Positive

    def apply(self, grey: Tensor) -> Tensor:
        """[B, 1, S, S] in 0..1 → [B, 1, S, S], normalised"""
        normalized: Tensor = (grey - self.mean) / self.std
        return normalized


class Face(Section):
    """Standardise each face by its own mean and deviation, against differences in lighting."""

    name: Literal["face"]

    def apply(self, grey: Tensor) -> Tensor:
        """[B, 1, S, S] in 0..1 → [B, 1, S, S], normalised"""
        mean = grey.mean(dim=(2, 3), keepdim=True)
        deviation = grey.std(dim=(2, 3), keepdim=True)
        return (grey - mean) / (deviation + EPSILON)


Normalize = Annotated[Fixed | Face, Field(discriminator="name")]


class Evaluate(Section):
    """How a model is evaluated: its probabilities are the mean over the views of a face."""

    batch_size: Count
    views: Annotated[list[View], Field(min_length=1)]


class TrainSection(Section, extra="ignore"):
    """Those keys of `train` that say where the network runs."""

    device: Device
    threads: Count
    channels_last: bool


class ModelConfig(Section, extra="ignore"):
    """What a prediction needs of models/<model>/config.yaml, which holds the whole recipe."""

    network: dict[str, Any]  # name and options; each network checks its own
    normalize: Normalize
    train: TrainSection
    evaluate: Evaluate

    @field_validator("network")
    @classmethod
    def _known_to_its_network(cls, values: dict[str, Any]) -> dict[str, Any]:
        return networks.check_options(values)


def read_model_config(path: Path) -> ModelConfig:
    """Read a models/<model>/config.yaml.

    Raises:
        BadInput: the file is missing, or a key or value is wrong.
    """
    return check(ModelConfig, read_yaml(path), str(path))


class Predictor:
    """A network with what its inference needs: normalisation, batch size, views of a face."""

    def __init__(
        self,
        network: nn.Module,
        normalize: Normalize,
        evaluate: Evaluate,
        compute: Compute = CPU,
    ) -> None:
        self.network, self.compute = network, compute
        self.normalize, self.evaluate = normalize, evaluate

    def probabilities(self, faces: Tensor) -> Tensor:
        """The mean over the views. uint8 [N, 1, 48, 48] → float32 [N, 7] on the CPU"""
        views = [self.logits(faces, view).softmax(dim=1) for view in self.evaluate.views]
        return torch.stack(views).mean(dim=0)  # [V, N, 7] → [N, 7]

    @torch.inference_mode()
    def logits(self, faces: Tensor, view: View) -> Tensor:
        """uint8 [N, 1, 48, 48] → float32 [N, 7] on the CPU"""
        self.network.eval()
        logits = [torch.empty(0, len(CLASSES))]
        # Splitting an empty tensor would give one empty batch.
        batches = faces.split(self.evaluate.batch_size) if len(faces) else []
        for batch in batches:
            grey = VIEWS[view](to_grey(batch, self.compute))
            logits.append(self.network(to_input(grey, self.normalize, self.compute)).cpu())
        return torch.cat(logits)


def to_grey(faces: Tensor, compute: Compute) -> Tensor:
    """uint8 [B, 1, 48, 48] → floating point [B, 1, 48, 48] in 0..1 on the device"""
    return faces.to(compute.device).to(compute.dtype) / 255


def to_input(grey: Tensor, normalize: Normalize, compute: Compute) -> Tensor:
    """Grey levels in 0..1 → normalised, in the wanted memory format. [B, 1, S, S] → the same"""
    return normalize.apply(grey).contiguous(memory_format=compute.memory_format)


def zoom(grey: Tensor, factor: float) -> Tensor:
    """Zoom in or out about the centre; the border is reflected. [B, 1, S, S] → the same"""
    matrix = torch.eye(2, 3, device=grey.device) / factor
    grid = F.affine_grid(matrix[None], [1, *grey.shape[1:]], align_corners=False)
    # Unlike len(), shape[0] is traced, so that an exported graph takes batches of any size.
    grid = grid.expand(grey.shape[0], -1, -1, -1)
    return F.grid_sample(grey, grid, padding_mode="reflection", align_corners=False)


# Test-time augmentations: grey levels [B, 1, S, S] → the same.
VIEWS: dict[View, Callable[[Tensor], Tensor]] = {
    "plain": lambda grey: grey,
    "flip": lambda grey: grey.flip(-1),
    "larger": lambda grey: zoom(grey, 1.08),
    "larger_flip": lambda grey: zoom(grey, 1.08).flip(-1),
    "smaller": lambda grey: zoom(grey, 0.93),
    "smaller_flip": lambda grey: zoom(grey, 0.93).flip(-1),
}
