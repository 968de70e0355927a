"""Best-of-N as a job: sampled once, scored by one or several models, graded. What cuts one short: ``test_pool_interruptions.py``.

Covers visualprm_ui/use_cases/evaluations/pool_work.py, visualprm_ui/use_cases/evaluations/pool_extent.py,
visualprm_ui/use_cases/evaluations/pool_plan.py, visualprm_ui/use_cases/evaluations/pool_draws.py,
visualprm_ui/use_cases/evaluations/pool_file.py, visualprm_ui/use_cases/evaluations/pool_measuring.py.
"""

import math
from dataclasses import replace

import pytest

from engine import Engine, InvalidRequest, ModelChoice
from engine.domain import Sampling
from engine.evaluation.solution_pool import Protocol
from engine.loading import load_models
from storage import BadSetting
from storage.transfer.job_folder import JobState
from tests.support.evaluations import ended, evaluated, opened, step_benchmark
from tests.support.model_jobs import NamedRewardModel
from tests.support.openai_server import OpenAIServer
from tests.support.solution_pools import (
    ADA,
    JUDGE,
    TEXTS,
    CountedPolicy,
    add_problems,
    best_of_n,
    engine_with,
    judge_of,
    load,
    pools_of,
)
from tests.support.store_projects import add_solutions, fill_project
from tests.support.waiting import PATIENCE
from visualprm_ui.use_cases.evaluations import pool_draws
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_extent import list_problems
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode, new_plan
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice
from visualprm_ui.use_cases.model_job_request import ModelId


def scores_of(pool, key):
    return [each.scores.get(key) for each in pool.draws]


def test_every_problem_with_an_answer_is_sampled_once_scored_and_graded(store):
    one, two = add_problems(store, "Q1", "Q2")
    add_problems(store, "Q3", answer=None)
    policy, reward = CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE)
    with opened(store, engine_with(policy, reward)) as jobs:
        found = evaluated(jobs, best_of_n())
        assert (found.job.state, found.failed, found.job.done, found.state.total) == (JobState.DONE, 0, 2, 2)
        assert (found.state.counts.unanswered, found.state.counts.solutions) == (1, 8)
        assert found.state.warnings == ("1 problem has no reference answer: left out.",)
        pools = pools_of(jobs, found)
        assert list(pools) == [one, two]
        assert [each.is_correct for each in pools[one].draws] == [True, False, False, False]
        assert [each.group for each in pools[one].draws] == [1, 0, 0, 2]
        assert scores_of(pools[one], "prm") == [(0.9, 0.5), (0.2, 0.5), (0.3, 0.5), (0.1, 0.5)]
        assert sorted(policy.draws()) == [("Q1", 4, 0.7), ("Q2", 4, 0.7)]
        # whole pools of 4: the mean of the steps picks the right one, the vote does not
        assert found.state.headline.name == "best of 4, mean of step scores"
        assert (found.state.headline.figure.value, found.state.headline.floor) == (1.0, 0.25)
        with pytest.raises(BadSetting, match="nothing is left"):
            jobs.resume(found.job.id)
    assert store.runs.list_runs() == ()  # not in the list of earlier runs


def test_what_servers_took_for_the_pools_is_kept_with_them(store):
    one, _two = add_problems(store, "Q1", "Q2")
    with OpenAIServer() as server:
        choice = ModelChoice(policy=server.address, reward_model=server.address, token_prices="*=1000000/0")
        engine = Engine(lambda: load_models(choice))
        engine.wait_ready(PATIENCE)
        with opened(store, engine) as jobs:
            found = evaluated(jobs, best_of_n())
            pool = pools_of(jobs, found)[one]
            asked = EvaluationPools(jobs, store, engine).report(found.job.id, None).usage
    (usage,) = (
        pool.usage
    )  # both models have one name here: a request for all four solutions, one for each of their steps
    assert (usage.model, usage.requests, usage.counted) == ("tiny-internvl", 1 + 4 * 2, 1 + 4 * 2)
    assert usage.cost == usage.read > 0
    assert asked == (
        replace(usage, requests=18, counted=18, read=2 * usage.read, written=2 * usage.written, cost=2 * usage.cost),
    )


