"""Rollouts as a request to the engine: sampled or given solutions, told as they go, ended in the middle, behind people's requests.

Covers engine/serving/rollout_run.py.
"""

import pytest

from engine import (
    CompletionsEnded,
    Engine,
    InvalidRequest,
    Models,
    Priority,
    RolloutsStarted,
    RunEnded,
    Sampling,
    SolutionFinished,
    SolutionRolledOut,
)
from engine.domain import Problem, Solution
from engine.rollouts import RolloutPlan
from engine.serving.rollout_run import RolloutRequest
from tests.support.scripted import CompletingPolicy, ScriptedPolicy, ScriptedRewardModel

RIGHT, WRONG = "So.\n\nFinal answer: 8", "So.\n\nFinal answer: 9"
PROBLEM = Problem(question="How many?", answer="8")
PLAN = RolloutPlan(completions=4, max_steps=None)


def engine_of(policy):
    return Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel()))


def submit(engine, problem, solutions, sampling, plan):
    request = RolloutRequest(problem=problem, images=(), sampling=sampling, plan=plan, solutions=tuple(solutions))
    return engine.submit(request, Priority.BATCH)


def events_of(policy, solutions=(), problem=PROBLEM, sampling=None, plan=PLAN):
    with engine_of(policy) as engine:
        return list(submit(engine, problem, solutions, sampling or Sampling(n=2), plan).events())


def of_kind(events, kind):
    return [each for each in events if isinstance(each, kind)]


def test_given_solutions_are_labelled_and_the_reward_model_is_not_asked():
    given = Solution(problem_id=PROBLEM.id, steps=("a", "Final answer: 9"), policy_model="p")
    policy = CompletingPolicy(["One."], lambda text, draw: RIGHT if draw % 2 else WRONG)
    events = events_of(policy, [given])
    (started,) = of_kind(events, RolloutsStarted)
    assert (started.record.policy_model, started.record.completions, started.record.sampling.n) == ("scripted", 4, 1)
    assert of_kind(events, SolutionFinished) == []
    (found,) = of_kind(events, SolutionRolledOut)
    assert found.solution_id == given.id
    assert [(each.reached, each.drawn, each.is_correct) for each in found.steps] == [(2, 4, True), (0, 1, False)]
    told = of_kind(events, CompletionsEnded)
    assert (told[-1].ended, told[-1].most, told[-1].started) == (4, 4, 4)
    assert of_kind(events, RunEnded) == [events[-1]]
    assert events[-1].error is None


def test_solutions_are_sampled_first_with_the_problem_they_answer():
    events = events_of(CompletingPolicy(["One."], lambda text, draw: RIGHT))
    solutions = [each.solution for each in of_kind(events, SolutionFinished)]
    assert [(each.problem_id, each.draw, each.steps) for each in solutions] == [
        (PROBLEM.id, draw, ("So.", "Final answer: 8")) for draw in range(2)
    ]
    rolled = of_kind(events, SolutionRolledOut)
    assert [each.solution_id for each in rolled] == [each.id for each in solutions]
    assert rolled[0].steps == rolled[1].steps, "equal beginnings are completed once"
    assert of_kind(events, CompletionsEnded)[-1].started == 4
    (started,) = of_kind(events, RolloutsStarted)
    assert (started.run.policy_model, started.run.reward_model) == ("scripted", "")


@pytest.mark.parametrize(
    ("problem", "policy", "words"),
    [
        (
            Problem(question="Q", answer=" "),
            CompletingPolicy(["One."], lambda text, draw: RIGHT),
            "no reference answer",
        ),
        (Problem(question=" ", answer="1"), CompletingPolicy(["One."], lambda text, draw: RIGHT), "question is empty"),
    ],
)
def test_what_no_policy_could_do_is_refused_at_once(problem, policy, words):
    with pytest.raises(InvalidRequest, match=words):
        events_of(policy, problem=problem)


@pytest.mark.parametrize(("policy", "words"), [(ScriptedPolicy(["One."]), "cannot go on"), (None, "No policy")])
def test_a_policy_that_cannot_ends_the_request_with_the_reason(policy, words):
    events = events_of(policy)
    assert words in str(events[-1].error)
    assert of_kind(events, SolutionRolledOut) == []


def test_what_a_model_raises_ends_this_request_only():
    def complete(text, draw):
        if text:
            raise ValueError("odd")
        return RIGHT

    policy = CompletingPolicy(["One."], complete)
    with engine_of(policy) as engine:
        events = list(submit(engine, PROBLEM, (), Sampling(n=1), PLAN).events())
        assert isinstance(events[-1].error, ValueError)
        (solved,) = [each for each in engine.solve(PROBLEM, [], Sampling(n=1)).events() if isinstance(each, RunEnded)]
        assert solved.error is None


def test_it_ends_between_two_forward_steps():
    policy = CompletingPolicy(["One."], lambda text, draw: "on " * 2000 + RIGHT)
    with engine_of(policy) as engine:
        job = submit(engine, PROBLEM, (), Sampling(n=1), PLAN)
        next(job.events())
        job.cancel()
        ended = list(job.events())[-1]
    assert (ended.stopped, ended.error) == (True, None)


def test_a_person_is_served_between_two_steps_of_it():
    """Batch work rests until the person's request has ended."""
    policy = CompletingPolicy(["One."], lambda text, draw: "on " * 20_000 + RIGHT)
    with engine_of(policy) as engine:
        rollouts = submit(engine, PROBLEM, (), Sampling(n=1), PLAN)
        next(rollouts.events())
        person = list(engine.solve(PROBLEM, [], Sampling(n=1)).events())
        assert isinstance(person[-1], RunEnded)
        assert not rollouts.is_ended
        rollouts.cancel()
