"""Attention over a prefix that many rows share: its keys and values are stored once and read by all of them.

The one attention function registered with transformers hands the rotated queries, keys and values of a layer to an
:class:`Attend`, which decides who attends to what and what is remembered. Each row attends to the prefix and to its own
tokens separately; the two parts are merged by their log-sum-exp, which is exact. No mask of the whole sequence is ever
built and no cache is copied. Knows nothing of prompts, sampling or scores.

Shapes: B rows, H query heads, K key/value heads, Q new tokens, T tokens attended to, D head size.

Source: chosen by measurement over packed rows, copied caches and FlexAttention; fastest at a sixth of the memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

ATTENTION = "visualprm_shared"  # name under which transformers knows our function
FLASH_FROM = 64  # queries from which a fused kernel beats two matrix products; below it is launch-bound
FIRST_CAPACITY = 64  # tokens a decoding row has room for at first; doubles when full


class Attend(Protocol):
    """Computes one layer's attention and remembers what later forwards need."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Return the attention output (B, H, Q, D) for ``query`` (B, H, Q, D), ``key`` and ``value`` (B, K, Q, D)."""
        ...


def register() -> None:
    """Make :data:`ATTENTION` a known attention implementation of transformers. Call before loading a model."""
    AttentionInterface.register(ATTENTION, _attention)


class Prefix:
    """Keys and values of a prompt, per layer (1, K, P, D); read by every row behind it."""

    def __init__(self, keys: Sequence[Tensor], values: Sequence[Tensor]) -> None:
        self.keys = tuple(keys)
        self.values = tuple(values)

    @property
    def length(self) -> int:
        """Tokens in the prefix."""
        return self.keys[0].shape[2] if self.keys else 0

    def first(self, length: int) -> Prefix:
        """Return the first ``length`` tokens as a view; nothing is copied."""
        if length == self.length:
            return self
        return Prefix([k[:, :, :length] for k in self.keys], [v[:, :, :length] for v in self.values])


class Prefill:
    """Reads a prompt causally and keeps its keys and values."""

    def __init__(self) -> None:
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Plain causal attention."""
        self._keys.append(key)
        self._values.append(value)
        return scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale, enable_gqa=True)

    def prefix(self) -> Prefix:
        """Return what was read."""
        return Prefix(self._keys, self._values)


class DecodingRows:
    """Rows that grow by one token each per forward, behind one prefix."""

    def __init__(self, prefix: Prefix, rows: int) -> None:
        self._prefix = prefix
        self._rows = rows
        self._length = 0
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []

    @property
    def position(self) -> int:
        """Position of the next token: prefix and own tokens so far."""
        return self._prefix.length + self._length

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Append the new token to every row's own part and attend to prefix and own part."""
        self._make_room(layer, key)
        end = self._length + 1
        self._keys[layer][:, :, self._length : end] = key
        self._values[layer][:, :, self._length : end] = value
        own = _by_products(_grouped(query, key), self._keys[layer][:, :, :end], self._values[layer][:, :, :end], scale)
        return _merge(_prefix_part(query, self._prefix, layer, scale), own, query)

    def advance(self) -> None:
        """Count the token of the forward just done."""
        self._length += 1

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order; the others leave and free what they held."""
        self._rows = len(rows)
        if not self._keys:
            return
        index = torch.tensor(rows, dtype=torch.long, device=self._keys[0].device)
        self._keys = [k.index_select(0, index) for k in self._keys]
        self._values = [v.index_select(0, index) for v in self._values]

    def _make_room(self, layer: int, key: Tensor) -> None:
        if layer == len(self._keys):
            shape = (self._rows, key.shape[1], FIRST_CAPACITY, key.shape[3])
            self._keys.append(key.new_empty(shape))
            self._values.append(key.new_empty(shape))
        capacity = self._keys[layer].shape[2]
        if self._length == capacity:
            self._keys[layer] = pad(self._keys[layer], (0, 0, 0, capacity))
            self._values[layer] = pad(self._values[layer], (0, 0, 0, capacity))


class RowMemory:
    """Own keys and values of one row that grows by whole steps, per layer (K, T, D), behind a prefix of its own length."""

    def __init__(self) -> None:
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        self.length = 0


class AppendingRows:
    """One forward that appends tokens to several rows with unequal pasts and unequal additions (right-padded)."""

    def __init__(self, prefix: Prefix, rows: Sequence[RowMemory], added: Sequence[int]) -> None:
        self._prefix = prefix
        self._rows = rows
        self._added = added
        self._past = max(row.length for row in rows)
        self._new: list[tuple[Tensor, Tensor]] = []
        self._mask: Tensor | None = None

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attend to prefix, past own tokens and, causally, the new tokens."""
        self._new.append((key, value))
        shared = _prefix_part(query, self._prefix, layer, scale)
        if self._past == 0:  # right padding is invisible to causal attention: no mask needed
            return _merge(shared, _fresh_part(query, key, value, scale), query)
        keys = torch.cat([self._past_of([row.keys for row in self._rows], layer, key), key], dim=2)
        values = torch.cat([self._past_of([row.values for row in self._rows], layer, value), value], dim=2)
        own = _by_products(_grouped(query, key), keys, values, scale, self._visible(query))
        return _merge(shared, own, query)

    def commit(self) -> None:
        """Remember the added tokens (without padding) in each row. Call once, after the forward."""
        for index, (row, added) in enumerate(zip(self._rows, self._added, strict=True)):
            for layer, (key, value) in enumerate(self._new):
                new_key, new_value = key[index, :, :added], value[index, :, :added]
                if row.length == 0:
                    row.keys.append(new_key.clone())  # a view would keep the whole padded batch alive
                    row.values.append(new_value.clone())
                else:
                    row.keys[layer] = torch.cat([row.keys[layer], new_key], dim=1)
                    row.values[layer] = torch.cat([row.values[layer], new_value], dim=1)
            row.length += added

    def _past_of(self, stored: Sequence[Sequence[Tensor]], layer: int, like: Tensor) -> Tensor:
        """Return one layer's past of all rows, right-padded: (B, K, past, D)."""
        past = like.new_zeros(len(self._rows), like.shape[1], self._past, like.shape[3])
        for index, row in enumerate(self._rows):
            if row.length:
                past[index, :, : row.length] = stored[index][layer]
        return past

    def _visible(self, query: Tensor) -> Tensor:
        """Return which keys each new token may see: (B, Q, past + Q)."""
        if self._mask is None:
            new = query.shape[2]
            past = torch.tensor([row.length for row in self._rows], device=query.device)
            in_past = torch.arange(self._past, device=query.device) < past[:, None, None]  # (B, 1, past)
            causal = torch.ones(new, new, dtype=torch.bool, device=query.device).tril()
            self._mask = torch.cat([in_past.expand(-1, new, -1), causal.expand(len(self._rows), -1, -1)], dim=2)
        return self._mask


