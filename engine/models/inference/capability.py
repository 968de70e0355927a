"""What a device computes by itself, asked of its compute capability: the dtype alone does not tell."""

from __future__ import annotations

import torch

AMPERE = (8, 0)  # A100, RTX 30 and newer; a T4 is 7.5, a V100 7.0


def is_ampere(device: torch.device) -> bool:
    """Return whether a device is a GPU that has bfloat16 units and that torch's flash attention runs on."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= AMPERE
