"""A small residual network (He et al. 2015, arXiv:1512.03385) for 48×48 grey faces.

Unlike the paper's networks it has a 3×3 stem without pooling. With the default of two blocks a
layer it takes 0.23 billion multiply-adds, most of them in the first layer, at the full 48×48.
"""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013.core.constants import CLASSES
from fer2013.core.sections import Count, Section


class Options(Section):
    name: Literal["resnet"]
    channels: Annotated[list[Count], Field(min_length=1)]  # per layer; each but the first halves
    blocks: Count  # per layer


class ResidualBlock(nn.Module):
    """conv, BN, ReLU, conv, BN, plus the shortcut, then ReLU."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, channels: list[int], blocks: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, channels[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(),
        )
        layers: list[nn.Module] = []
        in_channels = channels[0]
        for index, width in enumerate(channels):
            for block in range(blocks):
                stride = 2 if index > 0 and block == 0 else 1
                layers.append(ResidualBlock(in_channels, width, stride))
                in_channels = width
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(in_channels, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)  # [B, 1, 48, 48] → [B, 32, 48, 48]
        x = self.layers(x)  # → [B, 128, 12, 12]
        x = torch.mean(x, dim=(2, 3))  # → [B, 128]
        logits: Tensor = self.head(x)  # → [B, 7]
        return logits


def build(options: Options) -> nn.Module:
    return ResNet(options.channels, options.blocks)
