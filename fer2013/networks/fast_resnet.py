"""A residual network for small budgets: it leaves the full 48×48 at once.

It differs from resnet.py, which spends most of its arithmetic at 48×48, in having
- a 5×5 stem with stride 2, so that the first layer works at 24×24;
- SiLU (Elfwing et al. 2017, arXiv:1702.03118) for ReLU;
- shortcuts that average before they project, so that no pixel is skipped (ResNet-D: He et al. 2018,
  arXiv:1812.01187);
- the maximum of each channel beside its mean for the classifier, with dropout.
"""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013 import CLASSES
from fer2013.params import Count, Number, Section


class Options(Section):
    name: Literal["fast_resnet"]
    channels: Annotated[list[Count], Field(min_length=1, max_length=5)]  # each but the first halves
    blocks: Count  # per layer
    dropout: Annotated[Number, Field(ge=0, lt=1)]


def convolution(before: int, channels: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, channels, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(channels),
    )


class Block(nn.Module):
    """conv, BN, SiLU, conv, BN, plus the shortcut, then SiLU."""

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = convolution(before, channels, 3, stride)
        self.conv2 = convolution(channels, channels, 3)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), convolution(before, channels, 1)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.silu(self.conv1(x)))
        return F.silu(y + self.shortcut(x))


class FastResNet(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        before = options.channels[0]
        self.stem = convolution(1, before, 5, stride=2)
        layers: list[nn.Module] = []
        for place, width in enumerate(options.channels):
            for block in range(options.blocks):
                stride = 2 if place > 0 and block == 0 else 1
                layers.append(Block(before, width, stride))
                before = width
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * before, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.stem(x))  # [B, 1, 48, 48] → [B, 32, 24, 24]
        x = self.layers(x)  # → [B, 128, 6, 6]
        x = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)  # → [B, 256]
        logits: Tensor = self.head(self.dropout(x))  # → [B, 7]
        return logits


def build(options: Options) -> nn.Module:
    return FastResNet(options)
