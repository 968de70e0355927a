"""A CUDA graph in Python: operators are taken down with the tensors they met, and done again on the same ones.

Nothing but operators is repeated, so a step that depends on a number Python has read, or on a tensor that has moved, goes wrong
here as it does on a GPU; what a capture does not allow is refused.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
# reading a number back, shapes that follow from values, tensors made of Python numbers
REFUSED = {
    aten._local_scalar_dense.default,
    aten.nonzero.default,
    aten.lift_fresh.default,
    aten.lift_fresh_copy.default,
}


class RecordedOperators(TorchDispatchMode):
    """Implements ``Recording`` on the CPU."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = []
        self.replays = 0

    def record(self, work):
        with self:
            return work()

    def replay(self) -> None:
        self.replays += 1
        for function, args, kwargs, made in self._calls:
            again = function(*args, **kwargs)
            for old, new in zip(tree_leaves(made), tree_leaves(again), strict=True):
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        with self:  # under inference mode composed operators come whole
            made = function.decompose(*args, **(kwargs or {}))
        if made is not NotImplemented:
            return made
        if function in REFUSED:
            raise RuntimeError(f"operation not permitted when stream is capturing: {function}")
        made = function(*args, **(kwargs or {}))
        self._calls.append((function, args, kwargs or {}, made))
        return made
