"""Attention to a part of what is attended to, and joining parts by their log-sum-exp, which is exact. Pure tensor arithmetic.

Takes torch's fused kernel where it gives the log-sum-exp and pays, else two matrix products. Knows neither layers nor prefixes.

Shapes: B rows, H query heads, K key/value heads, Q new tokens, T tokens attended to, D head size, R read tokens of a row.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from engine.models.inference.capability import is_ampere

FLASH_FROM = 64  # queries from which a fused kernel beats two matrix products; below it is launch-bound
SCORES_AT_ONCE = 1 << 25  # attention scores held by two matrix products: 128 MiB in float32

Part = tuple[Tensor, Tensor]  # output (B, K, G * Q, D) and log-sum-exp (B, K, G * Q) in float32; G = H / K


def taken(query: Tensor, read: Tensor) -> Tensor:
    """Return the queries (B, H, R, D) at the places ``read``."""
    return query.take_along_dim(read[:, None, :, None], dim=2)


def put(output: Tensor, read: Tensor, query: Tensor) -> Tensor:
    """Return (B, H, Q, D) with ``output`` (B, H, R, D) at the places ``read`` and zeros elsewhere."""
    return torch.zeros_like(query).scatter(2, read[:, None, :, None].expand_as(output), output)


def grouped(query: Tensor, key: Tensor) -> Tensor:
    """Return queries gathered by the key/value head they read: (B, K, G * Q, D)."""
    return query.reshape(query.shape[0], key.shape[1], -1, query.shape[3])


def whole_part(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Part:
    """Attend to all of ``key`` (1, K, T, D): the queries of all rows become those of one, so that it is read once."""
    by_head = grouped(query, key)
    rows, kv_heads, queries, size = by_head.shape
    folded = by_head.transpose(0, 1).reshape(1, kv_heads, rows * queries, size)
    if rows * queries >= FLASH_FROM and _has_flash(query):
        output, lse = _flash(folded, key, value, scale, causal=False)
    else:
        at_once = max(1, SCORES_AT_ONCE // (kv_heads * key.shape[2]))
        parts = [by_products(piece, key, value, scale) for piece in folded.split(at_once, dim=2)]
        output, lse = (torch.cat(pieces, dim=2) for pieces in zip(*parts, strict=True))
    return (
        output.reshape(kv_heads, rows, queries, size).transpose(0, 1),
        lse.reshape(kv_heads, rows, queries).transpose(0, 1),
    )


def first_part(query: Tensor, key: Tensor, value: Tensor, scale: float, visible: Tensor) -> Part:
    """Attend to those tokens of ``key`` (1, K, T, D) that are ``visible`` (B, T) to each row; a row asks once, (B, H, 1, D).

    As :func:`whole_part`, each key is read once for all rows.
    """
    by_head = grouped(query, key)
    rows, kv_heads, group, size = by_head.shape
    folded = by_head.permute(1, 2, 0, 3).reshape(1, kv_heads, group * rows, size)
    output, lse = by_products(folded, key, value, scale, visible[None])
    return (
        output.reshape(kv_heads, group, rows, size).permute(2, 0, 1, 3),
        lse.reshape(kv_heads, group, rows).permute(2, 0, 1),
    )


def fresh_part(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Part:
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
    return by_products(grouped(query, key), key, value, scale, causal)


def causal(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Attend causally among all tokens of a prompt: (B, H, Q, D).

    Where there is no fused kernel for it, torch would hold the scores of all pairs of tokens at once; here pieces are computed.
    """
    if _has_flash(query):
        return scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale, enable_gqa=True)
    length = key.shape[2]
    at_once = max(1, SCORES_AT_ONCE // (query.shape[0] * query.shape[1] * length))
    pieces = []
    for start in range(0, length, at_once):
        piece = query[:, :, start : start + at_once]
        end = start + piece.shape[2]
        read = torch.arange(start, end, device=query.device).expand(len(query), -1)
        pieces.append(as_output(causal_part(piece, key[:, :, :end], value[:, :, :end], scale, read), piece))
    return torch.cat(pieces, dim=2)


def causal_part(query: Tensor, key: Tensor, value: Tensor, scale: float, read: Tensor) -> Part:
    """Attend causally among new tokens, the queries (B, H, R, D) being those at the places ``read``."""
    visible = torch.arange(key.shape[2], device=key.device) <= read.to(key.device)[..., None]  # (B, R, T)
    return by_products(grouped(query, key), key, value, scale, visible)


def by_products(query: Tensor, key: Tensor, value: Tensor, scale: float, visible: Tensor | None = None) -> Part:
    """Attention by two matrix products: ``query`` (B, K, G * Q, D), ``visible`` (B, Q, T); every query sees some key.

    Scores are products of float32: in halves they would be rounded before the softmax, and float16 ends at 65,504. The weights
    are rounded to the dtype of ``value``, as they are in fused kernels.
    """
    scores = (query.float() * scale) @ key.float().transpose(
        -1, -2
    )  # (B, K, G * Q, T), the largest tensor: never copied
    if visible is not None:
        by_group = scores.unflatten(2, (-1, visible.shape[1]))  # (B, K, G, Q, T)
        by_group.masked_fill_(~visible[:, None, None], float("-inf"))
    lse = scores.logsumexp(dim=-1)
    weights = scores.sub_(lse[..., None]).exp_()
    return weights.to(value.dtype) @ value, lse


def joined(first: Part, second: Part) -> Part:
    """Return attention over both parts' keys, output in float32."""
    share = torch.sigmoid(first[1] - second[1])[..., None]  # of the first part
    return torch.lerp(second[0].float(), first[0].float(), share), torch.logaddexp(first[1], second[1])


def as_output(part: Part, query: Tensor) -> Tensor:
    """Return a part as what the layer expects: (B, H, Q, D) in the model's dtype."""
    return part[0].to(query.dtype).reshape(query.shape)


def _has_flash(query: Tensor) -> bool:
    return query.device.type == "cpu" or (query.dtype in (torch.float16, torch.bfloat16) and is_ampere(query.device))


def _flash(query: Tensor, key: Tensor, value: Tensor, scale: float, *, causal: bool) -> Part:
    """torch's fused kernel, called directly because only the raw operators return the log-sum-exp."""
    operators: Any = torch.ops.aten
    if query.device.type == "cpu":
        out, lse = operators._scaled_dot_product_flash_attention_for_cpu(query, key, value, 0.0, causal, scale=scale)
    else:
        out, lse = operators._scaled_dot_product_flash_attention(query, key, value, 0.0, causal, scale=scale)[:2]
        lse = lse[..., : query.shape[2]]
    return out, lse
