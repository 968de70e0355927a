"""Attention over a prefix that many rows share: its keys and values are stored once and read by all of them.

The one attention function registered with transformers hands the rotated queries, keys and values of a layer to an
:class:`AttentionContext`, which decides who attends to what and what is remembered. Each row attends to the prefix and to its own
tokens separately; the two parts are merged by their log-sum-exp, which is exact. No mask of the whole sequence is ever
built and no cache is copied. In the last layer only the tokens ask, and are computed further, whose hidden state somebody reads:
see :func:`only_read`.
Knows nothing of prompts, sampling or scores.

Shapes: B rows, H query heads, K key/value heads, Q new tokens, T tokens attended to, D head size, R read tokens of a row.

Source: chosen by measurement over packed rows, copied caches and FlexAttention; fastest at a sixth of the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from engine.models.inference.partial_attention import (
    as_output,
    causal,
    causal_part,
    fresh_part,
    joined,
    put,
    taken,
    whole_part,
)

ATTENTION = "visualprm_shared"  # name under which transformers knows our function
# Parts of a layer that look at one token each, and cost most.
TOKENWISE = ("self_attn.q_proj", "self_attn.o_proj", "mlp")


class AttentionContext(Protocol):
    """Computes one layer's attention and remembers what later forwards need."""

    @property
    def read(self) -> Tensor | None:
        """Where in each row the final hidden state is read, (B, R); everywhere else it may be anything. None: everywhere."""
        ...

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Return the attention output (B, H, Q, D) for ``query`` (B, H, Q, D), ``key`` and ``value`` (B, K, Q, D).

        In the last layer the queries are those at the places ``read`` only, (B, H, R, D), wherever these are fewer.
        """
        ...


def register() -> None:
    """Make :data:`ATTENTION` a known attention implementation of transformers. Call before loading a model."""
    AttentionInterface.register(ATTENTION, _attention)


class Prefix:
    """Keys and values of tokens that several rows stand behind, per layer (1, K, P, D), and what stands in front of these.

    The prompt of a problem has nothing in front of it; the beginning of a solution has the prompt.
    """

    def __init__(
        self, keys: Sequence[Tensor], values: Sequence[Tensor], offset: int = 0, before: Prefix | None = None
    ) -> None:
        """``offset``: how far positions behind the prompt run ahead of the tokens' indices."""
        self.keys = tuple(keys)
        self.values = tuple(values)
        self.offset = offset
        self.before = before
        self.whole = self  # what this is a view of

    @property
    def length(self) -> int:
        """Tokens in this part, without those in front of it."""
        return self.keys[0].shape[2] if self.keys else 0

    @property
    def end(self) -> int:
        """Position of the first token behind the prefix."""
        return self.length + self.offset + (self.before.end if self.before is not None else 0)

    @property
    def parts(self) -> tuple[Prefix, ...]:
        """This part and all in front of it, the first of all first; empty ones are left out."""
        before = self.before.parts if self.before is not None else ()
        return (*before, self) if self.length else before

    @property
    def bytes_by_device(self) -> dict[torch.device, int]:
        """What one more token of one row would hold: in all layers that lie on a device."""
        held: dict[torch.device, int] = {}
        for part in (*self.keys, *self.values):
            held[part.device] = held.get(part.device, 0) + part.shape[1] * part.shape[3] * part.element_size()
        return held

    def first(self, length: int) -> Prefix:
        """Return the first ``length`` tokens as a view; nothing is copied."""
        if length == self.length:
            return self
        keys, values = [k[:, :, :length] for k in self.keys], [v[:, :, :length] for v in self.values]
        view = Prefix(keys, values, self.offset, self.before)
        view.whole = self.whole
        return view


class Prefill:
    """Reads a prompt causally and keeps its keys and values; of the hidden states, the last token's is read."""

    def __init__(self, length: int) -> None:
        """``length``: tokens of the prompt."""
        self.read = torch.tensor([[length - 1]])
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Plain causal attention."""
        self._keys.append(key)
        self._values.append(value)
        if query.shape[2] < key.shape[2]:
            return as_output(causal_part(query, key, value, scale, self.read), query)
        return causal(query, key, value, scale)

    def prefix(self, offset: int = 0) -> Prefix:
        """Return what was read; for ``offset`` see :class:`Prefix`."""
        return Prefix(self._keys, self._values, offset)


class RowMemory:
    """Own keys and values of one row that grows by whole steps, behind a prefix of its own length.

    What a forward writes counts after :meth:`add` only, so a forward that fails half-way has changed nothing.
    """

    def __init__(self) -> None:
        self.length = 0  # tokens that count
        self._keys: list[Tensor] = []  # by layer: (1, K, capacity, D)
        self._values: list[Tensor] = []

    def write(self, layer: int, key: Tensor, value: Tensor) -> None:
        """Put tokens (1, K, T, D) behind those that count."""
        end = self.length + key.shape[2]
        if layer == len(self._keys):  # no spare room: most rows come whole
            self._keys.append(torch.empty_like(key, memory_format=torch.contiguous_format))
            self._values.append(torch.empty_like(value, memory_format=torch.contiguous_format))
        capacity = self._keys[layer].shape[2]
        if end > capacity:
            more = max(end, capacity + capacity // 2)
            self._keys[layer] = with_capacity(self._keys[layer], more)
            self._values[layer] = with_capacity(self._values[layer], more)
        self._keys[layer][:, :, self.length : end] = key
        self._values[layer][:, :, self.length : end] = value

    def add(self, tokens: int) -> None:
        """Count tokens that every layer has written."""
        self.length += tokens

    def past(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return the keys and the values that count, (1, K, T, D) each."""
        return self._keys[layer][:, :, : self.length], self._values[layer][:, :, : self.length]

    def as_prefix(self, before: Prefix) -> Prefix:
        """Return the tokens that count as something rows can stand behind, with ``before`` in front of it; nothing is copied."""
        parts = [self.past(layer) for layer in range(len(self._keys))]
        return Prefix([keys for keys, _ in parts], [values for _, values in parts], before=before)


