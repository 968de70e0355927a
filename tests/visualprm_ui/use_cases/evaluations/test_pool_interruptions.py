"""Best-of-N jobs that are cut short: by a cancel, a kill, a full disk, other models, and what is deleted meanwhile.

Covers visualprm_ui/use_cases/evaluations/pool_work.py, visualprm_ui/use_cases/evaluations/pool_plan.py,
visualprm_ui/use_cases/evaluations/pool_draws.py, visualprm_ui/use_cases/evaluations/pool_file.py,
visualprm_ui/use_cases/evaluations/pool_measuring.py.
"""

import errno

import pytest
from sqlalchemy import func, select

from engine import Models
from storage import NotFound, open_store
from storage.database import tables
from storage.files.atomic import translated_disk_errors
from storage.runs.targets import Target, TargetKind
from storage.transfer.job_folder import JobState
from tests.support.evaluations import ended, evaluated, opened
from tests.support.model_jobs import Gate, NamedRewardModel
from tests.support.server_life import finish_killed_twice
from tests.support.solution_pools import (
    ADA,
    JUDGE,
    TEXTS,
    CountedPolicy,
    add_problems,
    best_of_n,
    engine_with,
    pools_of,
    text,
)
from tests.support.store_deletion import delete
from visualprm_ui.use_cases.evaluations import pool_draws
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools, PickChoice

PROBLEMS = 40


@pytest.mark.usefixtures("one_by_one")
def test_a_cancelled_evaluation_goes_on_where_it_was(store):
    ids = add_problems(store, "Q1", "Q2", "Q3")
    gate, policy = Gate(), CountedPolicy([text("a", 4)])
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", gate))) as jobs:
        evaluation = jobs.start(best_of_n(1), "ada")
        gate.await_step()
        gate.allowed.release(2)  # both steps of the first problem
        gate.await_step()
        gate.await_step()
        running = EvaluationPools(jobs, store, engine).report(evaluation.job.id, None)
        assert (running.is_final, running.problems, running.curve.problems) == (False, 1, 1)
        jobs.cancel(evaluation.job.id)
        gate.open()
        assert ended(jobs, evaluation.job.id).job.state is JobState.CANCELLED
        first = pools_of(jobs, evaluation)
        jobs.resume(evaluation.job.id)
        assert ended(jobs, evaluation.job.id).job.state is JobState.DONE
        after = pools_of(jobs, evaluation)
        assert sorted(after) == ids
        assert all(after[each] == first[each] for each in first)


@pytest.mark.usefixtures("one_by_one")
def test_a_problem_that_is_deleted_meanwhile_is_left_out_and_counted(store):
    one, two = add_problems(store, "Q1", "Q2")
    gate = Gate()
    with opened(store, engine_with(CountedPolicy([text("a", 4)]), NamedRewardModel("prm", gate))) as jobs:
        evaluation = jobs.start(best_of_n(1), "ada")
        gate.await_step()
        delete(store, Target(kind=TargetKind.PROBLEM, id=two))
        gate.open()
        found = ended(jobs, evaluation.job.id)
        assert (found.job.state, found.failed, [each.problem for each in found.failures]) == (JobState.DONE, 1, [two])
        assert "There is no problem" in found.failures[0].reason
        assert found.state.warnings == ("1 of 2 problems have no solutions and are left out of every figure.",)
        assert list(pools_of(jobs, found)) == [one]


def test_what_is_deleted_afterwards_changes_no_figure(store):
    (one,) = add_problems(store, "Q1")
    with opened(store, engine := engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n())
        pools = EvaluationPools(jobs, store, engine)
        before = pools.report(found.job.id, None)
        delete(store, Target(kind=TargetKind.PROBLEM, id=one))
        assert EvaluationPools(jobs, store, engine).report(found.job.id, None).curve == before.curve
        with pytest.raises(NotFound):
            pools.get_problem(found.job.id, one, PickChoice(protocol=None, n=4, way="prm_mean", against="random"), ADA)


def test_a_full_disk_ends_it_in_a_sentence_and_it_goes_on(store, monkeypatch):
    add_problems(store, "Q1", "Q2")
    policy = CountedPolicy(TEXTS)
    add = KeptPools.add
    left = [1]

    def full(file, pool):
        if not left:
            with translated_disk_errors("the pool of an evaluation"):
                raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        add(file, pool)

    with opened(store, engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        with monkeypatch.context() as patched:
            patched.setattr(KeptPools, "add", full)
            found = evaluated(jobs, best_of_n())
        assert found.job.state is JobState.FAILED
        assert (
            "Could not write the pool of an evaluation: No space left on device. Free some disk space"
            in found.job.message
        )
        jobs.resume(found.job.id)
        assert ended(jobs, found.job.id).job.state is JobState.DONE
        assert sorted(policy.draws()) == [("Q1", 4, 0.7), ("Q2", 4, 0.7)]  # what was sampled is not sampled again


def test_other_models_than_it_began_with_end_it_in_a_sentence(store):
    add_problems(store, "Q1", "Q2")
    gate, policy = Gate(), CountedPolicy([text("a", 4)])
    with opened(store, engine := engine_with(policy, NamedRewardModel("prm", gate))) as jobs:
        evaluation = jobs.start(best_of_n(1), "ada")
        gate.await_step()
        engine.switch(lambda: Models(policy=policy, reward_model=NamedRewardModel("else")))
        gate.open()
        found = ended(jobs, evaluation.job.id)
        assert found.job.state is JobState.FAILED
        assert "The job began with prm (1), and else (1) is loaded now" in found.job.message


@pytest.mark.kills
def test_it_goes_on_after_its_server_was_killed(tmp_path):
    """Killed twice in its midst: every problem is sampled once, nothing is done twice, and the figures are the same."""
    data = tmp_path / "data"
    with open_store(data) as store:
        add_problems(store, *(f"Q{number}" for number in range(PROBLEMS)), answer="1")
    asked = {"kind": "best_of_n", "data_source": "test", "n": 2}
    found, curve = finish_killed_twice(
        data, "/evaluations", asked, PROBLEMS, lambda client, path: client.get(f"{path}/curve").json()
    )
    assert (found["rows"], found["failed"], curve["problems"], curve["solutions"]) == (
        PROBLEMS,
        0,
        PROBLEMS,
        2 * PROBLEMS,
    )
    with open_store(data) as store, store.database.read() as connection:
        for table, count in (
            (tables.solutions, 2 * PROBLEMS),
            (tables.scorings, 2 * PROBLEMS),
            (tables.runs, PROBLEMS),
        ):
            assert connection.scalar(select(func.count()).select_from(table)) == count


def test_a_half_written_line_is_no_line(tmp_path):
    pool = pool_draws.ProblemPool(problem="p", checker="c", batches=1, seconds=1.0, draws=())
    file = KeptPools.of(tmp_path)
    file.add(pool)
    with file.path.open("a") as raw:
        raw.write('{"problem": "q", "che')
    again = KeptPools.of(tmp_path)
    assert list(again.read()) == ["p"]
    again.add(pool_draws.ProblemPool(problem="r", checker="c", batches=1, seconds=1.0, draws=()))
    assert list(again.read()) == list(KeptPools.of(tmp_path).read()) == ["p", "r"]
