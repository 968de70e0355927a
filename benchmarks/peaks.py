"""What the device can do at best, measured: operations a second in one large matrix product, bytes a second in one large copy."""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmarks.metering import clock

REPEATS = 5  # the fastest counts: others may use the machine
EDGE = {"cuda": 8192}  # of the square matrices
SMALL_EDGE = 1024
COPIED = {"cuda": 4 << 30}  # bytes
FEW_COPIED = 256 << 20


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Return operations a second of a product of two square matrices."""
    edge = EDGE.get(device.type, SMALL_EDGE)
    left, right = (torch.randn(edge, edge, device=device, dtype=torch.float32).to(dtype) for _ in range(2))
    out = torch.empty_like(left)
    return 2 * edge**3 / _fastest(device, lambda: torch.matmul(left, right, out=out))


def memory_bandwidth(device: torch.device) -> float:
    """Return bytes a second of a copy, what is read and what is written."""
    source = torch.ones(COPIED.get(device.type, FEW_COPIED) // 2, device=device, dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * source.nbytes / _fastest(device, lambda: target.copy_(source))


def _fastest(device: torch.device, work: Callable[[], object]) -> float:
    work()  # the first call loads and chooses kernels
    seconds = []
    for _ in range(REPEATS):
        started = clock(device)
        work()
        seconds.append(clock(device) - started)
    return min(seconds)
