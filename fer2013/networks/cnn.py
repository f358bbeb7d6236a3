"""Plain convolutional networks for 48×48 grey faces: convolutions, pooling, linear layers.

The published runs use four of them. They differ in depth and width, in whether the activation
comes before or after batch normalisation, and in where they have dropout.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from torch import Tensor, nn

from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.sections import BelowOne, Count, Section


class Options(Section):
    name: Literal["cnn"]
    channels: Annotated[list[Count], Field(min_length=1)]  # per block; each block ends in pooling
    convolutions: Count  # 3×3, per block
    order: Literal["conv_relu_bn", "conv_bn_relu"]
    block_dropout: BelowOne  # after each pooling
    hidden: list[Count]  # widths of the linear layers before the last one
    hidden_batch_norm: bool
    dropout: list[BelowOne]  # before each linear layer, the last one too

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.dropout) != len(self.hidden) + 1:
            raise ValueError(
                f"dropout has {len(self.dropout)} values; it needs one for each of the "
                f"{len(self.hidden) + 1} linear layers"
            )
        if SIDE % 2 ** len(self.channels):
            raise ValueError(f"a face of {SIDE} pixels cannot be halved {len(self.channels)} times")
        return self


class CNN(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        blocks = pairwise([1, *options.channels])
        self.blocks = nn.Sequential(*[_block(before, width, options) for before, width in blocks])
        side = SIDE // 2 ** len(options.channels)
        widths = [options.channels[-1] * side * side, *options.hidden]
        self.head = nn.Sequential(nn.Flatten(), *_head(widths, options))

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x)  # [B, 1, 48, 48] → [B, 128, 6, 6]
        logits: Tensor = self.head(x)  # → [B, 7]
        return logits


def _block(before: int, width: int, options: Options) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(options.convolutions):
        layers.append(nn.Conv2d(width if index else before, width, 3, padding=1))
        after: list[nn.Module] = [nn.BatchNorm2d(width), nn.ReLU()]
        layers += after if options.order == "conv_bn_relu" else reversed(after)
    layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *_dropout(options.block_dropout))


def _head(widths: list[int], options: Options) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for (before, width), drop in zip(pairwise(widths), options.dropout, strict=False):
        layers += [*_dropout(drop), nn.Linear(before, width)]
        if options.hidden_batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
    return [*layers, *_dropout(options.dropout[-1]), nn.Linear(widths[-1], len(CLASSES))]


def _dropout(probability: float) -> list[nn.Module]:
    return [nn.Dropout(probability)] if probability else []


def build(options: Options) -> nn.Module:
    return CNN(options)