class AppendingRows:
    """One forward that appends tokens to several rows with unequal pasts and unequal additions (right-padded)."""

    def __init__(self, prefix: Prefix, rows: Sequence[RowMemory], added: Sequence[int], read: Tensor) -> None:
        """``read``: where in each row's new tokens the hidden state is read, (B, R)."""
        self._parts = prefix.parts
        self._rows = rows
        self._added = added
        self.read = read

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attend to prefix, past own tokens and, causally, the new tokens."""
        # right padding is invisible to causal attention, so no part needs a mask of who is padding
        is_narrow = query.shape[2] < key.shape[2]
        fresh = causal_part(query, key, value, scale, self.read) if is_narrow else fresh_part(query, key, value, scale)
        output, lse = fresh
        for part in self._parts:
            output, lse = joined(whole_part(query, part.keys[layer], part.values[layer], scale), (output, lse))
        for index, (row, added) in enumerate(zip(self._rows, self._added, strict=True)):
            one = slice(index, index + 1)
            if row.length:
                past = whole_part(query[one], *row.past(layer), scale)
                output[one], lse[one] = joined(past, (output[one], lse[one]))
            row.write(layer, key[one, :, :added], value[one, :, :added])
        return as_output((output, lse), query)

    def commit(self) -> None:
        """Count the added tokens (without padding) in each row. Call once, after the forward."""
        for row, added in zip(self._rows, self._added, strict=True):
            row.add(added)


@contextmanager
def only_read(layer: nn.Module, read: Tensor | None) -> Iterator[None]:
    """Within it the last ``layer`` computes what it does token by token at the places ``read`` (B, R) only; elsewhere is zero.

    What a layer behind it would need, keys and values apart, nobody asks of the last one: of a solution's few hundred tokens
    only those at the ends of steps are read. A part of another name is computed everywhere, as all are with None.
    """
    hooks: list[RemovableHandle] = []
    if read is not None:
        for name, part in layer.named_modules():
            hooks += _narrowed(part, read) if name in TOKENWISE else ()
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _narrowed(part: nn.Module, read: Tensor) -> tuple[RemovableHandle, RemovableHandle]:
    """Restrict ``part`` to the tokens at the positions ``read`` until the returned hooks are removed."""
    places, whole = read, torch.Size()

    def narrow(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        nonlocal places, whole
        places, whole = read.to(given[0].device)[..., None], given[0].shape[:2]
        return (given[0].take_along_dim(places, dim=1), *given[1:])

    def widen(_: nn.Module, __: tuple[Tensor, ...], output: Any) -> Any:
        if isinstance(output, tuple):  # experts say which of them were chosen too
            return (widen(_, __, output[0]), *output[1:])
        return output.new_zeros(*whole, output.shape[2]).scatter(1, places.expand_as(output), output)

    return part.register_forward_pre_hook(narrow), part.register_forward_hook(widen)


def with_capacity(tensor: Tensor, capacity: int) -> Tensor:
    """Return a copy of (B, K, T, D) with room for ``capacity`` tokens."""
    rows, heads, length, size = tensor.shape
    larger = tensor.new_empty(rows, heads, capacity, size)
    larger[:, :, :length] = tensor
    return larger


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **arguments: Any
) -> tuple[Tensor, Any]:
    """The function transformers calls in every text layer; without an :class:`AttentionContext` it is plain sdpa."""
    shared: AttentionContext | None = arguments.pop("shared", None)
    if shared is None:
        result: tuple[Tensor, Any] = sdpa_attention_forward(module, query, key, value, attention_mask, **arguments)
        return result
    is_last = module.layer_idx == module.config.num_hidden_layers - 1
    read = shared.read.to(query.device) if is_last and shared.read is not None else None
    scale = float(arguments["scaling"])
    if read is None or read.shape[1] == query.shape[2]:
        output = shared.attend(module.layer_idx, query, key, value, scale)
    else:
        output = put(shared.attend(module.layer_idx, taken(query, read), key, value, scale), read, query)
    return output.transpose(1, 2).contiguous(), None
