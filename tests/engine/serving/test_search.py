"""Guided search: which tries go on, what is kept and counted, by hand with scripted models; once with the shipped ones.

Covers engine/outcomes/guided_search.py.
"""

from dataclasses import replace

import pytest

from engine import (
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    Aggregation,
    Engine,
    FinishReason,
    InvalidRequest,
    Models,
    Problem,
    Sampling,
    ScorePlan,
    SolutionFinished,
    SolutionScored,
    load_engine,
)
from engine.outcomes.guided_search import BeamPlan, SearchRound, kept_paths
from engine.serving.run import RunRequest
from tests.support.engine_runs import IMAGES, PROBLEM, TWO, of
from tests.support.scripted import (
    CompletingPolicy,
    ScriptedCompletions,
    ScriptedRewardModel,
    ThinkingCompletions,
    scripted_engine,
)
from tests.support.searched_steps import complete, judge
from tests.support.tiny import drawing


def search(engine, width=2, expansions=2, *, sampling=None, plan=None, **beam):
    request = RunRequest(
        problem=PROBLEM,
        images=IMAGES,
        sampling=sampling or Sampling(seed=3),
        search=BeamPlan(width=width, expansions=expansions, **beam),
        plan=plan or ScorePlan(),
    )
    return list(engine.submit(request).events())


def test_the_best_tries_of_a_step_go_on_and_the_others_do_not():
    """By hand. Step 1: good twice, fair, bad; good and fair are kept. Step 2: 0.85 and 0.7 from good, 0.4 from fair."""
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = search(engine)
    first, second, third = of(events, SearchRound)
    assert [(each.text, each.score, each.count, each.is_kept) for each in first.tries] == [
        ("Good.", 0.9, 2, True),
        ("Fair.", 0.6, 1, True),
        ("Bad.", 0.1, 1, False),
    ]
    assert [each.parent for each in first.tries] == [None] * 3
    assert [(each.text, round(each.score, 3), each.parent, each.is_kept) for each in second.tries] == [
        ("Final answer: 2", 0.85, 0, True),
        ("More.", 0.7, 0, True),
        ("Final answer: 3", 0.4, 1, False),
    ]
    assert [each.finish for each in second.tries] == [FinishReason.STOP, None, FinishReason.STOP]
    assert [(each.text, each.count) for each in third.tries] == [("Final answer: 2", 0), ("Final answer: 3", 2)]
    best, other = (event.solution for event in of(events, SolutionFinished))
    assert (best.steps, best.answer, best.draw) == (("Good.", "Final answer: 2"), "2", 0)
    assert other.steps == ("Good.", "More.", "Final answer: 3")
    scored = of(events, SolutionScored)[0].scoring
    assert [each.score for each in scored.step_scores] == [0.9, 0.8]
    assert (events[-1].error, events[-1].stopped) == (None, False)


def test_what_is_kept_after_each_round_is_what_becomes_the_solutions():
    """An answer that was kept and looked at again in the third round is no second step of the same words."""
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = search(engine)
    rounds, solutions = of(events, SearchRound), [event.solution for event in of(events, SolutionFinished)]
    assert [path.steps for path in kept_paths(rounds[:1])] == [("Good.",), ("Fair.",)]
    assert [path.steps for path in kept_paths(rounds)] == [each.steps for each in solutions]
    assert [path.finish for path in kept_paths(rounds[:2])] == [FinishReason.STOP, None]
    assert [each.score for each in kept_paths(rounds)[1].step_scores] == [0.9, 0.5, 0.2]
    assert kept_paths([]) == ()


def test_all_that_was_written_is_counted_and_a_try_ends_with_its_step():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = search(engine)
    first, second, _third = of(events, SearchRound)
    assert first.tokens == 4, "a word each: the blank line ends it"
    assert second.tokens == 3 + 1 + 3 + 3, "answers of three words, and a step of one"
    best = of(events, SolutionFinished)[0].solution
    assert best.tokens < sum(each.tokens for each in of(events, SearchRound))


def test_the_ranking_is_by_the_aggregation_that_was_asked_for():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        rounds = of(search(engine, how=Aggregation.LAST), SearchRound)
    assert [(each.text, each.score) for each in rounds[1].tries] == [
        ("Final answer: 2", 0.8),
        ("More.", 0.5),
        ("Final answer: 3", 0.2),
    ]


def test_a_width_of_one_is_greedy_and_asks_one_beginning_alone():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = search(engine, width=1, expansions=4)
    assert [event.solution.steps for event in of(events, SolutionFinished)] == [("Good.", "Final answer: 2")]
    assert [len(each.tries) for each in of(events, SearchRound)] == [3, 2]


