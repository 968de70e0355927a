"""Guided searches beside the pools of a Best-of-N job: done once, cut short, failed, guided by one model only, and their figures.

Covers visualprm_ui/use_cases/evaluations/pool_searches.py, visualprm_ui/use_cases/evaluations/pool_search_figures.py,
visualprm_ui/use_cases/evaluations/pool_work.py, visualprm_ui/use_cases/evaluations/stored_pools.py,
visualprm_ui/use_cases/search_requests.py,
visualprm_ui/use_cases/evaluations/beam_plans.py.
"""

import threading
from dataclasses import asdict, replace

import pytest

from engine import InvalidRequest
from engine.domain import FinishReason
from engine.evaluation.solution_pool import Protocol
from engine.outcomes.guided_search import BeamPlan
from storage import BadSetting, NotFound
from storage.runs.targets import Target, TargetKind
from storage.transfer.job_folder import JobState
from tests.support.evaluations import ended, evaluated, opened, step_benchmark
from tests.support.model_jobs import NamedRewardModel, card
from tests.support.scripted import CompletingPolicy
from tests.support.searched_steps import complete, judge
from tests.support.solution_pools import (
    TEXTS,
    CountedPolicy,
    add_problems,
    best_of_n,
    engine_with,
    load,
    pools_of,
)
from tests.support.store_deletion import delete
from tests.support.waiting import awaited
from visualprm_ui.use_cases import batch_requests
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool, SearchedPick, as_values, read_pool
from visualprm_ui.use_cases.evaluations.pool_figures import curve_values, measure, read_curve
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools
from visualprm_ui.use_cases.evaluations.pool_search_figures import SearchPickOutcome, searched_problems
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice
from visualprm_ui.use_cases.run_progress import restore_progress
from visualprm_ui.use_cases.run_view import as_run_view

PLAN = BeamPlan(width=2, expansions=2)


class SearchingPolicy(CompletingPolicy):
    """Samples ``TEXTS``, and searches the small world of ``searched_steps``, where the best path answers 2.

    ``asked`` has each search that was begun, ``sampled`` each question that was sampled; a search waits for ``allowed``.
    """

    card = card("policy")

    def __init__(self, allowed=1000, unsearchable=()):
        super().__init__(TEXTS, complete)
        self.allowed = threading.Semaphore(allowed)
        self.unsearchable = set(unsearchable)  # questions of which every search fails
        self.sampled = []

    def sample(self, images, question, sampling):
        self.sampled.append(question)
        return super().sample(images, question, sampling)

    def open_completions(self, images, question, sampling):
        if question in self.unsearchable:
            raise InvalidRequest("The question is too long to search.")
        session = yield from super().open_completions(images, question, sampling)
        while not self.allowed.acquire(blocking=False):
            yield
        return session

    def searches(self):
        """The questions of which a search was begun."""
        return [question for question, _sampling in self.asked]


def prm(name="prm"):
    return NamedRewardModel(name, judge)


def searched(n=4, **more):
    return best_of_n(n, search=PLAN, **more)


def search_of(pool):
    (found,) = pool.searches
    return found


def test_every_problem_is_searched_once_and_stands_beside_its_pool(store):
    ids = add_problems(store, "Q1", "Q2", answer="2")
    policy = SearchingPolicy()
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, searched())
        assert (found.job.state, found.failed, found.request.search) == (JobState.DONE, 0, PLAN)
        assert sorted(policy.searches()) == ["Q1", "Q2"]
        pools = pools_of(jobs, found)
        assert list(pools) == ids
        kept = search_of(pools[ids[0]])
        assert (kept.title, kept.answer, kept.is_correct, kept.finish) == ("2x2", "2", True, FinishReason.STOP)
        stored = store.runs.get_run(kept.run)
        assert (stored.search.plan, stored.search.tokens, stored.run.sampling.n) == (PLAN, kept.tokens, 2)
        assert kept.solution in [each.id for each in stored.solutions]
        (figures,) = EvaluationPools(jobs, store, engine).report(found.job.id, None).curve.searches
        assert (figures.title, figures.against) == ("2x2", "prm_mean")
        comparison = figures.comparison
        assert (comparison.accuracy.value, comparison.best_of_n.value, comparison.difference.value) == (1.0, 0.0, 1.0)
        assert (comparison.tokens, comparison.problems) == (kept.tokens, 2)
        assert comparison.n_tokens <= comparison.tokens
        with pytest.raises(BadSetting, match="nothing is left"):
            jobs.resume(found.job.id)
    assert store.runs.list_runs() == ()  # not in the list of earlier runs
    view = as_run_view(
        restore_progress(stored.run, stored.problem, stored.solutions, stored.scorings, search=stored.search)
    )
    assert (view["search"]["width"], len(view["search"]["rounds"])) == (2, len(stored.search.rounds))


