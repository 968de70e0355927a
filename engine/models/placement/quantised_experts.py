"""The experts of a mixture, one matrix each instead of one tensor for all, so that they can be quantised as other matrices are.

transformers joins the experts of a layer into three-dimensional parameters when it loads them, which bitsandbytes has no layer for.
Knows tensors only; which library makes a matrix smaller, its caller says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import LoadError

JOINED = ("gate_up_proj", "down_proj")  # what transformers calls the parameters (experts, out, in) of a layer's experts


class SeparateExperts(nn.Module):
    """Computes what transformers' experts do, an expert at a time."""

    def __init__(self, experts: Any, smaller: Callable[[nn.Linear], nn.Module]) -> None:
        """Take the weights out of ``experts``, which go on applying the gate; ``smaller`` makes a matrix smaller."""
        super().__init__()
        self._apply_gate: Callable[[Tensor], Tensor] = experts._apply_gate
        self.gate_up, self.down = (
            nn.ModuleList([smaller(_linear(matrix)) for matrix in getattr(experts, name).data]) for name in JOINED
        )
        for name in JOINED:
            delattr(experts, name)

    def forward(self, hidden_states: Tensor, top_k_index: Tensor, top_k_weights: Tensor) -> Tensor:
        """Return the weighted sum (tokens, hidden) over each token's experts; indices and weights are (tokens, chosen)."""
        output = torch.zeros_like(hidden_states)
        for expert in top_k_index.unique().tolist():
            if expert == len(self.down):  # stands for none
                continue
            token, place = (top_k_index == expert).nonzero(as_tuple=True)
            answer = self.down[expert](self._apply_gate(self.gate_up[expert](hidden_states[token])))
            weighted = answer * top_k_weights[token, place, None]
            output.index_add_(0, token, weighted.to(output.dtype))
        return output


def separate_experts(layer: nn.Module, smaller: Callable[[nn.Linear], nn.Module]) -> None:
    """Replace the joined experts of a text layer, where it has any. Raises LoadError for a form that is not computed here."""
    for name, module in list(layer.named_modules()):
        if all(isinstance(getattr(module, joined, None), nn.Parameter) for joined in JOINED):
            experts: Any = module
            is_plain = getattr(experts, "has_gate", False) and not (
                getattr(experts, "is_transposed", False)
                or getattr(experts, "has_bias", False)
                or getattr(experts, "has_post_expert_norm", False)
            )
            if is_plain:
                owner, _, attribute = name.rpartition(".")
                setattr(layer.get_submodule(owner), attribute, SeparateExperts(experts, smaller))
    left = [name for name, parameter in layer.named_parameters() if parameter.dim() > 2]
    if left:
        raise LoadError(
            f"The experts of this mixture ({left[0]}) are kept in a form that cannot be quantised here. Load it without "
            "--quantise, or serve it elsewhere and give its address."
        )


def _linear(matrix: Tensor) -> nn.Linear:
    """Return a layer that holds ``matrix`` (out, in), in memory of its own."""
    linear = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False, device="meta")
    linear.weight = nn.Parameter(matrix.clone(), requires_grad=False)
    return linear