Part = tuple[Tensor, Tensor]  # output (B, K, G * Q, D) and log-sum-exp (B, K, G * Q) in float32; G = H / K


def _grouped(query: Tensor, key: Tensor) -> Tensor:
    """Return queries gathered by the key/value head they read: (B, K, G * Q, D)."""
    return query.reshape(query.shape[0], key.shape[1], -1, query.shape[3])


def _prefix_part(query: Tensor, prefix: Prefix, layer: int, scale: float) -> Part:
    """Attend to the prefix: the queries of all rows become those of one, so its keys are read once."""
    key, value = prefix.keys[layer], prefix.values[layer]
    grouped = _grouped(query, key)
    rows, kv_heads, queries, size = grouped.shape
    folded = grouped.transpose(0, 1).reshape(1, kv_heads, rows * queries, size)
    if rows * queries >= FLASH_FROM and _has_flash(query):
        output, lse = _flash(folded, key, value, scale, causal=False)
    else:
        output, lse = _by_products(folded, key, value, scale)
    return (
        output.reshape(kv_heads, rows, queries, size).transpose(0, 1),
        lse.reshape(kv_heads, rows, queries).transpose(0, 1),
    )


def _fresh_part(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Part:
    """Attend causally among new tokens only."""
    rows, heads, new, size = query.shape
    kv_heads = key.shape[1]
    if new > 1 and _has_flash(query):
        group = heads // kv_heads
        output, lse = _flash(
            query, key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1), scale, causal=True
        )
        return output.reshape(rows, kv_heads, -1, size), lse.reshape(rows, kv_heads, -1)
    causal = torch.ones(new, new, dtype=torch.bool, device=query.device).tril().expand(rows, -1, -1)
    return _by_products(_grouped(query, key), key, value, scale, causal)


def _by_products(query: Tensor, key: Tensor, value: Tensor, scale: float, visible: Tensor | None = None) -> Part:
    """Attention by two matrix products: ``query`` (B, K, G * Q, D), ``visible`` (B, Q, T); every query sees some key."""
    scores = (query @ key.transpose(-1, -2)).float() * scale  # (B, K, G * Q, T)
    if visible is not None:
        by_group = scores.unflatten(2, (-1, visible.shape[1]))  # (B, K, G, Q, T)
        scores = by_group.masked_fill(~visible[:, None, None], float("-inf")).flatten(2, 3)
    lse = scores.logsumexp(dim=-1)
    weights = (scores - lse[..., None]).exp()
    return weights.to(value.dtype) @ value, lse


def _merge(first: Part, second: Part, query: Tensor) -> Tensor:
    """Return attention over both parts' keys, (B, H, Q, D)."""
    share = torch.sigmoid(first[1] - second[1])[..., None]  # of the first part
    merged = torch.lerp(second[0].float(), first[0].float(), share)
    return merged.to(query.dtype).reshape(query.shape)


def _has_flash(query: Tensor) -> bool:
    return query.device.type == "cpu" or (query.is_cuda and query.dtype in (torch.float16, torch.bfloat16))


def _flash(query: Tensor, key: Tensor, value: Tensor, scale: float, *, causal: bool) -> Part:
    """torch's fused kernel, called directly because only the raw operators return the log-sum-exp."""
    operators: Any = torch.ops.aten
    if query.device.type == "cpu":
        out, lse = operators._scaled_dot_product_flash_attention_for_cpu(query, key, value, 0.0, causal, scale=scale)
    else:
        out, lse = operators._scaled_dot_product_flash_attention(query, key, value, 0.0, causal, scale=scale)[:2]
        lse = lse[..., : query.shape[2]]
    return out, lse


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **arguments: Any
) -> tuple[Tensor, Any]:
    """The function transformers calls in every text layer; without an :class:`Attend` it is plain sdpa."""
    shared: Attend | None = arguments.pop("shared", None)
    if shared is None:
        result: tuple[Tensor, Any] = sdpa_attention_forward(module, query, key, value, attention_mask, **arguments)
        return result
    output = shared.attend(module.layer_idx, query, key, value, float(arguments["scaling"]))
    return output.transpose(1, 2).contiguous(), None
