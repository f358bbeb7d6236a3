"""What several networks use: residual blocks of separable convolutions, transformer layers.

A depthwise 3×3 convolution followed by a pointwise 1×1 convolution (Xception: Chollet 2016,
arXiv:1610.02357; MobileNet: Howard et al. 2017, arXiv:1704.04861) takes a fraction of the
multiply-adds of a full 3×3 convolution. On FER2013, for the same number of multiply-adds, networks
of such convolutions reach a higher accuracy (benchmarks/README.md).

The blocks differ from those of networks/resnet.py in having
- SiLU (Elfwing et al. 2017, arXiv:1702.03118) instead of ReLU, and no activation between the
  depthwise and the pointwise convolution;
- shortcuts with average pooling before the 1×1 projection, so that no pixel is skipped (ResNet-D:
  He et al. 2018, arXiv:1812.01187);
- optionally, squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507): channels are weighted by
  a small network that sees their means.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def conv_bn(
    in_channels: int, channels: int, size: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    convolution = Float32Conv2d if stride > 1 and groups > 1 else nn.Conv2d
    return nn.Sequential(
        convolution(in_channels, channels, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    )


class Float32Conv2d(nn.Conv2d):
    """A convolution that stays in float32 under autocast.

    oneDNN's backward pass of a strided depthwise convolution is 7 to 20 times slower in bfloat16
    than in float32.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


def separable(in_channels: int, channels: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        conv_bn(in_channels, in_channels, 3, stride, groups=in_channels),
        conv_bn(in_channels, channels, 1),
    )


def full(in_channels: int, channels: int, stride: int = 1) -> nn.Module:
    return conv_bn(in_channels, channels, 3, stride)


CONVOLUTIONS: dict[str, Callable[..., nn.Module]] = {"separable": separable, "full": full}


class SqueezeExcitation(nn.Module):
    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, channels // squeeze)
        self.up = nn.Linear(channels // squeeze, channels)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.up(F.silu(self.down(x.mean(dim=(2, 3)))))  # [B, C, S, S] → [B, C]
        # Twice the paper's weights, so that they are near 1 at the start of training.
        return x * (2 * torch.sigmoid(weights)).unsqueeze(2).unsqueeze(3)


class Block(nn.Module):
    """convolution, SiLU, convolution, plus the shortcut, then SiLU."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int,
        convolution: Callable[..., nn.Module],
        squeeze: int | None = None,
    ) -> None:
        super().__init__()
        self.conv1 = convolution(in_channels, channels, stride)
        self.conv2 = convolution(channels, channels)
        self.excite = SqueezeExcitation(channels, squeeze) if squeeze else nn.Sequential()
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), conv_bn(in_channels, channels, 1)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.excite(self.conv2(F.silu(self.conv1(x))))
        return F.silu(y + self.shortcut(x))


def residual_stages(
    channels: list[int],
    blocks: list[int],
    convolution: Callable[..., nn.Module],
    squeeze: int | None = None,
) -> nn.Module:
    """Stage i has `blocks[i]` blocks of `channels[i]` channels.

    Each stage except the first halves the height and width.
    """
    layers: list[nn.Module] = []
    in_channels = channels[0]
    for index, (width, count) in enumerate(zip(channels, blocks, strict=True)):
        for block in range(count):
            stride = 2 if index > 0 and block == 0 else 1
            layers.append(Block(in_channels, width, stride, convolution, squeeze))
            in_channels = width
    return nn.Sequential(*layers)


def transformer_layer(dim: int, heads: int, mlp: int, dropout: float) -> nn.Module:
    """A pre-norm layer with GELU. [B, T, D] → [B, T, D]"""
    return nn.TransformerEncoderLayer(
        dim, heads, mlp, dropout, activation="gelu", batch_first=True, norm_first=True
    )