def test_what_becomes_too_long_is_cut_off():
    with scripted_engine(TWO, judge, complete=lambda text, draw: "One more.\n\nmore") as engine:
        by_rounds = search(engine, width=1, expansions=1, most_rounds=3)
        by_tokens = search(engine, width=1, expansions=1, sampling=Sampling(max_new_tokens=5))
    (solution,) = (event.solution for event in of(by_rounds, SolutionFinished))
    assert (solution.finish, len(solution.steps), solution.answer) == (FinishReason.LENGTH, 3, None)
    (solution,) = (event.solution for event in of(by_tokens, SolutionFinished))
    assert solution.finish is FinishReason.LENGTH
    assert (solution.tokens, solution.steps) == (5, ("One more.", "One more.", "One"))


def test_a_solution_that_ends_a_step_with_its_last_token_is_cut_off_there():
    """It once went on for another round, and came to a token more than was asked for."""
    with scripted_engine(TWO, judge, complete=lambda text, draw: "One more.\n\nmore") as engine:
        events = search(engine, width=1, expansions=1, sampling=Sampling(max_new_tokens=4))
    (solution,) = (event.solution for event in of(events, SolutionFinished))
    assert (solution.finish, solution.tokens, solution.steps) == (FinishReason.LENGTH, 4, ("One more.", "One more."))
    assert len(of(events, SearchRound)) == 2


class InPairs(ScriptedCompletions):
    """Tells two tokens at once, as servers may."""

    def _next(self, row):
        first = super()._next(row)
        if first.finish is not None:
            return first
        second = super()._next(row)
        return replace(second, text=first.text + second.text)


class PairPolicy(CompletingPolicy):
    def open_completions(self, images, question, sampling):
        yield
        return InPairs(self._complete, self._longest)


def test_text_that_goes_beyond_the_limit_is_not_taken():
    """By hand: pairs of tokens, five allowed; the third pair would be the sixth."""
    models = Models(policy=PairPolicy(TWO, lambda text, draw: None), reward_model=ScriptedRewardModel(judge))
    with Engine(lambda: models) as engine:
        events = search(engine, width=1, expansions=1, sampling=Sampling(max_new_tokens=5))
    (solution,) = (event.solution for event in of(events, SolutionFinished))
    assert (solution.finish, solution.tokens, solution.steps) == (FinishReason.LENGTH, 4, ("on on on on",))
    assert of(events, SearchRound)[0].tokens == 6, "written, and not used"


class NarrowCompletions(ScriptedCompletions):
    """Has room for beginnings of at most twelve characters."""

    def add(self, rows):
        if any(len(row.text) > 12 for row in rows):
            raise InvalidRequest("The beginning of the solution is too long.")
        super().add(rows)


class NarrowPolicy(CompletingPolicy):
    def open_completions(self, images, question, sampling):
        yield
        return NarrowCompletions(self._complete, self._longest)


def test_a_beginning_that_leaves_no_room_is_cut_off_and_the_others_go_on():
    """It once ended the whole search."""

    def complete(text, draw):
        return ("A very long step.\n\n", "Short.\n\n")[draw % 2] if not text else "Final answer: 2"

    models = Models(policy=NarrowPolicy(TWO, complete), reward_model=ScriptedRewardModel(judge))
    with Engine(lambda: models) as engine:
        events = search(engine)
    assert events[-1].error is None
    found = {event.solution.steps: event.solution.finish for event in of(events, SolutionFinished)}
    assert found == {
        ("Short.", "Final answer: 2"): FinishReason.STOP,
        ("A very long step.",): FinishReason.LENGTH,
    }


def test_steps_are_merged_as_the_plan_of_scoring_says():
    with scripted_engine(TWO, judge, complete=complete) as engine:
        events = search(engine, width=1, plan=ScorePlan(max_steps=1))
    (solution,) = (event.solution for event in of(events, SolutionFinished))
    (scoring,) = (event.scoring for event in of(events, SolutionScored))
    assert [(each.first, each.last) for each in scoring.step_scores] == [(0, len(solution.steps) - 1)]
    assert len(solution.steps) > 1


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"beginning": ("One bar.",)}, "A search begins with the first step"),
        ({"is_scored": False}, "A search chooses steps by their scores"),
        ({"plan": ScorePlan(stepwise=True)}, "not stepwise"),
        ({"sampling": None}, "it needs sampling settings"),
    ],
)
def test_what_a_search_cannot_do_is_refused(request_, message):
    asked = RunRequest(
        **{"problem": PROBLEM, "images": IMAGES, "sampling": Sampling(), "search": BeamPlan(), **request_}
    )
    with scripted_engine(TWO, judge, complete=complete) as engine, pytest.raises(InvalidRequest, match=message):
        engine.submit(asked)


