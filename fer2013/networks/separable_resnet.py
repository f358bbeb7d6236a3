"""A residual network that needs little computation, built of the blocks in core/blocks.py.

It also differs from resnet.py in having
- a 5×5 stem with stride 2, so that all further layers work at 24×24 or less;
- the maximum of each channel beside its mean as the classifier's input, with dropout.

`convolution: full` replaces the separable convolutions by full 3×3 ones, for comparison.
"""

from typing import Annotated, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from fer2013.core.blocks import CONVOLUTIONS, conv_bn, residual_stages
from fer2013.core.constants import CLASSES
from fer2013.core.sections import BelowOne, Count, Section


class Options(Section):
    name: Literal["separable_resnet"]
    channels: Annotated[list[Count], Field(min_length=1, max_length=5)]  # each but the first halves
    blocks: list[Count]  # per stage
    convolution: Literal["separable", "full"]
    squeeze: Count | None
    dropout: BelowOne

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.blocks) != len(self.channels):
            raise ValueError(
                f"{len(self.channels)} channels need as many blocks, not {len(self.blocks)}"
            )
        return self


class SeparableResNet(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        channels, convolution = options.channels, CONVOLUTIONS[options.convolution]
        self.stem = conv_bn(1, channels[0], 5, stride=2)
        self.layers = residual_stages(channels, options.blocks, convolution, options.squeeze)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * channels[-1], len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.stem(x))  # [B, 1, 48, 48] → [B, C, 24, 24]
        x = self.layers(x)  # → [B, D, 6, 6]
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)  # → [B, 2·D]
        logits: Tensor = self.head(self.dropout(x))  # → [B, 7]
        return logits


def build(options: Options) -> nn.Module:
    return SeparableResNet(options)
