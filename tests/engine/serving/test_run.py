"""Runs that are stopped or fail, with a real engine and a tiny real model: results so far, memory freed, the next run served.

Covers engine/serving/solution_scores.py.
"""

import threading
from dataclasses import replace

import pytest
import torch

from engine import (
    BadPicture,
    BadScore,
    BadText,
    Engine,
    FinishReason,
    InvalidRequest,
    Models,
    OutOfMemory,
    Problem,
    RunEnded,
    Sampling,
    ScorePlan,
    Solution,
    SolutionFinished,
    SolutionScored,
    StepScored,
    TextAdded,
)
from engine.models.registry import NetworkPolicy, NetworkRewardModel, load_network
from engine.serving.run import RunRequest, run
from tests.support.generators import count_tensors
from tests.support.originals import Variant, write_original
from tests.support.scripted import ScriptedPolicy
from tests.support.small_device import Cramped
from tests.support.tiny import drawing

pytestmark = pytest.mark.usefixtures("only_new_objects")

PROBLEM = Problem(question="What is the sum of the red bar and the blue bar?")
IMAGES = (drawing(),)
SAMPLING = Sampling(n=4, seed=1, temperature=1.0, max_new_tokens=40)


class Damaged:
    """A ``Network`` whose logits turn into no numbers after so many forwards; whole again when told."""

    def __init__(self, network, after: int) -> None:
        self._network = network
        self.after: int | None = after
        self._calls = 0

    def __getattr__(self, name):
        return getattr(self._network, name)

    def logits(self, hidden, ids=None):
        self._calls += 1
        is_whole = self.after is None or self._calls <= self.after
        return self._network.logits(hidden, ids) * (1.0 if is_whole else float("nan"))


def engine_of(policy, reward_model):
    # one after the other, so that a run's memory can be told from the next one's
    return Engine(
        lambda: Models(policy=NetworkPolicy(policy), reward_model=NetworkRewardModel(reward_model)), max_active=1
    )


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def assert_serves(engine):
    events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
    assert events[-1].error is None
    assert len(of(events, SolutionFinished)) == 4


def settled(engine) -> int:
    """Count tensors once the worker has let go of the last run."""
    assert_serves(engine)
    return count_tensors()


def test_a_run_stopped_in_mid_solution_frees_everything(tiny):
    endless = replace(tiny, stop_ids=frozenset())
    with engine_of(endless, tiny) as engine:
        before = settled(engine)
        job = engine.solve(PROBLEM, IMAGES, replace(SAMPLING, max_new_tokens=3000))
        events = []
        for event in job.events():
            events.append(event)
            if len(of(events, TextAdded)) == 20:
                job.cancel()
        assert events[-1].stopped
        finished = [event.solution for event in of(events, SolutionFinished)]
        assert [solution.finish for solution in finished] == [FinishReason.CANCELLED] * 4
        assert max(solution.tokens for solution in finished) < 200
        assert settled(engine) == before


def test_a_damaged_policy_says_so_and_keeps_what_was_written(tiny):
    damaged = Damaged(replace(tiny, stop_ids=frozenset()), after=15)
    with engine_of(damaged, tiny) as engine:
        events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
        assert isinstance(events[-1].error, BadText)
        assert [event.solution.finish for event in of(events, SolutionFinished)] == [FinishReason.CANCELLED] * 4
        assert all(0 < event.solution.tokens < 16 for event in of(events, SolutionFinished))
        damaged.after = None
        assert_serves(engine)


def test_a_damaged_reward_model_says_so_and_the_next_run_is_served(tiny):
    damaged = Damaged(tiny, after=0)
    with engine_of(tiny, damaged) as engine:
        events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
        assert isinstance(events[-1].error, BadScore)
        assert len(of(events, SolutionFinished)) == 4
        assert of(events, SolutionScored) == []
        damaged.after = None
        events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
        assert len(of(events, SolutionScored)) == sum(bool(e.solution.steps) for e in of(events, SolutionFinished))


def test_a_reward_model_with_damaged_eyes_says_so_in_every_run(tiny, tiny_folder):
    blind = load_network(tiny_folder)
    weight = next(blind.model.model.multi_modal_projector.parameters()).data
    whole = weight.clone()
    with engine_of(tiny, blind) as engine:
        weight.fill_(float("nan"))
        for _ in range(2):
            events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
            assert isinstance(events[-1].error, BadPicture)
            assert len(of(events, SolutionFinished)) == 4  # what was written is kept
        assert list(engine.solve(PROBLEM, (), SAMPLING).events())[-1].error is None
        weight.copy_(whole)
        assert_serves(engine)


@pytest.mark.parametrize("too_small", ["policy", "reward model"])
def test_memory_that_is_not_enough_for_anything_frees_what_was_held(tiny, too_small):
    """Whoever keeps the error keeps no tensor: the page does, in the run's last event."""
    network = Cramped(tiny)
    pair = (network, tiny) if too_small == "policy" else (tiny, network)
    with engine_of(*pair) as engine:
        before = settled(engine)
        network._rows = 0
        events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
        assert isinstance(events[-1].error, OutOfMemory)
        assert isinstance(events[-1].error.__cause__, torch.OutOfMemoryError)
        network._rows = None
        assert settled(engine) == before
        assert events


