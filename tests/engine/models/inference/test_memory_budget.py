"""Memory: plans follow from what is free, and a plan that proves wrong is halved without losing or repeating anything."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from engine import FinishReason, OutOfMemory, Sampling
from engine.models.inference import memory_budget, sampler, scorer
from engine.models.inference.decoding_rows import DecodingRows, JoiningRow
from engine.models.inference.shared_attention import Prefix
from engine.protocols import run_to_end
from tests.engine.models.inference.test_scorer import QUESTION, SOLUTIONS
from tests.support.generators import count_tensors, rows_of, texts_of
from tests.support.small_device import Cramped
from tests.support.tiny import drawing

pytestmark = pytest.mark.usefixtures("only_new_objects")

CPU = torch.device("cpu")
ONE, TWO = torch.device("cuda", 0), torch.device("cuda", 1)
MANY = Sampling(n=40, seed=3, temperature=1.0, max_new_tokens=24)


@pytest.mark.parametrize(
    ("rows", "free", "row_bytes", "expected"),
    [
        (8, None, 10, 8),  # the system does not say
        (8, 1000, 10, 8),
        (8, 0, 10, 1),
        (1, 5, 10, 1),
        (128, 2000, 10, 64),  # 100 would fit: two equal waves
        (7, 80, 10, 4),
    ],
)
def test_rows_are_planned_from_free_memory(rows, free, row_bytes, expected):
    assert memory_budget.rows_at_once(rows, free, row_bytes) == expected


@pytest.mark.parametrize(
    ("device", "free", "expected"),
    [("cuda", None, 4096), ("cuda", 1 << 40, 4096), ("cpu", None, 1024), ("cpu", 2000, 100), ("cpu", 0, 32)],
)
def test_tokens_are_planned_from_free_memory(device, free, expected):
    assert memory_budget.tokens_at_once(torch.device(device), free, 10) == expected


def test_the_fullest_device_of_a_model_decides(monkeypatch):
    """Layers on two devices: keys and values of a row take memory on both."""
    meta = torch.device("meta")
    parts = [torch.zeros(1, 2, 7, 8), *[torch.zeros(1, 2, 7, 8, device=meta)] * 3]  # one layer here, three there
    prefix = Prefix(parts, parts)
    assert prefix.bytes_by_device == {CPU: 128, meta: 384}
    free = {CPU: 400_000, meta: 400_000}
    monkeypatch.setattr(memory_budget, "free_bytes", free.get)
    assert memory_budget.rows_behind(prefix, 100, 10, 0) == 50  # 52 would fit there: two equal waves
    free[CPU] = 25_600
    assert memory_budget.rows_behind(prefix, 100, 10, 0) == 10
    assert memory_budget.tokens_behind(prefix, 0) == 100


def test_sizes_are_those_of_the_count_tensors():
    prefix = Prefix([torch.zeros(1, 2, 7, 8)] * 3, [torch.zeros(1, 2, 7, 8, dtype=torch.float16)] * 3)
    assert prefix.bytes_by_device == {CPU: 3 * 2 * 8 * (4 + 2)}
    assert memory_budget.decoding_bytes(3, 100, 0) == 300
    assert Prefix([], []).bytes_by_device == {}


def test_free_memory_of_this_machine():
    free = memory_budget.free_bytes(CPU)
    assert free is None or 1 << 20 < free < 1 << 50


def test_free_memory_of_a_machine_that_does_not_say(tmp_path):
    assert memory_budget._free_of_machine(tmp_path / "meminfo") is None
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:     7 kB\n")
    assert memory_budget._free_of_machine(tmp_path / "meminfo") == 7168


def test_free_memory_of_a_container(tmp_path):
    assert memory_budget._free_of_container(tmp_path) is None
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_budget._free_of_container(tmp_path) is None
    (tmp_path / "memory.max").write_text("1000\n")
    assert memory_budget._free_of_container(tmp_path) == 400


@pytest.mark.parametrize("told", [True, False], ids=["the driver tells", "no nvidia-ml-py"])
def test_a_card_that_is_not_used_is_not_touched_to_learn_its_free_memory(monkeypatch, told):
    """Choosing the emptiest card made a context of half a gibibyte on every one."""
    touched = []

    def used(device):
        if not told:
            raise ModuleNotFoundError("nvidia-ml-py does not seem to be installed")
        return 300 + device.index

    def ask(device):
        touched.append(device.index)
        return 600, 1000

    monkeypatch.setattr(torch.cuda, "memory_reserved", {ONE: 0, TWO: 50}.get)
    monkeypatch.setattr(torch.cuda, "memory_allocated", {ONE: 0, TWO: 20}.get)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=1000))
    monkeypatch.setattr(torch.cuda, "device_memory_used", used)
    monkeypatch.setattr(torch.cuda, "mem_get_info", ask)
    assert memory_budget.free_bytes(ONE) == (700 if told else 600)
    assert memory_budget.free_bytes(TWO) == 630, "where tensors lie already, the card itself knows best"
    assert touched == ([1] if told else [0, 1])


def test_own_part_of_a_row_never_has_more_room_than_it_needs(tiny):
    prefix = Prefix([torch.zeros(1, 2, 3, 8)], [torch.zeros(1, 2, 3, 8)])
    rows = DecodingRows(70)
    rows.join([JoiningRow(prefix=prefix)] * 2)
    one = torch.ones(2, 2, 1, 8)
    for _ in range(70):
        rows.attend(0, torch.ones(2, 4, 1, 8), one, one, 1.0)
        rows.advance()
    assert rows._own.keys[0].shape == (2, 2, 70, 8)


@pytest.mark.parametrize(("size", "largest"), [(1, 1), (7, 7), (16, 16), (39, 24)])  # 16 of 40 are written first
def test_waves_give_the_text_of_one_wave(tiny, monkeypatch, size, largest):
    endless = replace(tiny, stop_ids=frozenset())
    together = texts_of(sampler.sample(endless, [drawing()], QUESTION, MANY))
    monkeypatch.setattr(memory_budget, "rows_at_once", lambda rows, free, row_bytes: size)
    network = Cramped(endless)
    assert texts_of(sampler.sample(network, [drawing()], QUESTION, MANY)) == together
    assert max(rows for rows, _ in network.shapes) == largest


def test_a_small_device_is_planned_for(tiny, monkeypatch):
    """With room for some rows only, no forward is larger, and nothing fails."""
    row = memory_budget.decoding_bytes(3 * 2 * 2 * 8 * 4, 24, 406)
    monkeypatch.setattr(memory_budget, "free_bytes", lambda device: 10 * int(row / memory_budget.SHARE))
    network = Cramped(tiny)
    rows = rows_of(sampler.sample(network, [], QUESTION, MANY))
    assert len(rows) == 40
    assert max(rows for rows, _ in network.shapes) == 10


@pytest.mark.parametrize("room", [1, 3, 10, 12])
def test_too_large_waves_are_halved_and_nothing_is_lost(tiny, room):
    """Memory runs out inside a layer, after tokens were shown: every row still gets exactly its text, once."""
    stopping = replace(tiny, stop_ids=frozenset(range(0, 400, 9)))
    expected = rows_of(sampler.sample(stopping, [drawing()], QUESTION, MANY))
    network = Cramped(stopping, rows=room)
    rows = rows_of(sampler.sample(network, [drawing()], QUESTION, MANY))
    assert network.failures > 0
    assert {d: "".join(c.text for c in row) for d, row in rows.items()} == {
        d: "".join(c.text for c in row) for d, row in expected.items()
    }
    assert {d: row[-1] for d, row in rows.items()} == {d: row[-1] for d, row in expected.items()}
    assert {d: [c.tokens for c in row] for d, row in rows.items()} == {
        d: [c.tokens for c in row] for d, row in expected.items()
    }


class Shrinking(Cramped):
    """Has room for fewer rows as they get longer."""

    def forward(self, embeddings, positions, attend, **more):
        self._rows = 8 if len(self.shapes) < 30 else 3
        return super().forward(embeddings, positions, attend, **more)


def test_memory_that_runs_out_in_mid_solution(tiny):
    sampling = Sampling(n=8, seed=4, temperature=1.0, max_new_tokens=60, repetition_penalty=1.3)
    expected = texts_of(sampler.sample(tiny, [drawing()], QUESTION, sampling))
    network = Shrinking(tiny)
    assert texts_of(sampler.sample(network, [drawing()], QUESTION, sampling)) == expected
    assert network.failures == 2  # 8 rows, then 4
    # once it was read one token at a time, which took as long as writing it had
    again = [shape for shape in network.shapes if shape[0] > 1 and shape[1] > 1]
    assert again
    assert len({rows * tokens for rows, tokens in again}) == 1, "every row that was interrupted is read at once"


def test_a_device_without_room_for_one_row_says_so(tiny):
    with pytest.raises(OutOfMemory, match="Ask for fewer solutions or tokens"):
        texts_of(sampler.sample(Cramped(tiny, rows=0), [], QUESTION, Sampling(n=4)))


@pytest.mark.parametrize("room", [64, 200, 900])
def test_scoring_goes_on_with_smaller_batches(tiny, room):
    """Nothing is lost or scored twice: a row's memory holds exactly its tokens afterwards."""
    whole = run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION))
    first, later = [run_to_end(whole.score(part)) for part in _halves()]
    network = Cramped(tiny, tokens=room)
    session = run_to_end(scorer.open_session(network, [drawing(80, 40)], QUESTION))
    for part, expected in zip(_halves(), (first, later), strict=True):
        scores = run_to_end(session.score(part))
        for row, values in expected.items():
            assert scores[row] == pytest.approx(values, abs=1e-5)
    assert network.failures > 0
    assert {n: row.memory.length for n, row in session._rows.items()} == {
        n: row.memory.length for n, row in whole._rows.items()
    }


