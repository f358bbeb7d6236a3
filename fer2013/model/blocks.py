"""Residual blocks of depthwise separable convolutions, which several networks are built from.

A 3×3 convolution of every channel by itself and then a 1×1 convolution across channels (Xception:
Chollet 2016, arXiv:1610.02357; MobileNet: Howard et al. 2017, arXiv:1704.04861) take a fraction of
a full 3×3 convolution's multiply-adds, and learn more here from each: benchmarks/README.md.
The blocks differ from resnet.py's in having
- SiLU (Elfwing et al. 2017, arXiv:1702.03118) for ReLU, and none between depth and point;
- shortcuts that average before they project, so that no pixel is skipped (ResNet-D: He et al. 2018,
  arXiv:1812.01187);
- on demand, channels weighed by a small network that sees their means, squeezed to so many times
  fewer channels (squeeze-and-excitation: Hu et al. 2017, arXiv:1709.01507).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def normalized(
    before: int, channels: int, size: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    convolution = Unrounded if stride > 1 and groups > 1 else nn.Conv2d
    return nn.Sequential(
        convolution(before, channels, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    )


class Unrounded(nn.Conv2d):
    """A convolution in its weights' precision, whatever surrounds it.

    Of bfloat16's convolutions in oneDNN, a depthwise one with a stride has a backward pass that is
    eight to twenty times slower than float32's.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


def separable(before: int, channels: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        normalized(before, before, 3, stride, groups=before), normalized(before, channels, 1)
    )


def full(before: int, channels: int, stride: int = 1) -> nn.Module:
    return normalized(before, channels, 3, stride)


CONVOLUTIONS: dict[str, Callable[..., nn.Module]] = {"separable": separable, "full": full}


class SqueezeExcitation(nn.Module):
    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, channels // squeeze)
        self.up = nn.Linear(channels // squeeze, channels)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.up(F.silu(self.down(x.mean(dim=(2, 3)))))  # [B, C, S, S] → [B, C]
        # Twice the paper's, so that they start near 1.
        return x * (2 * torch.sigmoid(weights)).unsqueeze(2).unsqueeze(3)


class Block(nn.Module):
    """convolution, SiLU, convolution, plus the shortcut, then SiLU."""

    def __init__(
        self,
        before: int,
        channels: int,
        stride: int,
        convolution: Callable[..., nn.Module],
        squeeze: int | None = None,
    ) -> None:
        super().__init__()
        self.conv1 = convolution(before, channels, stride)
        self.conv2 = convolution(channels, channels)
        self.excite = SqueezeExcitation(channels, squeeze) if squeeze else nn.Sequential()
        self.shortcut = nn.Sequential()
        if stride != 1 or before != channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True), normalized(before, channels, 1)
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
    """So many blocks with these channels, then with those; each stage but the first halves."""
    layers: list[nn.Module] = []
    before = channels[0]
    for place, (width, count) in enumerate(zip(channels, blocks, strict=True)):
        for block in range(count):
            stride = 2 if place > 0 and block == 0 else 1
            layers.append(Block(before, width, stride, convolution, squeeze))
            before = width
    return nn.Sequential(*layers)
