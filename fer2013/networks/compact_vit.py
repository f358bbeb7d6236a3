"""A compact convolutional transformer (Hassani et al. 2021, arXiv:2104.05704).

Convolutions cut the face into overlapping tokens, so that the transformer need not learn what a
neighbourhood is from so few faces. Each token then says how much it counts (sequence pooling), and
there is no class token. It differs from the paper in halving by strides, with batch normalisation
and SiLU, instead of by max pooling.
"""

from typing import Annotated, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from fer2013 import CLASSES, SIDE
from fer2013.params import Count, Number, Section


class Options(Section):
    name: Literal["compact_vit"]
    channels: Annotated[list[Count], Field(min_length=1, max_length=3)]  # each halves the face
    dim: Count  # of a token; the convolution that makes them halves once more
    layers: Count
    heads: Count
    mlp: Count
    dropout: Annotated[Number, Field(ge=0, lt=1)]  # in the layers
    head_dropout: Annotated[Number, Field(ge=0, lt=1)]

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if self.dim % self.heads:
            raise ValueError(f"dim {self.dim} is no multiple of {self.heads} heads")
        return self


class CompactViT(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        dim, widths = options.dim, [1, *options.channels, options.dim]
        sizes = [5] + [3] * len(options.channels)
        self.tokenizer = nn.Sequential(
            *[
                halving(before, width, size)
                for before, width, size in zip(widths, widths[1:], sizes, strict=False)
            ]
        )
        side = SIDE >> len(sizes)
        self.position = nn.Parameter(0.02 * torch.randn(dim, side, side))
        # Not nn.TransformerEncoder: it would copy one layer, first weights and all.
        self.layers = nn.Sequential(*[layer(options) for _ in range(options.layers)])
        self.norm = nn.LayerNorm(dim)
        self.score = nn.Linear(dim, 1, bias=False)
        self.dropout = nn.Dropout(options.head_dropout)
        self.head = nn.Linear(dim, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = self.tokenizer(x)  # [B, 1, 48, 48] → [B, D, 6, 6]
        x = x + self.positions(x.shape[-1])
        x = x.flatten(2).transpose(1, 2)  # → [B, 36, D]
        x = self.norm(self.layers(x))
        share = self.score(x).softmax(dim=1)  # → [B, 36, 1]
        x = (share * x).sum(dim=1)  # → [B, D]
        logits: Tensor = self.head(self.dropout(x))  # → [B, 7]
        return logits

    def positions(self, side: int) -> Tensor:
        """[D, 6, 6], resized for faces of another side."""
        if side == self.position.shape[-1]:
            return self.position
        return F.interpolate(self.position.unsqueeze(0), (side, side), mode="bilinear")[0]


def halving(before: int, width: int, size: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, width, size, stride=2, padding=size // 2, bias=False),
        nn.BatchNorm2d(width),
        nn.SiLU(),
    )


def layer(options: Options) -> nn.Module:
    return nn.TransformerEncoderLayer(
        options.dim,
        options.heads,
        options.mlp,
        options.dropout,
        activation="gelu",
        batch_first=True,
        norm_first=True,
    )


def build(options: Options) -> nn.Module:
    return CompactViT(options)