def _halves():
    return {n: steps[:2] for n, steps in SOLUTIONS.items()}, {n: steps[2:] for n, steps in SOLUTIONS.items()}


def test_idle_rows_give_up_their_memory_and_go_on_exactly(tiny):
    network = Cramped(tiny, tokens=80)
    session = run_to_end(scorer.open_session(network, [drawing(80, 40)], QUESTION))
    expected = run_to_end(run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION)).score(SOLUTIONS))
    given = {row: [] for row in SOLUTIONS}
    for part in _halves():
        for row, steps in part.items():  # one row a call: the others are idle
            given[row] += run_to_end(session.score({row: steps}))[row]
    assert network.failures > 0
    assert any(row.memory.length < len(row.ids) for row in session._rows.values())
    for row, values in expected.items():
        assert given[row] == pytest.approx(values, abs=1e-5)


def test_a_scorer_without_room_says_so_and_serves_again(tiny):
    network = Cramped(tiny, tokens=8)
    session = run_to_end(scorer.open_session(network, [], QUESTION))
    with pytest.raises(OutOfMemory):
        run_to_end(session.score(SOLUTIONS))
    network._tokens = None
    again = run_to_end(session.score({0: SOLUTIONS[0]}))
    fresh = run_to_end(scorer.open_session(tiny, [], QUESTION))
    assert again[0] == pytest.approx(run_to_end(fresh.score({0: SOLUTIONS[0]}))[0], abs=1e-5)


