"""Changing the models of a running engine: what is in progress, what waits, what fails, what is closed.

Covers engine/engine.py, engine/serving/status.py.
"""

import threading

import pytest

from engine import (
    Engine,
    EngineClosed,
    EngineState,
    Loader,
    LoadError,
    ModelChoice,
    Models,
    Problem,
    RunEnded,
    Sampling,
)
from engine.domain import FinishReason
from engine.events import RunStarted, SolutionFinished
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel
from tests.support.tiny import write_tiny


class Closing(ScriptedPolicy):
    """Counts how often it was closed."""

    def __init__(self, texts, **settings):
        super().__init__(texts, **settings)
        self.closed = 0

    def close(self):
        self.closed += 1


def pair(text, **settings):
    return Models(policy=Closing([text], **settings), reward_model=ScriptedRewardModel())


def solve(engine, **sampling):
    return engine.solve(Problem(question="How many?"), (), Sampling(n=1, **sampling))


def text_of(events):
    (solution,) = [event.solution for event in events if isinstance(event, SolutionFinished)]
    return solution.steps


def test_a_run_in_progress_keeps_its_models_and_waiting_ones_get_the_new():
    gate = threading.Event()
    old, new = pair("old one. " * 50, gate=gate), pair("new")
    with Engine(lambda: old) as engine:
        running = solve(engine)
        assert isinstance(next(event for event in running.events() if isinstance(event, RunStarted)), RunStarted)
        engine.switch(lambda: new)
        assert engine.status().state is EngineState.LOADING
        waiting = solve(engine)
        assert not waiting.is_ended
        assert engine.status().active == 1
        gate.set()
        assert text_of(list(running.events()))[0].startswith("old one.")
        assert text_of(list(waiting.events())) == ("new",)
        assert engine.status().state is EngineState.READY
    assert (old.policy.closed, new.policy.closed) == (1, 1)


def test_a_failed_load_keeps_the_models_and_says_why():
    def fail():
        raise LoadError("'x' is not a checkpoint.")

    old = pair("old")
    with Engine(lambda: old) as engine:
        engine.switch(fail)
        status = engine.wait_ready(5)
        assert (status.state, status.message) == (EngineState.READY, "'x' is not a checkpoint.")
        assert status.policy == "scripted"
        assert old.policy.closed == 0
        assert text_of(list(solve(engine).events())) == ("old",)
        engine.switch(lambda: pair("new"))
        assert engine.wait_ready(5).message is None


def test_models_can_be_loaded_after_the_first_load_failed():
    def fail():
        raise LoadError("'x' is not a checkpoint.")

    with Engine(fail) as engine:
        assert engine.wait_ready(5).state is EngineState.FAILED
        engine.switch(lambda: pair("new"))
        assert engine.wait_ready(5).state is EngineState.READY
        assert text_of(list(solve(engine).events())) == ("new",)


def test_without_models_a_run_ends_with_what_to_do():
    old = pair("old")
    with Engine(lambda: old) as engine:
        engine.switch(lambda: None)
        status = engine.wait_ready(5)
        assert (status.state, status.policy, status.reward_model) == (EngineState.EMPTY, None, None)
        assert old.policy.closed == 1
        (end,) = solve(engine).events()
        assert "No model is loaded" in str(end.error)
        engine.switch(lambda: pair("new"))
        assert text_of(list(solve(engine).events())) == ("new",)


def test_runs_that_wait_when_the_models_go_are_told():
    gate = threading.Event()
    with Engine(lambda: pair("old one", gate=gate)) as engine:
        running = solve(engine)
        next(event for event in running.events() if isinstance(event, RunStarted))
        engine.switch(lambda: None)
        waiting = solve(engine)
        gate.set()
        assert "No model is loaded" in str(list(waiting.events())[-1].error)
        assert list(running.events())[-1].error is None


def test_a_model_that_stays_is_not_closed():
    old = pair("same")
    with Engine(lambda: old) as engine:
        engine.switch(lambda: Models(policy=old.policy, reward_model=ScriptedRewardModel()))
        engine.wait_ready(5)
        assert old.policy.closed == 0


def test_a_closed_engine_switches_nothing():
    engine = Engine(lambda: pair("old"))
    engine.close()
    with pytest.raises(EngineClosed):
        engine.switch(lambda: pair("new"))


def test_models_in_turns_serve_one_run_at_a_time():
    gate = threading.Event()
    models = Models(policy=ScriptedPolicy(["a b"], gate=gate), reward_model=ScriptedRewardModel(), in_turns=True)
    with Engine(lambda: models) as engine:
        jobs = [solve(engine) for _ in range(3)]
        assert next(e for e in jobs[0].events() if isinstance(e, RunStarted))
        assert (engine.status().active, engine.status().waiting) == (1, 2)
        gate.set()
        assert [list(job.events())[-1].error for job in jobs] == [None] * 3


def test_the_loader_loads_only_what_changed(tiny_folder, tmp_path):
    other = write_tiny(tmp_path / "other", seed=3)
    loader = Loader(ModelChoice(policy=tiny_folder, reward_model=tiny_folder, device="cpu"))
    first = loader.load()
    second = loader.change(reward_model=other)()
    assert second.policy is first.policy
    assert second.reward_model.card.name == "other"
    assert loader.choice.reward_model == other
    with pytest.raises(LoadError):
        loader.change(policy=tmp_path / "nowhere")()
    assert loader.choice.policy == tiny_folder
    assert loader.progress is None
    loader.unload()
    assert loader.load().policy is not first.policy


def test_a_real_reward_model_is_switched_between_two_runs(tiny_folder, tmp_path):
    other = write_tiny(tmp_path / "other", seed=3)
    loader = Loader(ModelChoice(policy=tiny_folder, reward_model=tiny_folder, device="cpu"))
    with Engine(loader.load) as engine:
        before = list(solve(engine, max_new_tokens=12).events())
        engine.switch(loader.change(reward_model=other))
        after = list(solve(engine, max_new_tokens=12).events())
        assert engine.status().reward_model == "other"
    records = [next(e.record for e in events if isinstance(e, RunStarted)) for events in (before, after)]
    assert [record.reward_model for record in records] == [tiny_folder.name, "other"]
    assert records[0].reward_model_revision != records[1].reward_model_revision
    ends = [events[-1] for events in (before, after)]
    assert [(end.error, isinstance(end, RunEnded)) for end in ends] == [(None, True)] * 2
    finishes = [e.solution.finish for events in (before, after) for e in events if isinstance(e, SolutionFinished)]
    assert FinishReason.CANCELLED not in finishes
