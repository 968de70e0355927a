"""Attention by products in half precision, against float32."""

from types import SimpleNamespace

import pytest
import torch

from engine.models.inference.partial_attention import by_products
from engine.models.inference.shared_attention import AppendingRows, Prefix, RowMemory, _attention

ROWS, HEADS, KV_HEADS, NEW, SIZE, PROMPT = 2, 4, 2, 40, 32, 300


def test_scores_are_not_rounded_to_halves_before_the_softmax():
    """With sharp attention the rounding of query @ key cost six times the error of a fused kernel."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return (3 * torch.randn(*shape, SIZE, generator=generator)).bfloat16()

    prefix_keys, prefix_values = drawn(1, KV_HEADS, PROMPT), drawn(1, KV_HEADS, PROMPT)
    query, key, value = drawn(ROWS, HEADS, NEW), drawn(ROWS, KV_HEADS, NEW), drawn(ROWS, KV_HEADS, NEW)
    read = torch.tensor([[4, 20, 39], [0, 11, 30]])
    rows = AppendingRows(Prefix([prefix_keys], [prefix_values]), [RowMemory(), RowMemory()], [NEW, NEW], read)
    layer = SimpleNamespace(layer_idx=0, config=SimpleNamespace(num_hidden_layers=1))
    output, _ = _attention(layer, query, key, value, None, scaling=SIZE**-0.5, shared=rows)
    assert output.dtype == torch.bfloat16

    keys, values = (
        torch.cat([shared.expand(ROWS, -1, -1, -1), own], dim=2).float().repeat_interleave(HEADS // KV_HEADS, dim=1)
        for shared, own in ((prefix_keys, key), (prefix_values, value))
    )
    scores = query.float() @ keys.transpose(-1, -2) * SIZE**-0.5
    hidden = torch.ones(NEW, NEW, dtype=torch.bool).triu(1)
    scores[..., PROMPT:].masked_fill_(hidden, float("-inf"))
    exact = (scores.softmax(-1) @ values).transpose(1, 2)  # (B, Q, H, D)
    places = read[:, :, None, None].expand(-1, -1, HEADS, SIZE)
    difference = (output.float() - exact).gather(1, places).abs()
    assert difference.mean() < 0.008  # 0.0175 with rounded scores


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_products_are_not_rounded_to_halves_before_the_softmax(dtype):
    """Of every layer: rounded scores made the weights wrong by up to 2 %."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (
        (4 * torch.randn(1, KV_HEADS, tokens, SIZE, generator=generator)).to(dtype) for tokens in (6, PROMPT, PROMPT)
    )
    output, lse = by_products(query, key, value, SIZE**-0.5)
    scores = query.double() @ key.double().transpose(-1, -2) * SIZE**-0.5
    assert output.dtype == dtype
    assert (lse - scores.logsumexp(-1)).abs().max() < 1e-4  # 0.1 with rounded scores in bfloat16
    exact = scores.softmax(-1) @ value.double()
    assert (output - exact).abs().max() / exact.abs().max() < 2 * torch.finfo(dtype).eps


def test_products_beyond_what_float16_holds_are_numbers():
    """|q.k| of 97,000 became infinite, and the softmax no number."""
    query = torch.full((1, 1, 1, SIZE), 55.0).half()
    key = torch.stack([torch.full((SIZE,), 55.2), torch.full((SIZE,), -55.2)])[None, None].half()
    assert (query @ key.transpose(-1, -2)).isinf().all()
    value = torch.tensor([1.0, 2.0]).half().expand(SIZE, 2).T[None, None]
    output, lse = by_products(query, key, value, SIZE**-0.5)
    assert torch.equal(output, torch.ones_like(output))
    assert lse.isfinite().all()
