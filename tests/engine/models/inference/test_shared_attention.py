"""Attention by products in half precision, against float32."""

from types import SimpleNamespace

import pytest
import torch

from engine.models.inference import partial_attention
from engine.models.inference.partial_attention import by_products
from engine.models.inference.shared_attention import AppendingRows, Prefix, RowMemory, _attention
from engine.models.registry import choose_dtype

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


CARD = torch.device("cuda", 0)


@pytest.mark.parametrize(
    ("capability", "dtype", "is_fused"),
    [
        ((8, 0), torch.bfloat16, True),
        ((9, 0), torch.float16, True),
        ((9, 0), torch.float32, False),
        ((7, 5), torch.float16, False),  # T4
        ((7, 0), torch.bfloat16, False),  # V100
    ],
)
def test_a_fused_kernel_is_taken_where_the_card_has_it(monkeypatch, capability, dtype, is_fused):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    query = SimpleNamespace(device=CARD, dtype=dtype, is_cuda=True)
    assert partial_attention._has_flash(query) is is_fused


@pytest.mark.parametrize(("capability", "dtype"), [((8, 9), torch.bfloat16), ((7, 5), torch.float16)])
def test_bfloat16_is_chosen_where_every_card_computes_in_it(monkeypatch, capability, dtype):
    capabilities = {0: (9, 0), 1: capability}
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capabilities[device.index])
    assert choose_dtype(None, CARD) is torch.bfloat16
    assert choose_dtype(None, CARD, torch.device("cuda", 1)) is dtype
    assert choose_dtype("bfloat16", torch.device("cuda", 1)) is torch.bfloat16
    assert choose_dtype(None, torch.device("cpu")) is torch.float32


def test_a_prompt_is_read_in_pieces_where_no_fused_kernel_is(monkeypatch):
    """float32 on a GPU held the scores of all pairs of a prompt's tokens at once."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, heads, 70, SIZE, generator=generator) for heads in (HEADS, KV_HEADS, KV_HEADS))
    expected = partial_attention.causal(query, key, value, 0.2)
    largest = []

    def counted(asked, keys, *rest):
        largest.append(asked.shape[1] * asked.shape[2] * keys.shape[2])
        return by_products(asked, keys, *rest)

    monkeypatch.setattr(partial_attention, "_has_flash", lambda query: False)
    monkeypatch.setattr(partial_attention, "by_products", counted)
    monkeypatch.setattr(partial_attention, "SCORES_AT_ONCE", 5000)
    assert torch.allclose(partial_attention.causal(query, key, value, 0.2), expected, atol=1e-6)
    assert len(largest) == 5
    assert max(largest) <= 5000