def test_a_try_that_cannot_be_scored_is_the_last_to_be_kept():
    def nothing(step):
        return float("nan") if step == "Good." else judge(step)

    with scripted_engine(TWO, nothing, complete=complete) as engine:
        first = of(search(engine), SearchRound)[0]
    assert [(each.text, each.score, each.is_kept) for each in first.tries] == [
        ("Fair.", 0.6, True),
        ("Bad.", 0.1, True),
        ("Good.", None, False),
    ]


def test_a_policy_that_writes_nothing_ends_the_search():
    with scripted_engine(TWO, judge, complete=lambda text, draw: "") as engine:
        events = search(engine)
    assert of(events, SolutionFinished) == []
    assert events[-1].error is None


def test_a_solution_that_ends_behind_its_blank_line_has_its_last_step_once():
    """The round that only looked for more told the step before anew, and cards showed it twice."""

    def ends(text, draw):
        return "" if text else ("Good.", "Fair.")[draw % 2] + "\n\nand what nobody reads"

    with scripted_engine(TWO, judge, complete=ends) as engine:
        events = search(engine)
    rounds, solutions = of(events, SearchRound), [event.solution for event in of(events, SolutionFinished)]
    assert [(each.steps, each.finish) for each in solutions] == [
        (("Good.",), FinishReason.STOP),
        (("Fair.",), FinishReason.STOP),
    ]
    assert [(path.steps, path.finish) for path in kept_paths(rounds)] == [
        (each.steps, each.finish) for each in solutions
    ]
    assert [(each.text, each.step_score, each.finish) for each in rounds[1].tries] == [
        ("", None, FinishReason.STOP)
    ] * 2
    assert [len(path.step_scores) for path in kept_paths(rounds)] == [1, 1]


def test_thoughts_that_never_end_are_paid_for_and_are_no_steps():
    with scripted_engine(TWO, judge, complete=lambda text, draw: None, kind=ThinkingCompletions) as engine:
        events = search(engine)
    (only,) = of(events, SearchRound)
    assert (only.tries, only.tokens) == ((), 4 * 40)
    solutions = [event.solution for event in of(events, SolutionFinished)]
    assert [(each.steps, each.finish, each.answer) for each in solutions] == [((), FinishReason.LENGTH, None)] * 2
    assert solutions[0].thought is not None
    assert solutions[0].thought.startswith("on on")
    assert kept_paths([only]) == ()


def test_what_is_kept_when_it_is_stopped_is_delivered_as_stopped():
    with scripted_engine(TWO, judge, complete=lambda text, draw: "One more.\n\nmore") as engine:
        request = RunRequest(
            problem=PROBLEM,
            images=IMAGES,
            sampling=Sampling(max_new_tokens=10_000),
            search=BeamPlan(width=1, expansions=1, most_rounds=10_000),
        )
        job = engine.submit(request)
        next(each for each in job.events() if isinstance(each, SearchRound))
        job.cancel()
        rest = list(job.events())
    (solution,) = (event.solution for event in of(rest, SolutionFinished))
    assert solution.finish is FinishReason.CANCELLED
    assert solution.steps[0] == "One more."
    assert rest[-1].stopped is True


@pytest.mark.parametrize(("width", "expansions"), [(0, 4), (4, 0), (12, 12)])
def test_numbers_that_are_not_accepted(width, expansions):
    with (
        scripted_engine(TWO, judge, complete=complete) as engine,
        pytest.raises(InvalidRequest, match="at least 1, and their product at most 128"),
    ):
        search(engine, width, expansions)


def test_a_policy_that_cannot_go_on_says_so():
    with scripted_engine(TWO, judge) as engine:
        assert "cannot search" in str(search(engine)[-1].error)


def test_the_shipped_models_search_and_the_first_tries_are_independent_solutions_beginnings():
    problem, images = Problem(question="How many shapes are there in total?"), (drawing(),)
    sampling = Sampling(n=4, seed=1, temperature=1.0)
    with load_engine(policy=DEFAULT_POLICY, reward_model=DEFAULT_REWARD_MODEL) as engine:
        independent = of(engine.solve(problem, images, sampling).events(), SolutionFinished)
        request = RunRequest(problem=problem, images=images, sampling=sampling, search=BeamPlan(width=2, expansions=2))
        events = list(engine.submit(request).events())
    assert events[-1].error is None
    tried = {each.text: each.count for each in of(events, SearchRound)[0].tries}
    begun = [event.solution.steps[0] for event in independent]
    assert tried == {text: begun.count(text) for text in begun}
    scores = [event.scoring.step_scores for event in of(events, SolutionScored)]
    assert len(scores) == 2
    assert all(0 <= each.score <= 1 for one in scores for each in one)