def test_four_hundred_steps_are_read_in_pieces(tiny):
    """Bounded memory: no forward reads more than its share, and the scores are those of step after step."""
    steps = [f"{i} + {i} = {2 * i}" for i in range(400)]
    long = replace(tiny, context=20_000)
    network = Cramped(long)
    session = run_to_end(scorer.open_session(network, [], QUESTION))
    scores = run_to_end(session.score({0: steps}))[0]
    assert len(scores) == 400
    assert sum(tokens for _, tokens in network.shapes) > 4 * scorer.TOKENS_OF_A_ROW
    assert max(tokens for _, tokens in network.shapes) <= scorer.TOKENS_OF_A_ROW
    other = run_to_end(scorer.open_session(long, [], QUESTION))
    by_fifty = [s for at in range(0, 400, 50) for s in run_to_end(other.score({0: steps[at : at + 50]}))[0]]
    assert scores == pytest.approx(by_fifty, abs=2e-5)


@pytest.mark.parametrize("steps", [1, 3, 12, None])
def test_closing_or_finishing_a_sampler_frees_everything(tiny, steps):
    before = count_tensors()
    writing = sampler.sample(tiny, [drawing()], QUESTION, replace(MANY, n=4, repetition_penalty=1.1))
    rows = [next(writing) for _ in range(steps)] if steps else list(writing)
    writing.close()
    assert count_tensors() == before
    assert rows


def test_dropping_rows_and_sessions_frees_everything(tiny):
    before = count_tensors()
    session = run_to_end(scorer.open_session(tiny, [drawing()], QUESTION))
    opened = count_tensors()
    for _ in range(2):
        run_to_end(session.score(SOLUTIONS))
        assert count_tensors() > opened
        for row in SOLUTIONS:
            session.drop(row)
        assert count_tensors() == opened
    half = session.score(SOLUTIONS)
    next(half)
    half.close()
    del session, half
    assert count_tensors() == before


def test_every_row_ends_with_a_reason(tiny):
    rows = rows_of(sampler.sample(Cramped(tiny, rows=7), [], QUESTION, Sampling(n=128, max_new_tokens=6)))
    assert sorted(rows) == list(range(128))
    assert all(row[-1].finish in (FinishReason.STOP, FinishReason.LENGTH) for row in rows.values())
