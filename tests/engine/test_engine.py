"""The engine: order of events, fairness, stopping, failures. Scripted models, so that every case is exact.

Covers engine/events.py, engine/serving/run_record.py, engine/serving/scoring_queue.py.
"""

import itertools
import os
import sys
import threading

import pytest

from engine import (
    Engine,
    FinishReason,
    Models,
    Priority,
    Problem,
    Queued,
    RunEnded,
    RunStarted,
    Sampling,
    ScorePlan,
    Solution,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
)
from engine.serving.job import Job
from engine.system.process import NICENESS
from tests.support.engine_runs import IMAGES, PROBLEM, TWO, judge, of, solve
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel, scripted_engine, steps_of
from tests.support.waiting import awaited


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own")
def test_a_model_stands_back_behind_everything_else():
    """With five people sampling, others' labels waited twice as long for the CPU."""
    seen = []
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def judge_and_look(step):
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return judge(step)

    with scripted_engine(TWO, judge_and_look) as engine:
        list(solve(engine).events())
    assert set(seen) == {max(before, NICENESS)}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_events_of_a_run_in_order():
    with scripted_engine(TWO, judge, notice="strange") as engine:
        events = list(solve(engine).events())
    assert isinstance(of(events, RunStarted)[0], RunStarted)
    first = of(events, RunStarted)[0]
    assert (first.notice, first.record.out_of_distribution, first.record.tiles) == ("strange", "strange", (1,))
    assert first.record.versions["torch"]
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].stopped, events[-1].error) == (False, None)
    assert len(of(events, RunEnded)) == 1
    for draw, text in enumerate(TWO):
        steps = steps_of(text)
        assert "".join(event.text for event in of(events, TextAdded) if event.draw == draw) == text
        assert [event.text for event in of(events, StepFinished) if event.draw == draw] == list(steps)
        solution = next(event.solution for event in of(events, SolutionFinished) if event.solution.draw == draw)
        assert solution.steps == steps
        assert solution.answer == ("2", "3")[draw]
        assert solution.finish is FinishReason.STOP
        assert solution.problem_id == PROBLEM.id
        scoring = next(event.scoring for event in of(events, SolutionScored) if event.draw == draw)
        assert scoring.solution_id == solution.id
        assert [(s.first, s.last, s.score) for s in scoring.step_scores] == [
            (index, index, judge(step)) for index, step in enumerate(steps)
        ]


def test_steps_are_scored_while_others_are_written():
    with scripted_engine(("a.\n\n b c d e f g h i j k l m n o p",), judge) as engine:
        events = list(solve(engine, n=1).events())
    scored = next(i for i, event in enumerate(events) if isinstance(event, StepScored))
    finished = next(i for i, event in enumerate(events) if isinstance(event, SolutionFinished))
    assert scored < finished


