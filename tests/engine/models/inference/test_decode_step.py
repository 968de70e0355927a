"""Recorded steps: operators taken down once (recorded.py, for a GPU) give on later tokens what plain steps give.

Covers engine/models/inference/network.py, engine/models/inference/decoding_rows.py, engine/models/inference/reading.py.
"""

import logging
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from engine import Sampling
from engine.models.inference import decode_step, decoder, sampler
from engine.models.inference.decode_step import CudaGraph, PlainSteps, RecordedSteps, steps_for
from engine.models.inference.decoding_rows import JoiningRow, swap_out
from engine.models.inference.network import prefill
from engine.models.inference.reading import KnownTokens, read_behind
from engine.models.inference.shared_attention import Prefix
from engine.models.registry import load_network
from engine.protocols import run_to_end
from tests.engine.models.placement.test_device_layout import FAMILIES
from tests.support.generators import texts_of
from tests.support.originals import Variant, write_original
from tests.support.recorded_graph import RecordedOperators
from tests.support.tiny import drawing

IMAGES = [drawing(80, 40)]
QUESTION = "What is the sum of the red bar and the blue bar?"
LONG = Sampling(n=9, seed=5, temperature=1.3, max_new_tokens=150, repetition_penalty=1.1)


@pytest.fixture(params=FAMILIES, scope="module")
def network(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stepping") / "model"
    FAMILIES[request.param](folder)
    return load_network(folder)


def recorded_steps(made):
    """What takes the place of ``steps_for``: always recorded, each recording kept in ``made``."""

    def recording():
        made.append(RecordedOperators())
        return made[-1]

    return lambda network, like, longest, is_short: RecordedSteps(network, longest, recording)


def joined(steps, *beginnings):
    """Steps with rows at these beginnings."""
    steps.join([JoiningRow(prefix=each) if isinstance(each, Prefix) else each for each in beginnings])
    return steps


def written(network, sampling=LONG):
    return texts_of(sampler.sample(network, IMAGES, QUESTION, sampling))


def test_replayed_steps_write_what_plain_ones_write(network, monkeypatch):
    plain = written(network)
    assert len({len(text) for text in plain.values()}) > 1, "rows leave at different times"
    made = []
    monkeypatch.setattr(decoder, "steps_for", recorded_steps(made))
    assert written(network) == plain
    assert sum(recording.replays for recording in made) > 100
    assert len(made) <= 3 + 4, "once at first, for 128 and 150 tokens, and whenever half of nine rows have left"


def test_a_recording_is_the_same_whatever_numbers_it_sees(network):
    prefix, _ = prefill(network, network_ids(network), None)
    made = []
    recorded = joined(recorded_steps(made)(network, prefix, 40, True), *[prefix] * 3)
    plain = joined(steps_for(network, prefix, 40, is_short=True), *[prefix] * 3)
    assert isinstance(plain, PlainSteps), "there is no GPU"
    with torch.inference_mode():
        for step in range(20):
            tokens = [step + 5, 300 - step, 17]
            assert torch.allclose(recorded.step(tokens), plain.step(tokens), atol=2e-6)
        recorded.leave([0])  # the last takes its place; more than half stay: nothing is recorded again
        plain.leave([0])
        assert torch.allclose(recorded.step([8, 9]), plain.step([8, 9]), atol=2e-6)
        recorded.leave([0])
        plain.leave([0])
        assert torch.allclose(recorded.step([4]), plain.step([4]), atol=2e-6)
    assert [recording.replays for recording in made] == [21, 1]


def test_what_was_written_is_read_at_once_as_it_was_step_by_step(network):
    """Rows are written again where memory ran out: up to 70 tokens of each, more than there is room for at first."""
    branch = sampler.read_prompt(network, network_ids(network), None)
    tokens = [[(7 * row + 3 * place) % 290 + 5 for place in range(length)] for row, length in enumerate((70, 33, 69))]
    stepping = [joined(PlainSteps(network, 75), branch.prefix) for _ in tokens]
    with torch.inference_mode():
        expected = [[steps.step([token]) for token in row][-1] for steps, row in zip(stepping, tokens, strict=True)]
        known = [KnownTokens(ids=row, places=[5, len(row) - 1]) for row in tokens]
        for at_once in (1, 90, 1000):
            read = run_to_end(read_behind(network, branch.prefix, known, at_once))
            for found, state in zip(read, expected, strict=True):
                assert found.hidden.shape[0] == 2
                assert torch.allclose(found.hidden[1:], state, atol=5e-6)
        rows = [JoiningRow(prefix=branch.prefix, memory=each.memory) for each in read]
        following = torch.cat([steps.step([9 + row]) for row, steps in enumerate(stepping)])
        for steps in (
            joined(PlainSteps(network, 75), *rows),
            joined(recorded_steps([])(network, None, 75, True), *rows),
        ):
            assert torch.allclose(steps.step([9, 10, 11]), following, atol=5e-6)


def test_rows_of_unlike_length_join_and_leave_and_compute_what_each_computes_alone(network):
    """Behind two problems' prompts, and behind views of one solution's beginning; recorded or not."""
    prompts = [sampler.read_prompt(network, [*network_ids(network), *more], None).prefix for more in ((), (40, 41))]
    solution = KnownTokens(ids=list(range(20, 60)), places=[39])
    whole = run_to_end(read_behind(network, prompts[0], [solution], 1000))[0].memory.as_prefix(prompts[0])
    prefixes = [prompts[0], whole.first(7), whole, prompts[1], whole.first(30), prompts[0]]
    alone = [joined(PlainSteps(network, 90), prefix) for prefix in prefixes]
    together = [PlainSteps(network, 90), recorded_steps([])(network, None, 90, True)]
    order: list[int] = []  # which row is where

    def step(count):
        for _ in range(count):
            tokens = {row: (11 * row + 3 * at[row]) % 290 + 5 for row in order}
            expected = torch.cat([alone[row].step([tokens[row]]) for row in order])
            for steps in together:
                assert torch.allclose(steps.step([tokens[row] for row in order]), expected, atol=5e-6)
            for row in order:
                at[row] += 1

    def join(*rows):
        order.extend(rows)
        for steps in together:
            joined(steps, *[prefixes[row] for row in rows])

    def leave(*places):
        for place in sorted(places, reverse=True):
            swap_out(order, place)
        for steps in together:
            steps.leave(places)

    at = dict.fromkeys(range(6), 0)
    with torch.inference_mode():
        join(0, 1, 2)
        step(3)
        join(3)
        step(70)
        leave(1)
        join(4)  # where another has left
        step(2)
        leave(0, 3)
        step(2)
        leave(0, 1)
        join(5)
        step(1)
    assert at == {0: 75, 1: 73, 2: 77, 3: 74, 4: 2, 5: 1}


def network_ids(network):
    return [network.tokens.token_id(next(iter(network.prm_format.answers))), 11, 12, 13]


def test_what_cannot_be_recorded_goes_on_plainly(tmp_path, monkeypatch, caplog):
    """Dynamic positions look at the largest one; only inside the native length can the look be left out."""
    write_original(tmp_path, Variant(rope_scaling={"type": "dynamic", "factor": 2.0}))
    network = load_network(tmp_path)
    plain = written(network)
    monkeypatch.setattr(decoder, "steps_for", recorded_steps([]))
    monkeypatch.setattr(decode_step, "within_native_length", lambda model: torch.no_grad())  # promises nothing
    with caplog.at_level(logging.WARNING):
        assert written(network) == plain
    assert "cannot be recorded" in caplog.text
    assert caplog.text.count("cannot be recorded") == 1


def test_a_recording_that_computes_something_else_is_not_used(tiny, monkeypatch, caplog):
    class Wrong(RecordedOperators):
        def replay(self):
            super().replay()
            self._calls[-1][-1].mul_(2)

    plain = written(tiny)
    monkeypatch.setattr(
        decoder, "steps_for", lambda network, like, longest, is_short: RecordedSteps(network, longest, Wrong)
    )
    with caplog.at_level(logging.WARNING):
        assert written(tiny) == plain
    assert "differs from the plain one" in caplog.text


def test_a_recording_that_does_nothing_is_not_used(tiny, monkeypatch, caplog):
    """Its buffer still held what the plain step had left there, and passed for a replay; later steps would repeat one token."""

    class Idle(RecordedOperators):
        def replay(self):
            self.replays += 1

    plain = written(tiny)
    monkeypatch.setattr(
        decoder, "steps_for", lambda network, like, longest, is_short: RecordedSteps(network, longest, Idle)
    )
    with caplog.at_level(logging.WARNING):
        assert written(tiny) == plain
    assert "differs from the plain one" in caplog.text


def test_a_graph_is_captured_and_replayed_on_the_models_device(monkeypatch):
    """Everything torch.cuda is asked for, on a pretended card that is not the current one."""
    asked = []

    @contextmanager
    def on(device):
        asked.append(f"on {device}")
        yield
        asked.append(f"off {device}")

    @contextmanager
    def capture(graph, capture_error_mode):
        asked.append(f"capture {capture_error_mode}")
        yield

    class Graph:
        def __init__(self):
            asked.append("made")

        def replay(self):
            asked.append("replayed")

    monkeypatch.setattr(torch.cuda, "device", on)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    recording = CudaGraph(torch.device("cuda", 1))
    recording.record(lambda: torch.zeros(1))
    recording.replay()
    inside = [what for what in asked if not what.startswith(("on", "off"))]
    assert inside == ["made", "capture thread_local", "replayed"]
    assert asked[::3] == ["on cuda:1"] * 3
    assert asked[2::3] == ["off cuda:1"] * 3


@pytest.mark.parametrize(
    ("device", "dtype", "native", "longest", "is_recorded"),
    [
        ("cuda", "bfloat16", None, 512, True),
        ("cuda", "bfloat16", 32_768, 512, True),
        ("cuda", "bfloat16", 500, 512, False),  # positions may grow with the prompt
        ("cuda", "8bit bfloat16", None, 512, False),
        ("cuda", "bfloat16", None, 10, False),  # does not pay
        ("cpu", "float32", None, 512, False),
    ],
)
def test_steps_are_recorded_on_a_gpu_where_it_pays(tiny, monkeypatch, device, dtype, native, longest, is_recorded):
    prefix, _ = prefill(tiny, network_ids(tiny), None)
    chosen = []
    monkeypatch.setattr(decode_step, "RecordedSteps", lambda *given: chosen.append(given))
    network = replace(tiny, device=torch.device(device), native_length=native, card=replace(tiny.card, dtype=dtype))
    is_short = native is None or prefix.end + longest <= native
    steps_for(network, prefix, longest, is_short=is_short)
    assert bool(chosen) is is_recorded
