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
    by_products,
    causal,
    causal_part,
    fresh_part,
    grouped,
    joined,
    put,
    taken,
    whole_part,
)

ATTENTION = "visualprm_shared"  # name under which transformers knows our function
# Parts of a layer that look at one token each, and cost most.
TOKENWISE = ("self_attn.q_proj", "self_attn.o_proj", "mlp")
FIRST_CAPACITY = 64  # tokens a decoding row has room for at first; doubles when full


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
    """Keys and values of a prompt, per layer (1, K, P, D); read by every row behind it."""

    def __init__(self, keys: Sequence[Tensor], values: Sequence[Tensor], offset: int = 0) -> None:
        """``offset``: how far positions behind the prompt run ahead of the tokens' indices."""
        self.keys = tuple(keys)
        self.values = tuple(values)
        self.offset = offset

    @property
    def length(self) -> int:
        """Tokens in the prefix."""
        return self.keys[0].shape[2] if self.keys else 0

    @property
    def end(self) -> int:
        """Position of the first token behind the prefix."""
        return self.length + self.offset

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
        return Prefix([k[:, :, :length] for k in self.keys], [v[:, :, :length] for v in self.values], self.offset)


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


class DecodingRows:
    """Rows that grow by equally many tokens each per forward, behind one prefix: one, or more of what is written already."""

    read = None  # a row's one token is the one that is read

    def __init__(self, prefix: Prefix, rows: int, longest: int) -> None:
        """``longest``: own tokens a row may come to; room is made for no more."""
        self._prefix = prefix
        self._rows = rows
        self._longest = longest
        self._length = 0
        self._keys: list[Tensor] = []  # by layer: (B, K, capacity, D)
        self._values: list[Tensor] = []

    @property
    def position(self) -> int:
        """Position of the next token: prefix and own tokens so far, plus the prefix's offset."""
        return self._prefix.end + self._length

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Append the new tokens to every row's own part and attend to prefix and own part."""
        self._make_room(layer, key)
        new = key.shape[2]
        end = self._length + new
        self._keys[layer][:, :, self._length : end] = key
        self._values[layer][:, :, self._length : end] = value
        visible = None  # one token sees all
        if new > 1:
            places = torch.arange(end, device=key.device)
            visible = (places <= places[self._length :, None]).expand(len(query), -1, -1)
        keys, values = self._keys[layer][:, :, :end], self._values[layer][:, :, :end]
        own = by_products(grouped(query, key), keys, values, scale, visible)
        shared = whole_part(query, self._prefix.keys[layer], self._prefix.values[layer], scale)
        return as_output(joined(shared, own), query)

    def advance(self, tokens: int) -> None:
        """Count the tokens of the forward just done."""
        self._length += tokens

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order; the others leave and free what they held."""
        self._rows = len(rows)
        for stored in (self._keys, self._values):
            for layer, tensor in enumerate(stored):  # one by one: two copies of everything might not fit
                stored[layer] = tensor[list(rows)]

    def _make_room(self, layer: int, key: Tensor) -> None:
        if layer == len(self._keys):
            first = min(max(FIRST_CAPACITY, key.shape[2]), self._longest)
            shape = (self._rows, key.shape[1], first, key.shape[3])
            self._keys.append(key.new_empty(shape))
            self._values.append(key.new_empty(shape))
        capacity = self._keys[layer].shape[2]
        end = self._length + key.shape[2]
        if end > capacity:
            more = min(max(2 * capacity, end), self._longest)
            self._keys[layer] = _with_capacity(self._keys[layer], more)
            self._values[layer] = _with_capacity(self._values[layer], more)


class FixedRows:
    """Rows that grow by equally many tokens each per forward, in tensors that stay where they are until they are full.

    As :class:`DecodingRows`, but how many tokens count is a number on the device, so that the same operators do every step.
    """

    read = None  # each row's one token is the one that is read

    def __init__(self, prefix: Prefix, rows: int, capacity: int) -> None:
        self._prefix = prefix
        self._length = 0
        self._counted = torch.zeros(1, dtype=torch.long, device=prefix.keys[0].device)
        self._places = torch.arange(capacity, device=prefix.keys[0].device)
        shapes = [(rows, part.shape[1], capacity, part.shape[3]) for part in prefix.keys]
        # zeros: what does not count yet is weighted with 0, which makes NaN of what may lie in fresh memory
        self._keys = [part.new_zeros(shape) for part, shape in zip(prefix.keys, shapes, strict=True)]
        self._values = [part.new_zeros(shape) for part, shape in zip(prefix.values, shapes, strict=True)]

    @property
    def position(self) -> int:
        """See :class:`DecodingRows`."""
        return self._prefix.end + self._length

    def has_room(self, tokens: int) -> bool:
        """Whether there is room for so many more tokens."""
        return self._length + tokens <= len(self._places)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Put the new tokens into every row's own part and attend to prefix and own part."""
        keys, values = self._keys[layer], self._values[layer]
        new = self._counted  # (Q,): where the new tokens go
        if key.shape[2] > 1:
            new = new + torch.arange(key.shape[2], device=new.device)
        keys.index_copy_(2, new, key)
        values.index_copy_(2, new, value)
        visible = (self._places <= new[:, None]).expand(len(query), -1, -1)
        own = by_products(grouped(query, key), keys, values, scale, visible)
        shared = whole_part(query, self._prefix.keys[layer], self._prefix.values[layer], scale)
        return as_output(joined(shared, own), query)

    def advance(self, tokens: int) -> None:
        """Count the tokens of the forward just done."""
        self._length += tokens
        self._counted += tokens

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order."""
        for stored in (self._keys, self._values):
            for layer, tensor in enumerate(stored):
                stored[layer] = tensor[list(rows)]

    def grow(self, longest: int) -> None:
        """Make room for twice as many tokens, at most ``longest``."""
        more = min(2 * len(self._places), longest)
        self._places = torch.arange(more, device=self._places.device)
        for stored in (self._keys, self._values):
            for layer, tensor in enumerate(stored):
                larger = tensor.new_zeros(*tensor.shape[:2], more, tensor.shape[3])
                larger[:, :, : tensor.shape[2]] = tensor
                stored[layer] = larger


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
            self._keys[layer] = _with_capacity(self._keys[layer], more)
            self._values[layer] = _with_capacity(self._values[layer], more)
        self._keys[layer][:, :, self.length : end] = key
        self._values[layer][:, :, self.length : end] = value

    def add(self, tokens: int) -> None:
        """Count tokens that every layer has written."""
        self.length += tokens

    def past(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return the keys and the values that count, (1, K, T, D) each."""
        return self._keys[layer][:, :, : self.length], self._values[layer][:, :, : self.length]


class AppendingRows:
    """One forward that appends tokens to several rows with unequal pasts and unequal additions (right-padded)."""

    def __init__(self, prefix: Prefix, rows: Sequence[RowMemory], added: Sequence[int], read: Tensor) -> None:
        """``read``: where in each row's new tokens the hidden state is read, (B, R)."""
        self._prefix = prefix
        self._rows = rows
        self._added = added
        self.read = read

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attend to prefix, past own tokens and, causally, the new tokens."""
        # right padding is invisible to causal attention, so no part needs a mask of who is padding
        is_narrow = query.shape[2] < key.shape[2]
        fresh = causal_part(query, key, value, scale, self.read) if is_narrow else fresh_part(query, key, value, scale)
        output, lse = joined(whole_part(query, self._prefix.keys[layer], self._prefix.values[layer], scale), fresh)
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


def _with_capacity(tensor: Tensor, capacity: int) -> Tensor:
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
