"""Solutions that go on from steps that are there, by an engine with scripted models, and once with the shipped ones."""

import pytest

from engine import (
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    FinishReason,
    InvalidRequest,
    Problem,
    RunEnded,
    Sampling,
    ScorePlan,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
    load_engine,
)
from engine.beginnings import completion_seed
from engine.serving.run import RunRequest
from tests.support.engine_runs import IMAGES, PROBLEM, TWO, judge, of
from tests.support.scripted import scripted_engine
from tests.support.tiny import drawing

BEGINNING = ("One bar.", "Three\nbars.")


def go_on(engine, beginning=BEGINNING, n=2, **request):
    asked = RunRequest(
        problem=PROBLEM, images=IMAGES, sampling=Sampling(n=n, seed=3), beginning=tuple(beginning), **request
    )
    return list(engine.submit(asked).events())


def complete(text, draw):
    assert text == "One bar.\n\nThree\nbars.\n\n", "a completion begins a step of its own"
    return f"Draw {draw}.\n\nFinal answer: {draw}" if draw < 2 else None


def test_what_goes_on_has_the_steps_it_begins_with_and_scores_of_all():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = go_on(engine, n=3)
    first, second, cut = (event.solution for event in of(events, SolutionFinished))
    assert first.steps == (*BEGINNING, "Draw 0.", "Final answer: 0")
    assert (first.answer, second.answer, cut.answer) == ("0", "1", None)
    assert (first.draw, second.draw, cut.draw) == (0, 1, 2)
    assert (first.finish, cut.finish) == (FinishReason.STOP, FinishReason.LENGTH)
    assert first.tokens == 4, "of what was written, not of the beginning"
    scoring = of(events, SolutionScored)[0].scoring
    assert scoring.solution_id == first.id
    assert [(each.first, each.score) for each in scoring.step_scores] == [
        (place, judge(text)) for place, text in enumerate(first.steps)
    ]
    told = [(event.index, event.text) for event in of(events, StepFinished) if event.draw == 0]
    assert told == list(enumerate(first.steps))
    assert "".join(event.text for event in of(events, TextAdded) if event.draw == 0) == "Draw 0.\n\nFinal answer: 0"
    assert events[-1] == RunEnded(seconds=events[-1].seconds, stopped=False, error=None)


def test_what_is_not_to_be_scored_has_no_scores():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = go_on(engine, is_scored=False)
    assert len(of(events, SolutionFinished)) == 2
    assert of(events, StepScored) == of(events, SolutionScored) == []
    assert events[-1].error is None


def test_a_long_solution_is_merged_as_any_other_and_a_whole_one_scored_as_one():
    long = [f"Step {number}." for number in range(13)]
    with scripted_engine(TWO, judge, complete=lambda text, draw: "Final answer: 8") as engine:
        merged = of(go_on(engine, long, n=1), SolutionScored)[0].scoring
        whole = of(go_on(engine, long, n=1, plan=ScorePlan(max_steps=1)), SolutionScored)[0].scoring
    assert [(each.first, each.last) for each in merged.step_scores] == [(at, at + 1) for at in range(0, 14, 2)]
    assert [(each.first, each.last) for each in whole.step_scores] == [(0, 13)]


def test_what_is_stopped_keeps_its_finished_solutions():
    with scripted_engine(TWO, judge, complete=lambda text, draw: None, longest=100_000) as engine:
        job = engine.submit(RunRequest(problem=PROBLEM, images=IMAGES, sampling=Sampling(n=1), beginning=BEGINNING))
        next(each for each in job.events() if isinstance(each, TextAdded))
        job.cancel()
        rest = list(job.events())
    (solution,) = (event.solution for event in of(rest, SolutionFinished))
    assert (solution.finish, solution.steps) == (FinishReason.CANCELLED, BEGINNING)
    assert rest[-1].stopped is True


def test_a_policy_that_cannot_go_on_is_told_so():
    with scripted_engine(TWO, judge) as engine:
        events = go_on(engine)
        assert isinstance(events[-1].error, InvalidRequest)
        assert "cannot go on from a step" in str(events[-1].error)
        with pytest.raises(InvalidRequest, match="A step to go on from is empty"):
            go_on(engine, ("One bar.", " \n"))


def test_the_shipped_policy_goes_on_as_it_would_have():
    """Greedily, what is written behind its own steps is what it wrote there; other draws are the same when asked again."""
    greedy, drawn = Sampling(n=1, temperature=0), Sampling(n=4, seed=5, temperature=1.0)
    problem = Problem(question="How many shapes are there in total?")
    images = (drawing(),)

    def behind(steps, sampling):
        request = RunRequest(problem=problem, images=images, sampling=sampling, beginning=steps)
        return sorted(each.solution.steps for each in of(engine.submit(request).events(), SolutionFinished))

    with load_engine(policy=DEFAULT_POLICY, reward_model=DEFAULT_REWARD_MODEL) as engine:
        own = of(engine.solve(problem, images, greedy).events(), SolutionFinished)[0].solution.steps
        assert len(own) > 2
        assert behind(own[:2], greedy) == [own]
        assert behind(own[:1], drawn) == behind(own[:1], drawn)


def test_seeds_differ_by_everything_that_completions_depend_on():
    seeds = [
        completion_seed(*given) for given in [(0, "q", "a"), (1, "q", "a"), (0, "r", "a"), (0, "q", "b"), (0, "qa", "")]
    ]
    assert len(set(seeds)) == 5
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert completion_seed(0, "q", "a") == 6786832999952362284, "the same everywhere and always"