def test_greedy_first_begins_with_a_greedy_one(store):
    (one,) = add_problems(store, "Q1")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(3, protocol=Protocol.GREEDY_FIRST, sampling={"seed": 7}))
        assert found.job.state is JobState.DONE
        assert policy.draws() == [("Q1", 1, 0.0), ("Q1", 2, 0.7)]
        assert [sampling.seed for _question, sampling in policy.asked] == [7, 7]  # as the command line does it
        pool = pools_of(jobs, found)[one]
        assert [each.is_greedy for each in pool.of(Protocol.GREEDY_FIRST)] == [True, False, False]
        assert [each.is_greedy for each in pool.of(Protocol.IID)] == [False, False]
        kept = jobs.files(found.job.id).read_figures()["curves"]
        assert [list(kept[each]["curve"]["figures"]) for each in ("iid", "greedy-first")] == [
            ["1", "2"],
            ["1", "2", "3"],
        ]


def test_whole_solutions_are_scored_too_and_are_no_scores_of_steps(store):
    (one,) = add_problems(store, "Q1")
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(outcome=True))
        pool = pools_of(jobs, found)[one]
        assert scores_of(pool, "orm") == [(0.9,), (0.2,), (0.3,), (0.1,)]
        stored = store.results.get_solution(pool.draws[0].id)
        assert [[each.last for each in scored.scoring.step_scores] for scored in stored.scorings] == [[0, 1]]


def test_more_solutions_join_the_pool_and_nothing_is_sampled_again(store):
    (one,) = add_problems(store, "Q1")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(2))
        before = pools_of(jobs, found)[one].draws
        PoolAdditions(jobs, engine).add_solutions(found.job.id, 1, greedy=True)
        after = ended(jobs, found.job.id)
        assert after.job.state is JobState.DONE
        assert policy.draws() == [("Q1", 2, 0.7), ("Q1", 1, 0.0), ("Q1", 1, 0.7)]
        pool = pools_of(jobs, found)[one]
        assert pool.draws[:2] == before
        assert [each.is_greedy for each in pool.draws] == [False, False, True, False]
        assert policy.asked[2][1].seed not in {policy.asked[0][1].seed}  # draws of its own
        assert after.made_of.n == 4
        with pytest.raises(InvalidRequest, match="greedy solution already"):
            PoolAdditions(jobs, engine).add_solutions(found.job.id, 1, greedy=True)
        with pytest.raises(InvalidRequest, match="add 125 at most"):
            PoolAdditions(jobs, engine).add_solutions(found.job.id, 126, greedy=False)
        with pytest.raises(InvalidRequest, match="Nothing is added"):
            PoolAdditions(jobs, engine).add_solutions(found.job.id, 0, greedy=False)


def test_another_model_scores_the_same_pool(store):
    add_problems(store, "Q1")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n())
        pools = EvaluationPools(jobs, store, engine)
        with pytest.raises(InvalidRequest, match="has scored this pool already"):
            PoolAdditions(jobs, engine).score_again(found.job.id, ScoreMode.STEPS)
        load(engine, policy, NamedRewardModel("other", judge_of({"d": 0.99})))
        PoolAdditions(jobs, engine).score_again(found.job.id, ScoreMode.STEPS)
        after = ended(jobs, found.job.id)
        assert (after.job.state, [each.name for each in after.made_of.reward_models]) == (
            JobState.DONE,
            ["prm", "other"],
        )
        assert len(policy.asked) == 1
        curve = pools.report(found.job.id, None).curve
        assert curve.models == ("prm", "prm2")
        assert curve.curve.figures[4]["prm2_mean"].value == 0.0
        assert curve.curve.differences[4]["prm_mean - prm2_mean"].value == 1.0
        # more solutions now need both models, which take turns
        load(engine, policy, NamedRewardModel("prm", JUDGE))
        PoolAdditions(jobs, engine).add_solutions(found.job.id, 1, greedy=False)
        waits = ended(jobs, found.job.id)
        assert waits.job.state is JobState.FAILED
        assert "1 solution has no scores by other as a PRM" in waits.job.message
        assert (waits.is_done, waits.has_figures, waits.made_of.n) == (False, True, 4)
        assert (waits.state.headline, pools.report(found.job.id, None).curve) == (after.state.headline, curve)
        load(engine, policy, NamedRewardModel("other", judge_of({"d": 0.99})))
        jobs.resume(found.job.id)
        assert ended(jobs, found.job.id).job.state is JobState.DONE
        whole = pools.report(found.job.id, None).curve
        assert (whole.lacking, whole.smallest) == ({}, 5)


