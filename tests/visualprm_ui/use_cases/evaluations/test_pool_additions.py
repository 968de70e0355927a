"""What is added to pools while something is in its way: problems that are gone, other requests, a cancel.

Covers visualprm_ui/use_cases/evaluations/pool_work.py, visualprm_ui/use_cases/evaluations/pool_measuring.py,
visualprm_ui/use_cases/evaluations/pool_warnings.py, visualprm_ui/use_cases/evaluations/pool_reading.py,
visualprm_ui/use_cases/evaluations/jobs.py, visualprm_ui/use_cases/evaluations/files.py,
visualprm_ui/use_cases/evaluations/pool_plan.py, visualprm_ui/use_cases/evaluations/whole_scores.py.
"""

import errno
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from storage import BadSetting
from storage.files.atomic import translated_disk_errors
from storage.runs.targets import Target, TargetKind
from storage.transfer.job_folder import JobState
from tests.support.evaluations import ended, evaluated, opened
from tests.support.model_jobs import Gate, NamedRewardModel
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
from tests.support.store_deletion import delete
from tests.support.waiting import PATIENCE
from visualprm_ui.use_cases import batch_requests
from visualprm_ui.use_cases.evaluations import pool_additions
from visualprm_ui.use_cases.evaluations.jobs import CANCELLED
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools, PickChoice
from visualprm_ui.use_cases.evaluations.pool_warnings import LeftOut, warn_of_pools

OTHER = judge_of({"d": 0.99})


@pytest.fixture
def policy():
    return CountedPolicy(TEXTS)


@pytest.fixture
def done(store, policy):
    """Evaluations with one of three problems that is done, its pools, and its engine."""
    ids = add_problems(store, "Q1", "Q2", "Q3")
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n())
        assert found.job.state is JobState.DONE
        yield jobs, EvaluationPools(jobs, store, engine), engine, found.job.id, ids


def delete_problem(store, problem):
    delete(store, Target(kind=TargetKind.PROBLEM, id=problem))


DELETED = "1 problem was deleted before the last additions to the pools: left out of every figure."


def test_a_model_that_is_added_has_figures_without_the_problems_that_are_gone(store, done, policy):
    """One deleted problem took the figures of every later model: it lacked scores for good."""
    jobs, pools, engine, name, ids = done
    delete_problem(store, ids[0])
    load(engine, policy, NamedRewardModel("other", OTHER))
    PoolAdditions(jobs, engine).score_again(name, ScoreMode.STEPS)
    after = ended(jobs, name)
    assert (after.job.state, [each.problem for each in after.failures]) == (JobState.DONE, [ids[0]])
    assert after.state.warnings == (DELETED,)
    report = EvaluationPools(jobs, store, engine).report(name, None)
    assert (report.curve.models, report.curve.lacking, report.curve.problems) == (("prm", "prm2"), {}, 2)
    assert report.problems == 2
    assert {row["problem"] for row in pools.iter_pool_rows(name, None, ADA)} == set(ids[1:])
    jobs.resume(name)  # in vain
    assert ended(jobs, name).state == replace(after.state, is_addition=False)


def test_solutions_that_are_added_make_the_curve_longer_for_all_problems_that_are_left(store, done):
    """One deleted problem kept the curve as short as its pool."""
    jobs, pools, engine, name, ids = done
    delete_problem(store, ids[1])
    PoolAdditions(jobs, engine).add_solutions(name, 4, greedy=False)
    after = ended(jobs, name)
    curve = pools.report(name, None).curve
    assert (list(curve.curve.figures), curve.smallest, curve.largest) == ([1, 2, 4, 8], 8, 8)
    assert after.state.warnings == (DELETED,)


def test_many_deleted_problems_are_no_fault_of_the_models(store, done, monkeypatch):
    monkeypatch.setattr(batch_requests, "MOST_FAILURES", 2)
    jobs, pools, engine, name, ids = done
    for each in ids[:2]:
        delete_problem(store, each)
    PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE)
    after = ended(jobs, name)
    assert (after.job.state, after.failed) == (JobState.DONE, 2)
    assert pools.report(name, None).curve.models == ("prm", "orm")


def test_a_problem_that_lacks_nothing_stays_in_the_figures_after_it_is_deleted(store):
    """What could not be scored of it is tried again, in vain."""
    (one,) = add_problems(store, "Q1")
    nothing = judge_of({"a": math.nan, "b": 0.2})
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", nothing))) as jobs:
        found = evaluated(jobs, best_of_n())
        pools = EvaluationPools(jobs, store, engine)
        before = pools.report(found.job.id, None).curve
        delete_problem(store, one)
        jobs.resume(found.job.id)
        after = ended(jobs, found.job.id)
        assert (after.job.state, after.failed, after.state.warnings) == (JobState.DONE, 0, ())
        assert pools.report(found.job.id, None).curve == before
        assert list(pools_of(jobs, found)) == [one]


