"""Which precision, float32 or bfloat16, `train.precision` means on a device."""

import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


def resolve_precision(precision: str, device: torch.device) -> str:
    """float32 or bfloat16 as given; auto is bfloat16 where the device supports it in hardware."""
    if precision != "auto":
        return precision
    return "bfloat16" if multiplies_bfloat16(device) else "float32"


def multiplies_bfloat16(device: torch.device) -> bool:
    """Does the device have bfloat16 instructions? Without them torch emulates bfloat16."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return (
        has_bfloat16_instructions(torch.cpu.get_capabilities())
        and torch.backends.mkldnn.is_available()  # oneDNN uses them; torch for macOS is without it
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def has_bfloat16_instructions(capabilities: Mapping[str, Any]) -> bool:
    """Do a processor's capabilities include AVX512-BF16 or AMX (x86), or BF16 (Arm)?"""
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def emulation_warning(precision: str, device: torch.device) -> str | None:
    """A warning if params.yaml asks for bfloat16 on a device that has to emulate it."""
    if precision != "bfloat16" or multiplies_bfloat16(device):
        return None
    return (
        f"train.precision is bfloat16, but this {device.type} has no instructions for it: a "
        f"convolution takes {bfloat16_slowdown(device):.1f} times as long as in float32. "
        "With auto it trains in float32."
    )


def bfloat16_slowdown(device: torch.device) -> float:
    """Measure how many times as long a convolution trains in bfloat16 as in float32."""
    filters = torch.ones(64, 64, 3, 3, device=device, requires_grad=True)
    faces = torch.ones(1, 64, 24, 24, device=device).contiguous(memory_format=torch.channels_last)

    def seconds(bfloat16: bool) -> float:
        started = time.process_time()  # of this process's threads only
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            result = nn.functional.conv2d(faces, filters, padding=1)
        result.sum().backward()
        assert filters.grad is not None
        float(filters.grad.sum())  # waits for a GPU
        return time.process_time() - started

    def shortest(bfloat16: bool) -> float:
        return min(seconds(bfloat16) for _ in range(3))  # the first includes oneDNN's preparation

    return shortest(True) / shortest(False)