def test_what_cannot_be_scored_is_told_never_picked_and_tried_again(store):
    (one,) = add_problems(store, "Q1")
    scores = {"a": math.nan, "b": 0.2}
    policy = CountedPolicy(TEXTS)
    with opened(
        store,
        engine := engine_with(policy, NamedRewardModel("prm", lambda step: scores.get(step.split()[0], 0.5))),
    ) as jobs:
        found = evaluated(jobs, best_of_n())
        assert (found.job.state, found.failed) == (JobState.DONE, 1)
        assert "prm as a PRM:" in found.failures[0].reason
        assert "computed no number" in found.failures[0].reason
        assert scores_of(pools_of(jobs, found)[one], "prm")[0] is None
        assert found.state.headline.figure.value == 0.0
        rows = list(EvaluationPools(jobs, store, engine).iter_pool_rows(found.job.id, None, ADA))
        assert [list(each["scores"]) for each in rows] == [[], ["prm"], ["prm"], ["prm"]]
        assert rows[0]["unscored"] == {"prm": found.failures[0].reason}, (
            "else it looks as if it had not been asked about"
        )
        assert not any("unscored" in each for each in rows[1:])
        scores["a"] = 0.99
        jobs.resume(found.job.id)
        mended = ended(jobs, found.job.id)
        assert (mended.failed, mended.state.headline.figure.value) == (0, 1.0)
        assert len(policy.asked) == 1


def test_what_the_steps_could_not_be_scored_of_is_scored_as_a_whole_all_the_same(store):
    """One solution that the PRM could not score took the ORM's whole curve away."""
    (one,) = add_problems(store, "Q1")

    def judge(step):  # of "a" it has nothing to say, but of the whole solution
        return math.nan if step.startswith("a") and "\n" not in step else 0.4

    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", judge))) as jobs:
        found = evaluated(jobs, best_of_n(outcome=True))
        pool = pools_of(jobs, found)[one]
    assert scores_of(pool, "prm")[0] is None
    assert None not in scores_of(pool, "orm")
    assert (found.job.state, found.failed) == (JobState.DONE, 1)


def test_a_new_checker_grades_stored_text_without_sampling(store):
    add_problems(store, "Q1")
    policy = CountedPolicy(TEXTS)
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n())
        pools = EvaluationPools(jobs, store, engine)
        file = KeptPools.of(jobs.files(found.job.id).folder)
        (pool,) = file.read().values()
        # as an older checker read and graded it: the box of the second solution was missed, and nothing was right
        wrong = [replace(each, answer=None, is_correct=False) for each in pool.draws]
        file.rewrite([replace(pool, checker="older", draws=tuple(wrong))])
        figures = jobs.files(found.job.id).read_figures()
        jobs.files(found.job.id).write_figures({**figures, "checker": "older"})
        curve = pools.report(found.job.id, None).curve.curve
        assert curve.figures[1]["random"].value == 0.25
        assert jobs.files(found.job.id).read_figures()["checker"] == pool_draws.checker_revision()
        assert len(policy.asked) == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"threshold": 0.5}, "takes no threshold"),
        ({"sampling": {"temperature": 9}}, "Temperature is 9"),
    ],
)
def test_what_does_not_fit_is_refused(store, asked, message):
    add_problems(store, "Q1")
    with (
        opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm"))) as jobs,
        pytest.raises((BadSetting, InvalidRequest), match=message),
    ):
        jobs.start(best_of_n(**asked), "ada")


