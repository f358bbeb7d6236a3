"""A compact convolutional transformer (Hassani et al. 2021, arXiv:2104.05704).

Convolutions turn the face into overlapping tokens. They bring the locality that a transformer
would otherwise have to learn, for which FER2013 has few faces. The tokens are averaged with learned
weights (sequence pooling), so there is no class token. The convolutions are a 5×5 stem and the
residual blocks of core/blocks.py; the paper has plain convolutions and max pooling.
"""

from typing import Annotated, Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from fer2013.core.blocks import conv_bn, residual_stages, separable, transformer_layer
from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.sections import BelowOne, Count, Section


class Options(Section):
    name: Literal["compact_vit"]
    channels: Annotated[list[Count], Field(min_length=1, max_length=4)]  # each halves the face
    blocks: list[Count]  # per stage
    dim: Count  # of a token
    layers: Count
    heads: Count
    mlp: Count
    dropout: BelowOne  # in the layers
    head_dropout: BelowOne

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.blocks) != len(self.channels):
            raise ValueError(
                f"{len(self.channels)} channels need as many blocks, not {len(self.blocks)}"
            )
        if self.dim % self.heads:
            raise ValueError(f"dim {self.dim} is no multiple of {self.heads} heads")
        return self


class CompactViT(nn.Module):
    def __init__(self, options: Options) -> None:
        super().__init__()
        dim, widths = options.dim, options.channels
        self.stem = conv_bn(1, widths[0], 5, stride=2)
        self.blocks = residual_stages(widths, options.blocks, separable)
        self.project = nn.Conv2d(widths[-1], dim, 1)
        side = SIDE >> len(widths)
        self.position = nn.Parameter(0.02 * torch.randn(dim, side, side))
        # Not nn.TransformerEncoder: it gives all layers the same initial weights.
        sizes = dim, options.heads, options.mlp, options.dropout
        self.layers = nn.Sequential(*[transformer_layer(*sizes) for _ in range(options.layers)])
        self.norm = nn.LayerNorm(dim)
        self.score = nn.Linear(dim, 1, bias=False)
        self.dropout = nn.Dropout(options.head_dropout)
        self.head = nn.Linear(dim, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.silu(self.stem(x)))  # [B, 1, 48, 48] → [B, C, 6, 6]
        x = self.project(x)  # → [B, D, 6, 6]
        x = (x + self.position).flatten(2).transpose(1, 2)  # → [B, 36, D]
        with sdpa_kernel(SDPBackend.MATH):  # in bfloat16 the fused backward pass is slow
            x = self.norm(self.layers(x))
        weight = self.score(x).softmax(dim=1)  # → [B, 36, 1]
        x = (weight * x).sum(dim=1)  # → [B, D]
        logits: Tensor = self.head(self.dropout(x))  # → [B, 7]
        return logits


def build(options: Options) -> nn.Module:
    return CompactViT(options)
