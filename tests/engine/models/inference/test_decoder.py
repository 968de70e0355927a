"""Rows that join and leave while others are written: each gets the text that it gets alone.

Covers engine/models/inference/dynamic_rope.py.
"""

from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig

from engine import FinishReason, Sampling
from engine.models.inference import memory_budget
from engine.models.inference.decoder import Decoder
from engine.models.inference.dynamic_rope import StatelessDynamicRotary
from engine.models.inference.sampler import read_prompt
from tests.support.generators import rows_of, texts_of
from tests.support.small_device import Cramped

PROMPTS = [[11, 12, 13], [21, 22, 23, 24, 25, 26, 27]]
SAMPLING = Sampling(temperature=1.0, max_new_tokens=30, repetition_penalty=1.1)
STOPS = frozenset(range(0, 400, 9))


def alone(network, prompt, draw, sampling=SAMPLING):
    decoder = Decoder(network).open(sampling, most=1)
    decoder.add(0, read_prompt(network, prompt, None), 3, draw)
    return texts_of(decoder.write())[0]


def test_rows_of_two_problems_are_written_together(tiny):
    network = Cramped(replace(tiny, stop_ids=STOPS))
    decoder = Decoder(network).open(SAMPLING, most=12)
    branches = [read_prompt(network, prompt, None) for prompt in PROMPTS]
    for row in range(12):
        decoder.add(row, branches[row % 2], 3, row)
    texts = texts_of(decoder.write())
    assert texts == {row: alone(network._network, PROMPTS[row % 2], row) for row in range(12)}
    assert network.shapes[0][0] > 6, "of both problems in one forward"


def test_those_that_wait_join_as_soon_as_one_leaves(tiny, monkeypatch):
    monkeypatch.setattr(memory_budget, "rows_at_once", lambda rows, free, row_bytes: 3)
    network = Cramped(replace(tiny, stop_ids=STOPS))
    decoder = Decoder(network).open(SAMPLING, most=12)
    branch = read_prompt(network, PROMPTS[0], None)
    for row in range(12):
        decoder.add(row, branch, 3, row)
    rows = rows_of(decoder.write())
    assert {n: "".join(chunk.text for chunk in row) for n, row in rows.items()} == {
        row: alone(network._network, PROMPTS[0], row) for row in range(12)
    }
    sizes = [together for together, _ in network.shapes]
    waves = sum(max(len(rows[row]) for row in range(first, first + 3)) for first in range(0, 12, 3))
    assert max(sizes) == 3
    assert len(sizes) < 0.8 * waves, "nobody waits for the longest of three"


def test_rows_may_be_added_and_dropped_while_others_are_written(tiny):
    endless = replace(tiny, stop_ids=frozenset())
    decoder = Decoder(endless).open(SAMPLING, most=4)
    branches = [read_prompt(endless, prompt, None) for prompt in PROMPTS]
    decoder.add(0, branches[0], 3, 0)
    decoder.add(1, branches[0], 3, 1)
    written = {0: "", 1: "", 2: ""}
    for turn, chunks in enumerate(decoder.write()):
        for chunk in chunks:
            written[chunk.draw] += chunk.text
        if turn == 4:
            decoder.drop(0)
            decoder.add(2, branches[1], 3, 2)
        assert turn < 5 or 0 not in {chunk.draw for chunk in chunks}
    whole = [alone(endless, PROMPTS[0], row) for row in (0, 1)]
    assert (written[1], written[2]) == (whole[1], alone(endless, PROMPTS[1], 2))
    assert whole[0].startswith(written[0])
    assert len(written[0]) < len(whole[0])
    assert not decoder.is_busy


@pytest.mark.parametrize("room", [1, 2, 5])
def test_rows_of_unlike_length_that_did_not_fit_are_written_again_as_they_were(tiny, room):
    """Memory runs out after some have joined late: what each had written is read again, and nothing is lost."""
    network = Cramped(replace(tiny, stop_ids=frozenset()))
    decoder = Decoder(network).open(SAMPLING, most=8)
    branches = [read_prompt(network, prompt, None) for prompt in PROMPTS]
    texts: dict[int, str] = {}
    decoder.add(0, branches[0], 3, 0)
    for turn, chunks in enumerate(decoder.write()):
        for chunk in chunks:
            texts[chunk.draw] = texts.get(chunk.draw, "") + chunk.text
        if turn in (3, 9):
            for row in range(turn, turn + 3):
                decoder.add(row, branches[row % 2], 3, row)
        if turn == 14:
            network._rows = room
    assert network.failures > 0
    numbers = (0, 3, 4, 5, 9, 10, 11)
    assert texts == {row: alone(network._network, PROMPTS[row % 2], row) for row in numbers}


def test_a_row_ends_where_its_own_context_ends(tiny):
    """A longer beginning leaves less room, also beside a shorter one."""
    network = replace(tiny, context=20, stop_ids=frozenset())
    decoder = Decoder(network).open(replace(SAMPLING, max_new_tokens=15), most=2)
    for row, prompt in enumerate(PROMPTS):
        decoder.add(row, read_prompt(network, prompt, None), 3, row)
    rows = rows_of(decoder.write())
    assert {row: chunks[-1].tokens for row, chunks in rows.items()} == {0: 15, 1: 13}
    assert {chunks[-1].finish for chunks in rows.values()} == {FinishReason.LENGTH}


def test_a_rows_positions_do_not_depend_on_longer_rows_beside_it():
    """Beyond the native length the base grows with the prompt: with that of the row at hand, not of the longest of all."""
    config = LlamaConfig(
        hidden_size=32,
        num_attention_heads=4,
        max_position_embeddings=100,
        rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0},
    )
    rotary = StatelessDynamicRotary(config, torch.device("cpu"))
    states, positions = torch.zeros(3, 1, 32), torch.tensor([[7], [150], [300]])
    together = rotary(states, positions)
    for row in range(3):
        one = rotary(states[:1], positions[row : row + 1])
        assert all(torch.equal(a[row : row + 1], b) for a, b in zip(together, one, strict=True))
