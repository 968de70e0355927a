"""What fails, fails alone: scores, runs, loading; and what cannot be done is refused at once. Scripted models.

Covers engine/engine.py, engine/errors.py.
"""

import threading
from dataclasses import replace

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
    OutOfMemory,
    Priority,
    Problem,
    Sampling,
    ScorePlan,
    ScoringFailed,
    Solution,
    SolutionFinished,
    SolutionRolledOut,
    SolutionScored,
)
from engine.rollouts import RolloutPlan
from engine.serving.rollout_run import RolloutRequest
from tests.support.engine_runs import PROBLEM, TWO, judge, of, solve
from tests.support.scripted import (
    CompletingPolicy,
    ScriptedPolicy,
    ScriptedRewardModel,
    ScriptedSession,
    scripted_engine,
)


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
        loaded.wait(60)
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


class Narrow(ScriptedPolicy):
    """Has memory for the prompts of so many requests."""

    def __init__(self, requests: int, *, knows: bool) -> None:
        super().__init__(["One. " * 20 + "Final answer: 3"])
        self._requests = requests
        self._knows = knows
        self.active = self.refused = self.most = 0

    def has_room(self) -> bool:
        return not self._knows or self.active < self._requests

    def sample(self, images, question, sampling):
        written = super().sample(images, question, sampling)
        yield next(written)
        if self.active == self._requests:
            self.refused += 1
            raise OutOfMemory("The memory is not enough for this request.")
        self.active += 1
        self.most = max(self.most, self.active)
        try:
            yield from written
        finally:
            self.active -= 1


@pytest.mark.parametrize("knows", [True, False])
def test_what_does_not_fit_beside_others_waits_for_one_of_them_to_end(knows):
    """Whether the model knew before that there is no room, or ran out of memory with the prompt."""
    policy = Narrow(2, knows=knows)
    with Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel(judge))) as engine:
        jobs = [solve(engine, n=1) for _ in range(6)]
        events = [list(job.events()) for job in jobs]
    assert [each[-1].error for each in events] == [None] * 6
    assert [len(of(each, SolutionScored)) for each in events] == [1] * 6
    assert policy.most == 2
    assert (policy.refused == 0) == knows


def test_a_person_does_not_wait_for_a_resting_batch_run_to_make_room():
    """What it holds is given up where there is not enough; it did not even begin before the batch run had ended."""
    policy = Narrow(1, knows=True)
    gate = threading.Event()
    policy._gate = gate
    with Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel(judge))) as engine:
        batch = solve(engine, n=1, priority=Priority.BATCH)
        while not policy.active:
            batch.take(0.05)
        policy._requests = 2  # it fits in truth, but the policy says that there is no room
        policy.has_room = lambda: False
        person, another = solve(engine, n=1), solve(engine, n=1)
        gate.set()
        assert list(person.events())[-1].error is None
        assert list(another.events())[-1].error is None
        assert list(batch.events())[-1].error is None
    assert policy.most == 2, "the batch run and one person, then the other"


class CrampedCompletions(CompletingPolicy):
    """Has memory for the prompt of one request."""

    active = refused = 0

    def open_completions(self, images, question, sampling):
        yield
        if self.active:
            self.refused += 1
            raise OutOfMemory("The memory is not enough for this request.")
        self.active += 1
        session = yield from super().open_completions(images, question, sampling)
        written = session.write

        def write():
            try:
                yield from written()
            finally:
                self.active -= 1

        session.write = write
        return session


def test_rollouts_that_do_not_fit_beside_others_wait_as_runs_do():
    policy = CrampedCompletions(["One."], lambda text, draw: "So.\n\nFinal answer: 3")
    given = Solution(problem_id=PROBLEM.id, steps=("a", "Final answer: 3"), policy_model="p")
    request = RolloutRequest(
        problem=replace(PROBLEM, answer="3"),
        images=(),
        sampling=Sampling(),
        plan=RolloutPlan(completions=4, max_steps=None),
        solutions=(given,),
    )
    with Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel(judge))) as engine:
        jobs = [engine.submit(request, Priority.BATCH) for _ in range(3)]
        events = [list(job.events()) for job in jobs]
    assert policy.refused > 0
    assert [each[-1].error for each in events] == [None] * 3
    assert [len(of(each, SolutionRolledOut)) for each in events] == [1] * 3


def test_what_does_not_fit_alone_says_so():
    policy = Narrow(0, knows=False)
    with Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel(judge))) as engine:
        jobs = [solve(engine, n=1) for _ in range(3)]
        assert all(isinstance(list(job.events())[-1].error, OutOfMemory) for job in jobs)
