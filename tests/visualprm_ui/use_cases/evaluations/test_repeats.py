"""A Best-of-N evaluation that is asked for again: the same problems, solutions and models, with all that was added.

Covers visualprm_ui/use_cases/evaluations/jobs.py, visualprm_ui/use_cases/evaluations/pool_plan.py.
"""

import pytest

from engine.evaluation.solution_pool import Protocol
from storage import BadSetting, NotFound
from storage.transfer.job_folder import JobKind, JobState
from tests.support.evaluations import add_labelled, ended, evaluated, opened, step_benchmark
from tests.support.model_jobs import NamedRewardModel
from tests.support.solution_pools import JUDGE, TEXTS, CountedPolicy, add_problems, best_of_n, engine_with, load
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice, as_request


def again(evaluation, **more):
    return Asked(kind=evaluation.request.kind, **{"set": SetChoice(), "repeats": evaluation.job.id, **more})


@pytest.fixture
def grown(store):
    """Evaluations, their pools, an engine with its policy, and one that was asked for narrowly and added to since."""
    one, _two = add_problems(store, "Q1", "Q2")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        pools = EvaluationPools(jobs, store, engine)
        asked = Asked(
            kind=JobKind.BEST_OF_N,
            set=SetChoice(problems=(one,)),
            n=2,
            sampling={"temperature": 0.3, "top_p": 0.9},
            protocol=Protocol.GREEDY_FIRST,
            outcome=True,
        )
        name = evaluated(jobs, asked).job.id
        PoolAdditions(jobs, engine).add_solutions(name, 2, greedy=False)
        ended(jobs, name)
        load(engine, policy, NamedRewardModel("other"))
        PoolAdditions(jobs, engine).score_again(name, ScoreMode.STEPS)
        found = ended(jobs, name)
        assert (found.job.state, found.made_of.n) == (JobState.DONE, 4)
        yield jobs, pools, engine, policy, found


def test_the_same_is_asked_for_with_all_that_was_added(grown):
    """It had eight solutions of every problem, iid, at 0.7, and one model."""
    jobs, pools, engine, policy, first = grown
    prospect = jobs.measure(again(first))
    assert (prospect.extent.counts.problems, prospect.extent.counts.solutions) == (1, 4)
    policy.asked.clear()
    started = jobs.start(again(first), "bob", "Once more")
    waits = ended(jobs, started.job.id)
    assert waits.job.state is JobState.FAILED
    assert "no scores by prm as a PRM (1) yet. Load it" in waits.job.message
    load(engine, policy, NamedRewardModel("prm", JUDGE))
    jobs.resume(started.job.id)
    found = ended(jobs, started.job.id)
    assert (found.job.state, found.job.title, found.job.by) == (JobState.DONE, "Once more", "bob")
    assert (found.request.set, found.request.protocol) == (first.request.set, Protocol.GREEDY_FIRST)
    assert (found.made_of, found.state.headline) == (first.made_of, first.state.headline)
    old, new = pools.report(first.job.id, None), pools.report(found.job.id, None)
    assert (new.plan, new.curve) == (old.plan, old.curve)
    assert sorted((each.n, each.temperature, each.top_p) for _question, each in policy.asked) == [
        (1, 0.0, 0.9),
        (1, 0.3, 0.9),
        (2, 0.3, 0.9),
    ]  # samples of its own


def test_what_cannot_be_repeated_is_refused(store, grown):
    jobs, _pools, engine, policy, first = grown
    with pytest.raises(BadSetting, match="Leave out everything but its kind"):
        jobs.start(again(first, n=3), "ada")
    with pytest.raises(BadSetting, match="Leave out everything but its kind"):
        jobs.start(Asked(kind=JobKind.STEP_BENCHMARK, set=SetChoice(), repeats=first.job.id), "ada")
    with pytest.raises(NotFound):
        jobs.start(Asked(kind=JobKind.BEST_OF_N, set=SetChoice(), repeats="0" * 32), "ada")
    load(engine, policy, NamedRewardModel("third"))
    with pytest.raises(BadSetting, match=r"an evaluation of policy \(1\) and prm \(1\), but other models are loaded"):
        jobs.start(again(first), "ada")
    assert [each.job.id for each in jobs.list()] == [first.job.id]


def test_a_step_benchmark_is_repeated_with_its_threshold(store):
    add_labelled(store, "Q", (["a", "b"], [1, -1]))
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        first = evaluated(jobs, step_benchmark(0.8, data_source="test"))
        second = evaluated(jobs, again(first))
        assert (second.job.state, second.request) == (JobState.DONE, first.request)


def test_an_evaluation_of_an_earlier_version_is_read(store):
    """It had all models of the pool in what was asked for."""
    add_problems(store, "Q1")
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        asked = dict(evaluated(jobs, best_of_n()).job.asked)
    model = asked.pop("reward_model")
    read = as_request({**asked, "reward_models": [model, {**model, "name": "other"}]})
    assert read.reward_model.name == "prm"