def test_warnings_tell_what_is_left_out():
    nothing = LeftOut(unanswered=0, unsampled=0, deleted=0, failed=0)
    assert warn_of_pools(nothing, 0, []) == ()
    assert warn_of_pools(LeftOut(unanswered=2, unsampled=1, deleted=2, failed=1, unsearched={"4x4": 2}), 9, []) == (
        "2 problems have no reference answer: left out.",
        "1 of 9 problems have no solutions and are left out of every figure.",
        "2 problems were deleted before the last additions to the pools: left out of every figure.",
        "What was added to the pools failed for 1 problem: left out of every figure until it is tried again.",
        "2 problems could not be searched (4x4): left out of the comparison with this search.",
    )


PICKED = PickChoice(protocol=None, n=8, way="prm_mean", against="random")


def shown(jobs, pools, name, ids):
    """All that is read of an evaluation but how far it is."""
    now = jobs.get(name)
    report = pools.report(name, None)
    problems = [pools.get_problem(name, each, PICKED, ADA) for each in ids]
    return (
        (now.state.headline, now.state.counts, now.state.warnings, now.made_of, report.curve, report.plan),
        (pools.list_picks(name, PICKED), list(pools.iter_pool_rows(name, None, ADA))),
        [(each.way, each.against, len(each.view["cards"]), each.run) for each in problems],
    )


@pytest.mark.usefixtures("one_by_one")
def test_an_addition_that_is_cancelled_ends_as_it_was(done, policy):
    """It hid the headline, and pages of problems that had not got their new solutions were not found."""
    jobs, pools, engine, name, ids = done
    before = shown(jobs, pools, name, ids)
    policy.asked.clear()
    load(engine, policy, NamedRewardModel("prm", gate := Gate()))
    PoolAdditions(jobs, engine).add_solutions(name, 4, greedy=True)
    gate.await_step()
    gate.allowed.release(12)  # five solutions of two steps: the first problem, and a part of the second
    while len(policy.asked) < 4:
        gate.await_step()
    assert jobs.get(name).job.state is JobState.RUNNING
    assert shown(jobs, pools, name, ids) == before
    jobs.cancel(name)
    gate.open()
    after = ended(jobs, name)
    assert (after.job.state, after.state.retry, after.state.is_addition) == (JobState.DONE, CANCELLED, True)
    assert shown(jobs, pools, name, ids) == before
    assert shown(jobs, EvaluationPools(jobs, pools._store, engine), name, ids) == before
    assert [draws[1:] for draws in policy.draws()] == [(1, 0.0), (4, 0.7)] * 2  # of two of three problems
    PoolAdditions(jobs, engine).add_solutions(name, 4, greedy=True)  # once more
    again = ended(jobs, name)
    assert (again.job.state, again.state.retry, again.made_of.n) == (JobState.DONE, None, 9)
    curve = pools.report(name, None).curve
    assert (curve.smallest, curve.largest, curve.problems) == (8, 8, 3)
    assert len(policy.draws()) == 7  # only what the cancel had cut short is sampled again


def test_another_addition_after_a_cancelled_one_has_solutions_of_its_own(done, policy):
    jobs, pools, engine, name, _ids = done
    load(engine, policy, NamedRewardModel("prm", gate := Gate()))
    PoolAdditions(jobs, engine).add_solutions(name, 2, greedy=False)
    gate.allowed.release(6)
    for _step in range(6):
        gate.await_step()
    jobs.cancel(name)
    gate.open()
    ended(jobs, name)
    PoolAdditions(jobs, engine).add_solutions(name, 4, greedy=False)
    assert ended(jobs, name).job.state is JobState.DONE
    curve = pools.report(name, None).curve
    assert (curve.smallest, curve.largest) == (8, 8)


def test_an_addition_that_is_cancelled_before_its_turn_ends_as_it_was(store, done, policy):
    jobs, pools, engine, name, ids = done
    before = shown(jobs, pools, name, ids)
    load(engine, policy, NamedRewardModel("prm", gate := Gate()))
    first = jobs.start(best_of_n(3), "ada")
    gate.await_step()
    PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE)
    assert jobs.cancel(name).job.state is JobState.DONE
    assert (jobs.get(name).state.retry, shown(jobs, pools, name, ids)) == (CANCELLED, before)
    gate.open()
    ended(jobs, first.job.id)
    assert shown(jobs, pools, name, ids) == before


def test_an_addition_that_fails_ends_as_it_was_and_keeps_scores_of_whole_solutions(done, policy, monkeypatch):
    """The store has no place for those, so that they would be computed once more."""
    jobs, pools, engine, name, ids = done
    before = shown(jobs, pools, name, ids)
    seen, left = [], [2]

    def judge(step):
        seen.append(step)
        return 0.5

    def full(file, pool):
        if not left[0]:
            with translated_disk_errors("the pool of an evaluation"):
                raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        add(file, pool)

    add = KeptPools.add
    load(engine, policy, NamedRewardModel("orm", judge))
    with monkeypatch.context() as patched:
        patched.setattr(KeptPools, "add", full)
        PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE)
        after = ended(jobs, name)
    assert after.job.state is JobState.DONE
    assert "No space left on device" in after.state.retry
    assert shown(jobs, pools, name, ids) == before
    assert len(seen) == 12
    PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE)
    again = ended(jobs, name)
    assert (again.job.state, again.state.retry, len(seen)) == (JobState.DONE, None, 12)
    assert pools.report(name, None).curve.models == ("prm", "orm")


