"""What fails, fails alone: scores, runs, loading; and what cannot be done is refused at once. Scripted models.

Covers engine/engine.py, engine/errors.py.
"""

import threading

import pytest

from engine import (
    BadScore,
    Engine,
    EngineClosed,
    EngineState,
    FinishReason,
    InvalidRequest,
    LoadError,
    Models,
    Problem,
    Sampling,
    ScorePlan,
    ScoringFailed,
    Solution,
    SolutionFinished,
    SolutionScored,
)
from tests.support.engine_runs import PROBLEM, TWO, judge, of, solve
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel, ScriptedSession, scripted_engine


def test_failed_scores_fail_alone():
    def broken(step: str) -> float:
        return float("nan") if "guess" in step else 0.5

    with scripted_engine(TWO, broken) as engine:
        events = list(solve(engine).events())
        assert [event.draw for event in of(events, ScoringFailed)] == [1]
        assert "computed no number for the step that begins 'I guess.'" in of(events, ScoringFailed)[0].message
        assert [event.draw for event in of(events, SolutionScored)] == [0]
        assert len(of(events, SolutionFinished)) == 2
        assert isinstance(events[-1].error, BadScore)
        assert list(solve(engine, n=1).events())[-1].error is None


class Crowded(ScriptedRewardModel):
    """Has no room for steps longer than ten characters, and says so for the whole call, as a real session does."""

    def open_session(self, images, question, *, one_pass=True):
        yield

        class Session(ScriptedSession):
            def score(self, new_steps):
                if any(len(step) > 10 for steps in new_steps.values() for step in steps):
                    raise InvalidRequest("The solution is too long.")
                return (yield from super().score(new_steps))

        return Session(judge)


def test_a_row_that_does_not_fit_fails_alone():
    texts = ("short", "much too long a step", "fine")
    models = Models(policy=ScriptedPolicy(texts), reward_model=Crowded())
    with Engine(lambda: models) as engine:
        events = list(solve(engine, n=3).events())
    assert [(event.draw, event.message) for event in of(events, ScoringFailed)] == [(1, "The solution is too long.")]
    assert sorted(event.draw for event in of(events, SolutionScored)) == [0, 2]
    assert isinstance(events[-1].error, InvalidRequest)


class Explodes(ScriptedPolicy):
    """Fails half-way."""

    def sample(self, images, question, sampling):
        for turn, chunks in enumerate(super().sample(images, question, sampling)):
            if turn == 5:
                raise RuntimeError("the device fell off")
            yield chunks


def test_a_failed_run_delivers_what_it_has_and_leaves_the_worker_alive():
    models = Models(policy=Explodes(["One.\n\n Two three four five six"]), reward_model=ScriptedRewardModel(judge))
    with Engine(lambda: models) as engine:
        for _ in range(2):
            events = list(solve(engine, n=1).events())
            assert str(events[-1].error) == "the device fell off"
            (finished,) = of(events, SolutionFinished)
            assert finished.solution.steps == ("One.",)
            assert finished.solution.finish is FinishReason.CANCELLED
        assert engine.status().state is EngineState.READY


def test_loading_failure_is_told_to_everyone():
    loaded = threading.Event()

    def load() -> Models:
        loaded.wait(10)
        raise LoadError("'x' is not a checkpoint.")

    with Engine(load) as broken:
        assert broken.status().state is EngineState.LOADING
        waiting = solve(broken)
        loaded.set()
        assert str(list(waiting.events())[-1].error) == "'x' is not a checkpoint."
        status = broken.wait_ready(5)
        assert (status.state, status.message) == (EngineState.FAILED, "'x' is not a checkpoint.")
        assert isinstance(list(solve(broken).events())[-1].error, LoadError)


def test_unexpected_loading_failure_is_a_load_error():
    def load() -> Models:
        raise ZeroDivisionError("odd")

    with Engine(load) as engine:
        assert "ZeroDivisionError('odd')" in (engine.wait_ready(5).message or "")


def test_closing_ends_running_and_waiting_runs():
    gate = threading.Event()
    engine = scripted_engine((" ".join(["word"] * 1000),), judge, gate=gate)
    jobs = [solve(engine, n=1) for _ in range(4)]
    assert engine.wait_ready(5).state is EngineState.READY
    threading.Timer(0.05, gate.set).start()
    engine.close()
    for job in jobs:
        assert isinstance(list(job.events())[-1].error, EngineClosed)
    assert isinstance(list(solve(engine).events())[-1].error, EngineClosed)
    assert engine.status().state is EngineState.CLOSED
    engine.close()


@pytest.mark.parametrize(
    ("question", "sampling", "message"),
    [
        ("", {}, "The question is empty"),
        (" \n\t", {}, "The question is empty"),
        ("q", {"n": 0}, "n must be at least 1 and at most 128, not 0"),
        ("q", {"n": 129}, "n must be"),
        ("q", {"temperature": -0.1}, "temperature must be"),
        ("q", {"temperature": float("nan")}, "temperature must be"),
        ("q", {"top_p": 0.0}, "top_p must be at least 0.0001 and at most 1"),
        ("q", {"top_k": -1}, "top_k must be"),
        ("q", {"seed": -1}, "seed must be"),
        ("q", {"seed": 2**63}, "seed must be"),
        ("q", {"max_new_tokens": 0}, "max_new_tokens must be"),
        ("q", {"repetition_penalty": 0.0}, r"repetition_penalty must be at least 0\.01 and at most 10"),
        ("q", {"stop": ("a", "")}, "stop string is empty"),
    ],
)
def test_impossible_requests_are_refused_at_once(question, sampling, message):
    with scripted_engine(TWO, judge) as engine, pytest.raises(InvalidRequest, match=message):
        engine.solve(Problem(question=question), (), Sampling(**sampling))


def test_impossible_scoring_is_refused_at_once():
    with scripted_engine(TWO, judge) as engine:
        with pytest.raises(InvalidRequest, match="has no steps"):
            engine.score(PROBLEM, (), [Solution(problem_id="p", steps=(), policy_model="x")])
        with pytest.raises(InvalidRequest, match="max_steps must be at least 1"):
            engine.score(PROBLEM, (), [], ScorePlan(max_steps=0))