def test_a_set_without_reference_answers_is_refused(store):
    add_problems(store, "Q1", answer=None)
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm"))) as jobs:
        with pytest.raises(BadSetting, match="1 problem like that has no reference answer"):
            jobs.start(best_of_n(), "ada")
        with pytest.raises(BadSetting, match="samples solutions of its own"):
            jobs.start(Asked(kind=best_of_n().kind, set=SetChoice(policy_model="p")), "ada")


def test_what_it_takes_is_told_from_what_was_measured_of_the_same_models(store):
    add_problems(store, "Q1", "Q2")
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        before = jobs.measure(best_of_n(3)).extent
        assert (before.counts.problems, before.counts.solutions, before.seconds) == (2, 6, None)
        evaluated(jobs, best_of_n(1))
        after = jobs.measure(best_of_n(3)).extent
        assert after.seconds is not None
        assert after.seconds > 0
        load(engine, CountedPolicy(TEXTS), NamedRewardModel("other"))
        assert jobs.measure(best_of_n(3)).extent.seconds is None


def test_problems_by_id(store):
    one, _two = add_problems(store, "Q1", "Q2")
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, Asked(kind=best_of_n().kind, set=SetChoice(problems=(one,)), n=1))
        assert (list(pools_of(jobs, found)), found.request.set_name) == ([one], "1 problem by id")


def test_so_many_problems_are_drawn_with_a_seed_and_fewer_are_among_more(store):
    add_problems(store, *(f"Q{number}" for number in range(20)))

    def drawn(count, seed=0):
        choice = SetChoice(data_source="test", problem_count=count, problem_seed=seed)
        return list_problems(store, choice)[0]

    every, _unanswered = list_problems(store, SetChoice(data_source="test"))
    assert len(drawn(5)) == 5
    assert set(drawn(5)) < set(drawn(8)) < set(every)
    assert drawn(8) == tuple(each for each in every if each in drawn(8))  # in their order
    assert drawn(8, seed=1) != drawn(8) == drawn(8)
    assert drawn(20) == drawn(21) == every
    asked = best_of_n(2)
    choice = replace(asked.set, problem_count=3, problem_seed=7)
    with opened(store, engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm"))) as jobs:
        found = evaluated(jobs, replace(asked, set=choice))
        assert set(pools_of(jobs, found)) == set(drawn(3, seed=7))
        assert found.request.set_name == "test, 3 problems drawn with seed 7"
        with pytest.raises(BadSetting, match="number of problems"):
            jobs.start(step_benchmark(data_source="test", problem_count=3), "ada")


def test_a_plan_begins_as_the_command_line_samples():
    plan = new_plan(
        Sampling(n=1, temperature=0.7), Protocol.GREEDY_FIRST, ModelId(name="m", revision="1"), as_outcome=True
    )
    assert [(each.is_greedy, each.sampling.n) for each in plan.batches] == [(True, 1)]
    assert [each.key for each in plan.models] == ["prm", "orm"]
    assert plan.protocols == (Protocol.GREEDY_FIRST,)
    more = plan.with_solutions(2, greedy=False)
    assert (more.size, more.batches[1].sampling.temperature, more.batches[1].sampling.seed) == (2, 0.7, 1)


def test_problems_with_and_without_an_answer_are_told_apart_in_one_read(store, monkeypatch):
    """It was one for each problem."""
    ids = add_problems(store, *(f"Q{number}" for number in range(5)))
    add_problems(store, "open", answer=None)
    reads, read = [], store.database.read

    def counted():
        reads.append(1)
        return read()

    monkeypatch.setattr(store.database, "read", counted)
    assert list_problems(store, SetChoice(data_source="test")) == (tuple(ids), 1)
    assert len(reads) == 1


def test_problems_of_a_project_are_those_of_all_its_queues(store):
    solutions = add_solutions(store, 2)
    queue = fill_project(store)
    add_problems(store, "Q1")  # elsewhere
    (project,) = store.projects.list_projects()
    there = {store.results.get_solution(each).problem.id for each in solutions}
    answered, unanswered = list_problems(store, SetChoice(project=project.id))
    assert (len(answered) + unanswered, set(answered) <= there) == (len(there), True)
    assert list_problems(store, SetChoice(queue=queue)) == (answered, unanswered)
