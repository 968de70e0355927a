"""Runs of thinking models: the thought is told as thought, and only the solution is split into steps, scored and answered.

Covers engine/serving/run.py, engine/serving/search.py.
"""

import math

import pytest

from engine import (
    Engine,
    FinishReason,
    Models,
    Problem,
    Sampling,
    ScoringFailed,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    ThoughtAdded,
)
from engine.domain import Run
from engine.remote import connect
from engine.serving.run import RunRequest
from engine.serving.search import BeamPlan
from tests.support.engine_runs import judge, of
from tests.support.openai_server import OpenAIServer
from tests.support.scripted import ScriptedRewardModel
from tests.support.served_models import Scripted, Thinking
from visualprm_ui.use_cases.run_progress import apply_event, restore_progress, start_progress
from visualprm_ui.use_cases.run_view import as_run_view

PROBLEM = Problem(question="How many bars?", answer="2")
THOUGHT = "Maybe 5.\n\nFinal answer: 5\n\nNo, I see two."
SOLVED = "Two bars.\n\nFinal answer: 2"
STEPS = ("Two bars.", "Final answer: 2")


def events_of(backend, sampling, judged=judge, **script):
    with OpenAIServer(backend, **script) as server:
        models = Models(policy=connect.open_policy(server.address), reward_model=ScriptedRewardModel(judged))
        with Engine(lambda: models) as engine:
            return list(engine.solve(PROBLEM, (), sampling).events())


def assert_is_solved(events):
    (solution,) = [event.solution for event in of(events, SolutionFinished)]
    assert " ".join(solution.thought.split()) == " ".join(THOUGHT.split())
    assert (solution.steps, solution.answer, solution.finish) == (STEPS, "2", FinishReason.STOP)
    (scored,) = of(events, SolutionScored)
    assert [(s.first, s.last, s.score) for s in scored.scoring.step_scores] == [
        (index, index, judge(step)) for index, step in enumerate(STEPS)
    ]
    assert (events[-1].error, events[-1].stopped) == (None, False)
    return solution, scored.scoring


def test_a_thought_is_told_while_it_arrives_and_never_scored():
    events = events_of(Thinking(THOUGHT, SOLVED), Sampling(n=1, max_new_tokens=50))
    assert_is_solved(events)
    told = of(events, ThoughtAdded)
    assert len(told) == len(THOUGHT.split())
    assert not any(event.restarts for event in told)
    assert [event.text for event in of(events, StepFinished)] == list(STEPS)
    assert len(of(events, StepScored)) == 2


def test_steps_of_what_was_thought_are_taken_back_with_their_scores():
    """A server that says nothing of the thought that its template began."""
    text = f"{THOUGHT}\n</think>\n\n{SOLVED}"
    sampling = Sampling(n=1, max_new_tokens=50)
    events = events_of(Scripted(text, opening="<think>\n"), sampling, owner="someone", wait=0.01)
    solution, scoring = assert_is_solved(events)
    taken_back = next(i for i, event in enumerate(events) if isinstance(event, ThoughtAdded) and event.restarts)
    assert [event.text for event in of(events[:taken_back], StepFinished)] == ["Maybe 5.", "Final answer: 5"]

    run = Run(problem_id=PROBLEM.id, sampling=sampling)
    live = start_progress(run, PROBLEM)
    for event in events:
        apply_event(live, event)
        if event is events[taken_back]:
            (card,) = live.cards
            assert (card.steps, card.step_scores, card.thought.strip()) == ([], [], THOUGHT)
    stored = restore_progress(run, PROBLEM, [solution], [scoring])
    assert as_run_view(live)["cards"] == as_run_view(stored)["cards"]


def test_a_thought_that_could_not_be_scored_costs_the_solution_nothing():
    text = f"{THOUGHT}\n</think>\n\n{SOLVED}"

    def judged(step):
        return math.nan if step == "Maybe 5." else judge(step)

    events = events_of(
        Scripted(text, opening="<think>\n"), Sampling(n=1, max_new_tokens=50), judged, owner="someone", wait=0.01
    )
    assert len(of(events, ScoringFailed)) == 1
    assert_is_solved(events)


def test_a_thought_that_never_ends_is_a_solution_that_was_cut_off():
    events = events_of(Thinking(THOUGHT, SOLVED), Sampling(n=2, max_new_tokens=4))
    for event in of(events, SolutionFinished):
        solution = event.solution
        assert (solution.steps, solution.answer, solution.finish) == ((), None, FinishReason.LENGTH)
        assert (solution.thought, solution.tokens) == ("Maybe 5. Final answer:", 4)
    assert (of(events, StepFinished), of(events, SolutionScored), events[-1].error) == ([], [], None)
    live = start_progress(Run(problem_id=PROBLEM.id, sampling=Sampling(n=2)), PROBLEM)
    for event in events:
        apply_event(live, event)
    cards = as_run_view(live)["cards"]
    assert [(card["truncated"], card["answer"], card["same_as"]) for card in cards] == [(True, None, None)] * 2


class GoingOn(Thinking):
    """Writes the rest of the solution behind its first step, without thinking again."""

    def write(self, body, seed):
        if body.get("continue_final_message"):
            return Scripted(STEPS[1]).write(body, seed)
        return super().write(body, seed)


@pytest.mark.parametrize(("most", "steps"), [(50, STEPS), (4, ())])
def test_a_search_keeps_the_thought_beside_its_steps(most, steps):
    with OpenAIServer(GoingOn(THOUGHT, SOLVED)) as server:
        models = Models(policy=connect.open_policy(server.address), reward_model=ScriptedRewardModel(judge))
        plan = BeamPlan(width=1, expansions=1)
        request = RunRequest(problem=PROBLEM, images=(), sampling=Sampling(max_new_tokens=most), search=plan)
        with Engine(lambda: models) as engine:
            events = list(engine.submit(request).events())
    assert events[-1].error is None
    (solution,) = [event.solution for event in of(events, SolutionFinished)]
    assert solution.steps == steps
    assert solution.thought.startswith("Maybe 5.")
    assert solution.finish is (FinishReason.STOP if steps else FinishReason.LENGTH)