def test_long_solutions_are_scored_again_in_merged_steps():
    text = "\n\n".join(f"step {i}" for i in range(13))
    with scripted_engine((text,), judge) as engine:
        events = list(solve(engine, n=1).events())
    scored = [event.step_score for event in of(events, StepScored)]
    provisional = [(s.first, s.last) for s in scored[:-7]]
    assert provisional == [(i, i) for i in range(len(provisional))]
    assert len(provisional) > 5
    (final,) = of(events, SolutionScored)
    assert [(s.first, s.last) for s in final.scoring.step_scores] == [
        (0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (12, 12)
    ]  # fmt: skip
    assert final.scoring.step_scores[0].score == judge("step 0\n\nstep 1")


def test_a_model_of_whole_solutions_scores_no_single_step():
    with scripted_engine(TWO, judge) as engine:
        events = list(engine.solve(PROBLEM, IMAGES, Sampling(n=2), ScorePlan(max_steps=1)).events())
    assert {(e.step_score.first, e.step_score.last) for e in of(events, StepScored)} == {(0, 2), (0, 1)}


@pytest.mark.parametrize("text", ["", "\n\n", " \n\n \n\n"])
def test_blank_solutions_have_no_steps_and_no_score(text):
    with scripted_engine((text, "Final answer: 1"), judge) as engine:
        events = list(solve(engine).events())
    blank = next(event.solution for event in of(events, SolutionFinished) if event.solution.draw == 0)
    assert (blank.steps, blank.answer) == ((), None)
    assert [event.draw for event in of(events, SolutionScored)] == [1]
    assert events[-1].error is None


def test_given_solutions_are_scored():
    solutions = [Solution(problem_id=PROBLEM.id, steps=("a", "", "bb"), policy_model="x")] * 2
    with scripted_engine(TWO, judge) as engine:
        for plan in (ScorePlan(), ScorePlan(stepwise=True)):
            events = list(engine.score(PROBLEM, IMAGES, solutions, plan).events())
            assert [event.draw for event in of(events, SolutionScored)] == [0, 1]
            for event in of(events, SolutionScored):
                assert [s.score for s in event.scoring.step_scores] == [0.001, 0.0, 0.002]
            assert events[-1].error is None


def test_stopping_keeps_what_is_there():
    gate = threading.Event()
    text = "One.\n\n Two.\n\n" + " Three is never finished" * 2000
    with scripted_engine((text,), judge, gate=gate) as engine:
        job = solve(engine, n=2)
        events = []
        for event in job.events():
            events.append(event)
            gate.set()
            if len(of(events, StepScored)) == 2 and not job.is_stop_asked():
                job.cancel()
    assert events[-1].stopped
    assert events[-1].error is None
    solutions = [event.solution for event in of(events, SolutionFinished)]
    assert [solution.draw for solution in solutions] == [0, 1]
    for solution in solutions:
        assert solution.finish is FinishReason.CANCELLED
        assert solution.steps == tuple(e.text for e in of(events, StepFinished) if e.draw == solution.draw)
        assert "Three" not in " ".join(solution.steps)
    assert sum(len(event.scoring.step_scores) for event in of(events, SolutionScored)) == len(of(events, StepScored))


def test_stopping_a_waiting_job():
    gate = threading.Event()
    with scripted_engine(("a b",), judge, gate=gate) as engine:
        jobs = [solve(engine, n=1) for _ in range(3)]
        jobs[2].cancel()
        gate.set()
        assert list(jobs[2].events())[-1] == RunEnded(seconds=0.0, stopped=True, error=None)
        assert list(jobs[0].events())[-1].error is None


class Recorder(ScriptedPolicy):
    """Writes down whose turn it was."""

    def __init__(self, words: int) -> None:
        super().__init__([" ".join(["w"] * words)])
        self.turns: list[str] = []

    def sample(self, images, question, sampling):
        for chunks in super().sample(images, question, sampling):
            self.turns.append(question)
            yield chunks


def held_engine(policy, **settings):
    """An engine whose models come when the returned event is set."""
    loaded = threading.Event()

    def load() -> Models:
        loaded.wait(60)
        return Models(policy=policy, reward_model=ScriptedRewardModel(judge))

    return Engine(load, **settings), loaded


def ask(engine, question, priority=Priority.PERSON):
    return engine.solve(Problem(question=question), (), Sampling(n=1), priority=priority)


def test_two_people_are_served_in_turns_and_a_third_waits():
    policy = Recorder(30)
    engine, loaded = held_engine(policy, max_active=2)
    with engine:
        jobs = [ask(engine, name) for name in "abc"]
        assert [job.take(1.0) for job in jobs] == [(Queued(ahead=0),), (Queued(ahead=1),), (Queued(ahead=2),)]
        loaded.set()
        ends = [list(job.events())[-1] for job in jobs]
    assert [end.error for end in ends] == [None] * 3
    both = [turn for turn in policy.turns if turn != "c"]
    longest = max(len(list(group)) for _, group in itertools.groupby(both[1:-1]))
    assert longest <= 2
    assert policy.turns.index("c") >= len(both) - 2


def test_a_person_is_served_before_batch_runs():
    policy = Recorder(200)
    engine, loaded = held_engine(policy)
    with engine:
        batch = [ask(engine, f"batch {i}", Priority.BATCH) for i in range(3)]
        person = ask(engine, "person")
        loaded.set()
        for job in (person, *batch):
            assert list(job.events())[-1].error is None
    first, last = policy.turns.index("person"), len(policy.turns) - 1 - policy.turns[::-1].index("person")
    assert set(policy.turns[:first]) <= {"batch 0"}
    assert len([turn for turn in policy.turns[first:last] if turn != "person"]) <= 2
    assert set(policy.turns[last + 1 :]) == {"batch 0", "batch 1", "batch 2"}, "a batch run ended before the person's"


def test_status_says_names_and_counts():
    """On a busy machine the first run once reached its gate before the others were asked for, and was counted alone."""
    gate, asked = threading.Event(), threading.Event()
    models = Models(policy=ScriptedPolicy(("a b",), gate=gate), reward_model=ScriptedRewardModel(judge))

    def load() -> Models:
        asked.wait(60)
        return models

    with Engine(load, max_active=2) as engine:
        jobs = [solve(engine, n=1) for _ in range(3)]
        asked.set()
        status = awaited(engine.status, lambda found: found.active == 2)
        assert (status.policy, status.reward_model, status.active, status.waiting) == ("scripted", "scripted", 2, 1)
        gate.set()
        for job in jobs:
            list(job.events())


def test_engine_without_policy_only_scores():
    models = Models(policy=None, reward_model=ScriptedRewardModel(judge))
    with Engine(lambda: models) as engine:
        assert "No policy is loaded" in str(list(solve(engine).events())[-1].error)
        assert engine.status().policy is None


def test_take_collects_what_there_is():
    with scripted_engine(TWO, judge) as engine:
        job = solve(engine)
        events = []
        while not events or not isinstance(events[-1], RunEnded):
            events += job.take(5.0)
        assert job.take(0.0) == ()
        assert job.is_ended


def test_who_asks_again_the_moment_a_run_ends_finds_its_place_free(monkeypatch):
    """The end was told before the place was given back: for a moment the next one was told to wait behind nobody."""
    again, send = [], Job.send

    def ask_again_and_send(job, events):
        if not again and any(isinstance(event, RunEnded) for event in events):
            again.append(ask(engine, "b"))  # as a reader does that is as quick as can be
        send(job, events)

    monkeypatch.setattr(Job, "send", ask_again_and_send)
    engine, loaded = held_engine(Recorder(3), max_active=1)
    with engine:
        loaded.set()
        engine.wait_ready()
        list(ask(engine, "a").events())
        assert not any(isinstance(event, Queued) for event in again[0].events())


def test_batches_come_while_nothing_happens_and_end_with_the_run():
    engine, loaded = held_engine(Recorder(3), max_active=2)
    with engine:
        batches = ask(engine, "a").batches(0.01)
        assert next(batches) == (Queued(ahead=0),)
        assert next(batches) == (), "whoever waits can look at something else"
        loaded.set()
        events = [event for batch in batches for event in batch]
    assert isinstance(events[-1], RunEnded)


def test_nothing_to_score_ends_well():
    with scripted_engine(TWO, judge) as engine:
        assert list(engine.score(PROBLEM, (), []).events())[-1].error is None