def test_a_search_joins_a_finished_evaluation_and_nothing_is_sampled_again(store):
    """It could only be asked for with a new one, which sampled and scored all over."""
    ids = add_problems(store, "Q1", "Q2", answer="2")
    policy = SearchingPolicy()
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, best_of_n())
        additions, before = PoolAdditions(jobs, engine), pools_of(jobs, found)
        assert (policy.searches(), len(policy.sampled)) == ([], 2)
        after = ended(jobs, additions.add_search(found.job.id, PLAN).job.id)
        assert (after.job.state, after.failed, after.state.retry) == (JobState.DONE, 0, None)
        assert (sorted(policy.searches()), len(policy.sampled)) == (["Q1", "Q2"], 2)
        pools = pools_of(jobs, found)
        assert [search_of(pools[each]).answer for each in ids] == ["2", "2"]
        assert [pools[each].draws for each in ids] == [before[each].draws for each in ids]
        (figures,) = EvaluationPools(jobs, store, engine).report(found.job.id, None).curve.searches
        assert (figures.title, figures.comparison.problems) == ("2x2", 2)
        with pytest.raises(InvalidRequest, match="searched 2x2 already"):
            additions.add_search(found.job.id, PLAN)
        other = BeamPlan(width=1, expansions=2)
        ended(jobs, additions.add_search(found.job.id, other).job.id)
        assert [[each.title for each in pools.searches] for pools in pools_of(jobs, found).values()] == [
            ["2x2", "1x2"]
        ] * 2
        load(engine, policy, prm("other"))
        with pytest.raises(BadSetting, match="under the first PRM of this pool"):
            additions.add_search(found.job.id, BeamPlan(width=3, expansions=2))


def test_the_problems_where_the_two_differ_are_listed_and_open(store):
    one, two = add_problems(store, "Q1", "Q2", answer="2")
    (hard,) = add_problems(store, "Q3", answer="4")  # which the pool's draw states, and the search does not
    with opened(store, engine := engine_with(SearchingPolicy(), prm())) as jobs:
        found = evaluated(jobs, searched())
        pools = EvaluationPools(jobs, store, engine)
        listed = pools.list_searched(found.job.id, "2x2", None)
        assert (listed.protocol, listed.search.comparison.n) == (Protocol.IID, 4)
        outcomes = {each.problem: each.outcome for each in listed.found}
        assert outcomes == {
            one: SearchPickOutcome.ONLY_SEARCH,
            two: SearchPickOutcome.ONLY_SEARCH,
            hard: SearchPickOutcome.ONLY_BEST,
        }
        assert listed.problems[hard].question == "Q3"
        assert all(store.runs.get_run(each.search.run).search is not None for each in listed.found)
        assert all(len(store.runs.get_run(listed.runs[each.problem]).solutions) == 4 for each in listed.found)
        with pytest.raises(NotFound, match="no search '3x3'"):
            pools.list_searched(found.job.id, "3x3", None)
        with pytest.raises(NotFound, match="no search"):
            pools.list_searched(evaluated(jobs, best_of_n(1)).job.id, "2x2", None)


@pytest.mark.usefixtures("one_by_one")
def test_a_cancelled_search_goes_on_and_nothing_is_done_twice(store):
    ids = add_problems(store, "Q1", "Q2", "Q3", answer="2")
    policy = SearchingPolicy(allowed=1)
    with opened(store, engine_with(policy, prm())) as jobs:
        evaluation = jobs.start(searched(), "ada")
        awaited(lambda: len(policy.asked), lambda begun: begun == 2)
        jobs.cancel(evaluation.job.id)
        assert ended(jobs, evaluation.job.id).job.state is JobState.CANCELLED
        first = pools_of(jobs, evaluation)
        assert list(first) == ids[:1]
        policy.allowed.release(1000)
        jobs.resume(evaluation.job.id)
        assert ended(jobs, evaluation.job.id).job.state is JobState.DONE
        after = pools_of(jobs, evaluation)
        assert (list(after), after[ids[0]]) == (ids, first[ids[0]])
        assert len(policy.sampled) == 3  # the pool of the second was there
        assert sorted(policy.searches().count(each) for each in ("Q1", "Q2", "Q3")) == [1, 1, 2]


