"""Muon for matrices and AdamW for everything else. Weights and gradients are float32.

Knows parameters and gradients only. torch.optim.Muon is not used because its Newton-Schulz iteration always runs in
bfloat16, which costs about a hundred times more than float32 on a CPU without bfloat16 units, and two and a half times
less on one with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from nano.model.precision import FAST

Named = Iterable[tuple[str, nn.Parameter]]


class Muon(torch.optim.Optimizer):
    """Momentum whose update is replaced by its nearest orthogonal matrix. Source: Keller Jordan, Muon (2024)."""

    def __init__(self, parameters: Iterable[nn.Parameter], rate: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": rate, "momentum": momentum, "initial_lr": rate})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                buffer = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
                buffer.lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(buffer, group["momentum"])
                update = orthogonal(update.flatten(1)).view_as(parameter)
                scale = max(1.0, parameter.shape[0] / update.flatten(1).shape[1]) ** 0.5
                parameter.mul_(1 - group["lr"] * 0.01).add_(update, alpha=-group["lr"] * scale)


def orthogonal(matrix: Tensor, iterations: int = 5) -> Tensor:
    """The Newton-Schulz approximation of U V^T for matrix = U S V^T."""
    a, b, c = 3.4445, -4.7750, 2.0315  # Source: Muon reference implementation
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = (wide / (wide.norm() + 1e-7)).to(FAST)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x if matrix.shape[0] <= matrix.shape[1] else x.T
    return result.to(matrix.dtype)


def build_optimisers(named: Named, muon_rate: float, adam_rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the hidden matrices; AdamW for embeddings, heads, norms and biases."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in named:
        if not parameter.requires_grad:
            continue
        hidden = parameter.ndim >= 2 and not any(word in name for word in ("embed", "lm_head", "cls_token", "heads"))
        (matrices if hidden else others).append(parameter)
    optimisers: list[torch.optim.Optimizer] = []
    if matrices:
        optimisers.append(Muon(matrices, muon_rate))
    if others:
        adam = torch.optim.AdamW(others, lr=adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
        adam.param_groups[0]["initial_lr"] = adam_rate
        optimisers.append(adam)
    return optimisers


def set_rate(optimisers: list[torch.optim.Optimizer], factor: float) -> None:
    """Set every learning rate to `factor` times its initial value."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor


def schedule(step: int, total: int, warm_up: int = 30) -> float:
    """Warm-up, flat, then linear to 2 % over the last half."""
    if step < warm_up:
        return (step + 1) / warm_up
    progress = step / total
    return 1.0 if progress < 0.5 else max(0.02, 1 - (progress - 0.5) / 0.5)
