"""A residual network for small budgets, of depthwise separable convolutions.

A 3×3 convolution of every channel by itself and then a 1×1 convolution across channels (Xception:
Chollet 2016, arXiv:1610.02357; MobileNet: Howard et al. 2017, arXiv:1704.04861) take a fraction of
a full 3×3 convolution's multiply-adds, and learn more here from each: benchmarks/README.md.
Besides, it differs from resnet.py in having
- a 5×5 stem with stride 2, so that it leaves the full 48×48 at once;
- SiLU (Elfwing et al. 2017, arXiv:1702.03118) for ReLU, and none between depth and point;
- shortcuts that average before they project, so that no pixel is skipped (ResNet-D: He et al. 2018,
  arXiv:1812.01187);
- the maximum of each channel beside its mean for the classifier, with dropout.

`convolution: full` has the full 3×3 convolutions in the same places, for comparison.
"""

from collections.abc import Callable
from typing import Annotated, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from fer2013 import CLASSES
from fer2013.params import Count, Number, Section


class Options(Section):
    name: Literal["separable_resnet"]
    channels: Annotated[list[Count], Field(min_length=1, max_length=5)]  # each but the first halves
    blocks: list[Count]  # how many with the channels of that place
    convolution: Literal["separable", "full"]
    dropout: Annotated[Number, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _as_many(self) -> Self:
        if len(self.blocks) != len(self.channels):
            raise ValueError(
                f"{len(self.channels)} channels need as many blocks, not {len(self.blocks)}"
            )
        return self


def normalized(
    before: int, channels: int, size: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, channels, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    )


def separable(before: int, channels: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        normalized(before, before, 3, stride, groups=before), normalized(before, channels, 1)
    )


def full(before: int, channels: int, stride: int = 1) -> nn.Module:
    return normalized(before, channels, 3, stride)


CONVOLUTIONS: dict[str, Callable[..., nn.Module]] = {"separable": separable, "full": full}


class Block(nn.Module):
    """convolution, SiLU, convolution, plus the shortcut, then SiLU."""

    def __init__(
        self, before: int, channels: int, stride: int, convolution: Callable[..., nn.Module]
    ) -> None:
        super().__init__()
        self.conv1 = convolution(before, channels, stride)
        self.conv2 = convolution(channels, channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), normalized(before, channels, 1)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.silu(self.conv1(x)))
        return F.silu(y + self.shortcut(x))


class SeparableResNet(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        before = options.channels[0]
        self.stem = normalized(1, before, 5, stride=2)
        layers: list[nn.Module] = []
        for place, (width, blocks) in enumerate(zip(options.channels, options.blocks, strict=True)):
            for block in range(blocks):
                stride = 2 if place > 0 and block == 0 else 1
                layers.append(Block(before, width, stride, CONVOLUTIONS[options.convolution]))
                before = width
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * before, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.stem(x))  # [B, 1, 48, 48] → [B, C, 24, 24]
        x = self.layers(x)  # → [B, D, 6, 6]
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)  # → [B, 2·D]
        logits: Tensor = self.head(self.dropout(x))  # → [B, 7]
        return logits


def build(options: Options) -> nn.Module:
    return SeparableResNet(options)