def test_a_search_that_fails_costs_the_search_alone(store):
    """It took the problem out of Best-of-N too, though its solutions were sampled, scored and stored."""
    one, two = add_problems(store, "Q1", "Q2", answer="2")
    bad = store.runs.get_problem(two).question
    policy = SearchingPolicy(unsearchable=[bad])
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, searched())
        assert (found.job.state, [(each.problem, each.search) for each in found.failures]) == (
            JobState.DONE,
            [(two, "2x2")],
        )
        assert found.failures[0].reason == "It could not be searched: The question is too long to search."
        first = pools_of(jobs, found)
        assert [len(first[each].draws) for each in (one, two)] == [4, 4]
        curve = EvaluationPools(jobs, store, engine).report(found.job.id, None).curve
        assert (curve.problems, curve.searches[0].comparison.problems) == (2, 1)
        assert found.state.warnings == (
            "1 problem could not be searched (2x2): left out of the comparison with this search.",
        )
        policy.unsearchable.clear()
        jobs.resume(found.job.id)
        again = ended(jobs, found.job.id)
        assert (again.job.state, again.failed, again.state.warnings) == (JobState.DONE, 0, ())
        after = pools_of(jobs, found)
        assert [search_of(each).is_correct for each in after.values()] == [True, True]
        assert ({each: pool.draws for each, pool in after.items()}, after[one]) == (
            {each: pool.draws for each, pool in first.items()},
            first[one],
        )
        assert (len(policy.sampled), sorted(policy.searches())) == (2, ["Q1", "Q2"])


def test_searches_that_fail_end_no_job_whose_problems_are_sampled(store, monkeypatch):
    monkeypatch.setattr(batch_requests, "MOST_FAILURES", 2)
    questions = ("Q1", "Q2", "Q3")
    add_problems(store, *questions, answer="2")
    policy = SearchingPolicy(unsearchable=questions)
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, searched())
        assert (found.job.state, found.failed) == (JobState.DONE, 3)
        report = EvaluationPools(jobs, store, engine).report(found.job.id, None)
        assert (report.curve.problems, report.curve.searches) == (3, ())
        jobs.resume(found.job.id)  # now nothing is done of any problem, so that going on is no use
        again = ended(jobs, found.job.id)
        assert "2 problems in a row failed" in again.state.retry
        assert (again.job.state, again.failed) == (JobState.DONE, 3)


def test_a_problem_that_is_deleted_after_its_search_failed_keeps_its_pool(store):
    (one,) = add_problems(store, "Q1", answer="2")
    policy = SearchingPolicy(unsearchable=["Q1"])
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, searched())
        delete(store, Target(kind=TargetKind.PROBLEM, id=one))
        jobs.resume(found.job.id)
        again = ended(jobs, found.job.id)
        assert (again.job.state, again.failed, list(pools_of(jobs, found))) == (JobState.DONE, 0, [one])
        assert EvaluationPools(jobs, store, engine).report(found.job.id, None).curve.problems == 1


@pytest.mark.usefixtures("one_by_one")
def test_another_model_that_scores_the_pools_guides_no_search(store):
    add_problems(store, "Q1", "Q2", answer="2")
    policy, other = SearchingPolicy(allowed=1), SearchingPolicy()
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        evaluation = jobs.start(searched(), "ada")
        awaited(lambda: len(policy.asked), lambda begun: begun == 2)
        jobs.cancel(evaluation.job.id)
        ended(jobs, evaluation.job.id)
        policy.allowed.release(1000)
        load(engine, other, prm("second"))
        PoolAdditions(jobs, engine).score_again(evaluation.job.id, ScoreMode.STEPS)
        waits = ended(jobs, evaluation.job.id)
        assert waits.job.state is JobState.FAILED
        assert (
            "1 problem was not searched under prm as a PRM (1) yet. Load it under Models on Explore"
            in waits.job.message
        )
        assert other.searches() == []
        load(engine, other, prm())
        jobs.resume(evaluation.job.id)
        assert ended(jobs, evaluation.job.id).job.state is JobState.DONE
        assert len(other.searches()) == 1


def test_what_cannot_be_searched_is_refused_at_once(store):
    add_problems(store, "Q1", answer="2")
    with opened(store, engine := engine_with(SearchingPolicy(), prm())) as jobs:
        with pytest.raises(InvalidRequest, match="At temperature 0 all tries of a step are the same"):
            jobs.start(searched(sampling={"temperature": 0.0}), "ada")
        with pytest.raises(InvalidRequest, match="both must be at least 1"):
            jobs.measure(best_of_n(search=BeamPlan(width=0)))
        with pytest.raises(BadSetting, match="takes no search"):
            jobs.start(replace(step_benchmark(), search=PLAN), "ada")
        load(engine, CountedPolicy(TEXTS), prm())
        with pytest.raises(BadSetting, match="cannot go on from a step of a solution"):
            jobs.start(searched(), "ada")