def test_memory_that_is_enough_for_one_row_is_enough(tiny):
    expected = {}
    for policy, judge in ((tiny, tiny), (Cramped(tiny, rows=1), Cramped(tiny, tokens=40))):
        with engine_of(policy, judge) as engine:
            events = list(engine.solve(PROBLEM, IMAGES, SAMPLING).events())
        assert events[-1].error is None
        found = {e.draw: [s.score for s in e.scoring.step_scores] for e in of(events, SolutionScored)}
        texts = {e.solution.draw: e.solution.steps for e in of(events, SolutionFinished)}
        expected = expected or {"texts": texts, "scores": found}
        assert texts == expected["texts"]
        assert found.keys() == expected["scores"].keys()
        for draw, scores in found.items():
            assert scores == pytest.approx(expected["scores"][draw], abs=1e-5)


def test_a_prompt_beyond_the_context_is_refused_and_frees_everything(tiny):
    with engine_of(tiny, tiny) as engine:
        before = settled(engine)
        long = replace(PROBLEM, question="word " * 20_000)
        events = list(engine.solve(long, IMAGES, SAMPLING).events())
        assert isinstance(events[-1].error, InvalidRequest)
        assert "The question is too long" in str(events[-1].error)
        assert settled(engine) == before


def test_four_hundred_steps_are_scored_beside_a_short_solution(tiny):
    """The long one is read in pieces, and scores do not depend on the company."""
    long = replace(tiny, context=20_000)
    steps = tuple(f"{i} + {i} = {2 * i}" for i in range(400))
    given = [Solution(problem_id=PROBLEM.id, steps=s, policy_model="x") for s in (steps, steps[:3])]
    with engine_of(tiny, long) as engine:
        events = list(engine.score(PROBLEM, IMAGES, given, ScorePlan(max_steps=None)).events())
        assert events[-1].error is None
        scores = {e.draw: [s.score for s in e.scoring.step_scores] for e in of(events, SolutionScored)}
        assert [len(scores[0]), len(scores[1])] == [400, 3]
        assert scores[1] == pytest.approx(scores[0][:3], abs=1e-5)


def test_a_full_run_of_128_in_little_memory(tiny):
    with engine_of(Cramped(tiny, rows=50), tiny) as engine:
        events = list(engine.solve(PROBLEM, IMAGES, replace(SAMPLING, n=128, max_new_tokens=8)).events())
    assert events[-1].error is None
    assert sorted(e.solution.draw for e in of(events, SolutionFinished)) == list(range(128))


def test_closing_the_engine_in_mid_solution_leaves_nothing(tiny):
    endless = replace(tiny, stop_ids=frozenset())
    before = count_tensors()
    engine = engine_of(endless, tiny)
    job = engine.solve(PROBLEM, IMAGES, replace(SAMPLING, max_new_tokens=3000))
    closing = threading.Thread(target=engine.close)
    for event in job.events():
        if isinstance(event, TextAdded) and closing.ident is None:
            closing.start()
        last = event
    assert isinstance(last, RunEnded)
    closing.join()
    del engine, job, closing
    assert count_tensors() == before


@pytest.mark.parametrize("in_turns", [False, True])
def test_solutions_beyond_the_native_length_get_the_scores_of_the_whole(tmp_path, in_turns):
    """Steps that were scored while a solution was short kept positions of their own: up to 0.5 from what ``score`` says."""
    write_original(tmp_path, Variant(rope_scaling={"type": "dynamic", "factor": 2.0}, context=200))
    reward_model = NetworkRewardModel(load_network(tmp_path))
    if in_turns:
        reward_model.ensure_on_device = lambda: None
    long = "\n\n".join(f"Step {i}: the red bar is {i} + {i}" for i in range(12))
    models = Models(policy=ScriptedPolicy([long, "Short.\n\nIt is 4."]), reward_model=reward_model)
    request = RunRequest(problem=PROBLEM, images=(), sampling=Sampling(n=2))
    events = [event for some in run(request, models, lambda: False) for event in some]
    written = {event.solution.draw: event.solution for event in events if isinstance(event, SolutionFinished)}
    given = {event.draw: scores_of(event) for event in events if isinstance(event, SolutionScored)}
    again = RunRequest(problem=PROBLEM, images=(), solutions=(written[0], written[1]))
    whole = {
        event.draw: scores_of(event)
        for some in run(again, models, lambda: False)
        for event in some
        if isinstance(event, SolutionScored)
    }
    assert given[0] == pytest.approx(whole[0], abs=1e-5)
    assert given[1] == pytest.approx(whole[1], abs=1e-5)
    told = [event.step_score.score for event in events if isinstance(event, StepScored) and event.draw == 0]
    assert len(told) == 2 * 12, "what came early is scored again, and only once"
    assert max(abs(one - other) for one, other in zip(told[:12], told[12:], strict=True)) > 0.01
    assert sum(isinstance(event, StepScored) and event.draw == 1 for event in events) == 2


def scores_of(event):
    return [step_score.score for step_score in event.scoring.step_scores]
