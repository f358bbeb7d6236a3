"""Inference in eval mode: faces → logits or probabilities."""

from collections.abc import Callable
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013.core.constants import CLASSES
from fer2013.core.device import CPU, Compute
from fer2013.core.normalization import Normalize
from fer2013.core.sections import Count, Section

View = Literal["plain", "flip", "larger", "larger_flip", "smaller", "smaller_flip"]


class Evaluate(Section):
    """How a model is evaluated: its probabilities are the mean over the views of a face."""

    batch_size: Count
    views: Annotated[list[View], Field(min_length=1)]


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
