"""A small vision transformer (Dosovitskiy et al. 2020, arXiv:2010.11929) on 8×8 patches.

36 patches and a class token, pre-norm blocks with GELU. As in the published run, the head has a
hidden linear layer with ReLU before the classes.
"""

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn

from fer2013.core.blocks import transformer_layer
from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.sections import BelowOne, Count, NotNegative, Section


class Options(Section):
    name: Literal["vit"]
    patch: Count
    dim: Count
    layers: Count
    heads: Count
    mlp: Count
    head: Count
    dropout: BelowOne
    token_std: NotNegative  # of the initial class token and position embedding

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if SIDE % self.patch:
            raise ValueError(f"patches of {self.patch} pixels do not tile a face of {SIDE}")
        if self.dim % self.heads:
            raise ValueError(f"dim {self.dim} is no multiple of {self.heads} heads")
        return self


class ViT(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        patch, dim = options.patch, options.dim
        self.patch = patch
        self.embed = nn.Linear(patch * patch, dim)
        positions = 1 + (SIDE // patch) ** 2
        self.cls = nn.Parameter(options.token_std * torch.randn(1, 1, dim))
        self.position = nn.Parameter(options.token_std * torch.randn(1, positions, dim))
        self.dropout = nn.Dropout(options.dropout)
        # Not nn.TransformerEncoder: it gives all blocks the same initial weights.
        sizes = dim, options.heads, options.mlp, options.dropout
        self.blocks = nn.Sequential(*[transformer_layer(*sizes) for _ in range(options.layers)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Sequential(
            nn.Linear(dim, options.head), nn.ReLU(), nn.Linear(options.head, len(CLASSES))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x)  # [B, 1, 48, 48] → [B, 36, 64]
        x = self.embed(x)  # → [B, 36, D]
        cls = self.cls.expand(x.shape[0], -1, -1)
        x = torch.cat([cls, x], dim=1)  # → [B, 37, D]
        x = self.blocks(self.dropout(x + self.position))
        logits: Tensor = self.head(self.norm(x[:, 0]))  # → [B, 7]
        return logits

    def patches(self, x: Tensor) -> Tensor:
        side, count = self.patch, SIDE // self.patch
        x = x.reshape(-1, count, side, count, side)  # [B, 1, 48, 48] → [B, 6, 8, 6, 8]
        return x.transpose(2, 3).reshape(-1, count * count, side * side)  # → [B, 36, 64]


def build(options: Options) -> nn.Module:
    return ViT(options)