def test_an_addition_that_waits_for_a_model_can_be_given_up(done, policy):
    jobs, pools, engine, name, ids = done
    load(engine, policy, NamedRewardModel("other", OTHER))
    PoolAdditions(jobs, engine).score_again(name, ScoreMode.STEPS)
    ended(jobs, name)
    before = shown(jobs, pools, name, ids)
    PoolAdditions(jobs, engine).add_solutions(name, 1, greedy=False)
    waits = ended(jobs, name)
    assert (waits.job.state, waits.has_figures) == (JobState.FAILED, True)
    assert "3 solutions have no scores by prm as a PRM" in waits.job.message
    assert shown(jobs, pools, name, ids) == before
    load(engine, policy, NamedRewardModel("third"))
    with pytest.raises(BadSetting, match=r"began with prm \(1\), and third \(1\) is loaded now"):
        jobs.resume(name)
    given_up = jobs.cancel(name)
    assert (given_up.job.state, given_up.job.message, given_up.state.retry) == (JobState.DONE, None, CANCELLED)
    assert shown(jobs, pools, name, ids) == before


@pytest.mark.usefixtures("one_by_one")
def test_problems_of_an_evaluation_that_was_never_done_can_be_looked_at_while_it_grows(store, policy):
    """The runs of all batches were asked for, also of those that a problem had not got yet."""
    ids = add_problems(store, "Q1", "Q2")
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", gate := Gate()))) as jobs:
        pools = EvaluationPools(jobs, store, engine)
        name = jobs.start(best_of_n(1), "ada").job.id
        gate.allowed.release(3)
        for _step in range(4):
            gate.await_step()
        jobs.cancel(name)
        gate.allowed.release(1)
        assert ended(jobs, name).job.state is JobState.CANCELLED
        (first,) = pools_of(jobs, jobs.get(name))
        PoolAdditions(jobs, engine).add_solutions(name, 1, greedy=False)
        gate.await_step()
        now = pools.get_problem(name, first, PICKED, ADA)
        assert (first in ids, len(now.view["cards"])) == (True, 1)
        assert len(list(pools.iter_pool_rows(name, None, ADA))) == 1
        gate.open()
        assert ended(jobs, name).job.state is JobState.DONE
        assert len(pools.get_problem(name, first, PICKED, ADA).view["cards"]) == 2


def test_of_two_additions_at_once_none_is_lost(done, monkeypatch):
    """Both were accepted, and the plan of one of them was written over the other's."""
    jobs, pools, engine, name, _ids = done
    save, is_first = pool_additions.save_plan, [True]
    is_through = threading.Event()

    def saved_late(files, plan):  # the first waits until the second is through, where that can be
        if is_first and is_first.pop():
            is_through.wait(0.5)
        save(files, plan)

    def add(how):
        try:
            how()
        except BadSetting as error:
            return str(error)
        finally:
            is_through.set()
        return None

    monkeypatch.setattr(pool_additions, "save_plan", saved_late)
    with ThreadPoolExecutor(2) as threads:
        refusals = list(
            threads.map(
                add,
                [
                    lambda: PoolAdditions(jobs, engine).add_solutions(name, 4, greedy=False),
                    lambda: PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE),
                ],
            )
        )
    ended(jobs, name)
    plan = pools.report(name, None).plan
    kept = [plan.size == 8, len(plan.models) == 2]
    assert kept == [each is None for each in refusals]
    assert all(each is None or "is in progress" in each for each in refusals)


def test_of_all_that_is_asked_for_at_once_one_is_done(store, policy):
    """Pressed in several tabs: resume, more solutions, another model."""
    add_problems(store, "Q1")
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", gate := Gate()))) as jobs:
        pools = EvaluationPools(jobs, store, engine)
        name = jobs.start(best_of_n(2), "ada").job.id
        gate.await_step()
        jobs.cancel(name)
        gate.allowed.release(1)
        assert ended(jobs, name).job.state is JobState.CANCELLED
        ways = [
            lambda: jobs.resume(name),
            lambda: PoolAdditions(jobs, engine).add_solutions(name, 2, greedy=False),
            lambda: PoolAdditions(jobs, engine).score_again(name, ScoreMode.WHOLE),
        ]
        at_once = threading.Barrier(6)

        def ask(way):
            at_once.wait(PATIENCE)
            try:
                way()
            except BadSetting as error:
                return str(error)
            return None

        with ThreadPoolExecutor(6) as threads:
            refusals = list(threads.map(ask, ways * 2))
        accepted = [at % 3 for at, each in enumerate(refusals) if each is None]
        assert len(accepted) == 1
        assert all(each is None or "is in progress" in each for each in refusals)
        gate.open()
        assert ended(jobs, name).job.state is JobState.DONE
        plan = pools.report(name, None).plan
        assert (plan.size, len(plan.models)) == [(2, 1), (4, 1), (2, 2)][accepted[0]]