def test_what_it_takes_counts_the_tries_of_searches(store):
    add_problems(store, "Q1", "Q2", answer="2")
    with opened(store, engine_with(SearchingPolicy(), prm())) as jobs:
        evaluated(jobs, best_of_n(1))
        alone, both = (jobs.measure(each).extent.seconds for each in (best_of_n(4), searched(4)))
        assert both == pytest.approx(2 * alone)  # four tries of a step beside four solutions


def test_it_is_asked_for_again_with_its_search(store):
    add_problems(store, "Q1", answer="2")
    policy = SearchingPolicy()
    with opened(store, engine_with(policy, prm())) as jobs:
        first = evaluated(jobs, searched())
        again = evaluated(jobs, Asked(kind=first.request.kind, set=SetChoice(), repeats=first.job.id))
        assert (again.job.state, again.request.search) == (JobState.DONE, PLAN)
        (one,), (other,) = (list(pools_of(jobs, each).values()) for each in (first, again))
        assert (search_of(one).answer, len(policy.searches())) == (search_of(other).answer, 2)
        assert search_of(one).run != search_of(other).run


def test_a_new_checker_grades_what_was_picked_without_searching(store):
    (one,) = add_problems(store, "Q1", answer="2")
    policy = SearchingPolicy()
    with opened(store, engine := engine_with(policy, prm())) as jobs:
        found = evaluated(jobs, searched())
        files = jobs.files(found.job.id)
        pool = pools_of(jobs, found)[one]
        misread = replace(search_of(pool), answer="another reading", is_correct=False)
        KeptPools.of(files.folder).rewrite([replace(pool, searches=(misread,), checker="older")])
        files.write_figures({**files.read_figures(), "checker": "older"})
        (figures,) = EvaluationPools(jobs, store, engine).report(found.job.id, None).curve.searches
        assert figures.comparison.accuracy.value == 1.0
        assert files.read_figures()["curves"]["iid"]["searches"][0]["comparison"]["accuracy"]["value"] == 1.0
        assert len(policy.searches()) == 1


# ---- values ----


def draw(is_correct, score, tokens=10):
    scores = {"prm": (score,)}
    return PoolDraw(
        id="s",
        is_greedy=False,
        finish=FinishReason.STOP,
        answer="2",
        tokens=tokens,
        is_correct=is_correct,
        scores=scores,
    )


def pool(*draws, search=None):
    searches = () if search is None else (search,)
    return ProblemPool(problem="p", checker="c", batches=1, seconds=1.0, draws=draws, searches=searches)


def picked(is_correct, tokens=25, finish=FinishReason.STOP):
    return SearchedPick(
        title="2x2", run="r", solution="s", finish=finish, answer="2", tokens=tokens, is_correct=is_correct
    )


def test_only_problems_with_the_search_and_enough_solutions_are_listed():
    pools = [
        pool(draw(True, 0.9), draw(False, 0.1), search=picked(True)),
        pool(draw(False, 0.9), draw(True, 0.1), search=picked(False)),
        pool(draw(True, 0.9), draw(False, 0.1), search=picked(False)),
        pool(draw(True, 0.9), search=picked(True)),
        pool(draw(True, 0.9), draw(True, 0.8)),
    ]
    found = searched_problems(pools, "2x2", "prm", Protocol.IID, 2)
    assert [each.outcome for each in found] == [
        SearchPickOutcome.BOTH,
        SearchPickOutcome.NEITHER,
        SearchPickOutcome.ONLY_BEST,
    ]
    assert searched_problems([], "2x2", "prm", Protocol.IID, 2) == ()


def test_kept_values_are_read_as_they_were_and_those_of_before_searches_too():
    one = pool(draw(True, 0.9), draw(False, 0.1), search=picked(True, finish=None))
    assert read_pool(as_values(one)) == one
    old = {name: value for name, value in as_values(one).items() if name != "searches"}
    assert read_pool(old) == replace(one, searches=())
    curve = measure([one], ["prm"], Protocol.IID, votes=False)
    assert curve.searches[0].comparison.n == 2
    assert read_curve(curve_values(curve)) == curve
    before = {name: value for name, value in asdict(curve).items() if name != "searches"}
    assert read_curve(before) == replace(curve, searches=())


def test_a_model_that_has_not_seen_all_solutions_is_compared_with_nothing():
    unseen = replace(draw(False, 0.1), scores={})
    found = measure([pool(draw(True, 0.9), unseen, search=picked(True))], ["prm"], Protocol.IID, votes=False)
    comparison = found.searches[0].comparison
    assert (comparison.accuracy.value, comparison.best_of_n.value) == (1.0, None)
    assert comparison.best_of_n.reason == "The pools have no scores by the model that guided the searches."
