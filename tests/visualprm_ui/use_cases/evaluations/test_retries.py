"""What an evaluation that is done could not do is tried again; its figures stand until there are new ones.

Covers visualprm_ui/use_cases/evaluations/jobs.py, visualprm_ui/use_cases/evaluations/files.py,
visualprm_ui/use_cases/model_job_files.py.
"""

import errno
import math
import shutil
from dataclasses import replace

import pytest

from engine import InvalidRequest
from storage import BadSetting, DiskError
from storage.files.atomic import translated_disk_errors
from storage.transfer.job_folder import JobKind, JobState
from tests.support.evaluations import add_labelled, ended, evaluated, opened, step_benchmark
from tests.support.model_jobs import Gate, NamedRewardModel, engine_of, models
from tests.support.solution_pools import JUDGE, TEXTS, CountedPolicy, add_problems, best_of_n, engine_with, load
from tests.support.waiting import PATIENCE
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools, PickChoice
from visualprm_ui.use_cases.evaluations.scored_solution import iter_scored


class Judge:
    """A judge of steps that finds no number for odd ones, until it is mended; with a gate it waits before each step."""

    def __init__(self) -> None:
        self.is_mended = False
        self.gate: Gate | None = None

    def __call__(self, step: str) -> float:
        """Judge a step."""
        if self.gate is not None:
            self.gate(step)
        return math.nan if step.startswith("odd") and not self.is_mended else 0.9 if step == "right" else 0.1


@pytest.fixture
def judge():
    return Judge()


@pytest.fixture
def done(store, judge):
    """Evaluations with one that is done but for two solutions, and its engine."""
    add_labelled(store, "Q1", (["right", "bad"], [1, -1]))
    add_labelled(store, "Q2", (["right", "odd"], [1, -1]))
    add_labelled(store, "Q3", (["odd one"], [1]))
    engine = engine_of(NamedRewardModel("prm", judge))
    with opened(store, engine) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert (found.job.state, found.failed) == (JobState.DONE, 2)
        yield jobs, engine, found


def figures(jobs, found):
    """All that can be read of an evaluation."""
    files = jobs.files(found.job.id)
    now = jobs.get(found.job.id)
    scores = [each.scores for each in iter_scored(files)]
    return files.read_figures(), scores, now.state.headline, now.state.warnings, now.failures


def test_other_models_are_refused_before_anything_is_taken_away(done):
    """Resumed with another model it failed: no headline, and its failures were forgotten."""
    jobs, engine, found = done
    before = figures(jobs, found)
    engine.switch(lambda: models(NamedRewardModel("other")))
    engine.wait_ready(PATIENCE)
    with pytest.raises(BadSetting, match=r"began with prm \(1\), and other \(1\) is loaded now"):
        jobs.resume(found.job.id)
    assert jobs.get(found.job.id).job.state is JobState.DONE
    assert figures(jobs, found) == before


def test_figures_can_be_read_while_what_failed_is_tried_again(done, judge):
    jobs, _engine, found = done
    before = figures(jobs, found)
    judge.gate, judge.is_mended = Gate(), True
    jobs.resume(found.job.id)
    judge.gate.await_step()
    now = jobs.get_done(found.job.id, JobKind.STEP_BENCHMARK)
    assert (now.job.state, now.has_figures, now.is_done) == (JobState.RUNNING, True, False)
    assert figures(jobs, found)[:4] == before[:4]
    judge.gate.open()
    after = ended(jobs, found.job.id)
    assert (after.job.state, after.failed, after.state.warnings, after.state.retry) == (JobState.DONE, 0, (), None)
    assert len(list(iter_scored(jobs.files(found.job.id)))) == 3
    assert after.state.headline != found.state.headline
    with pytest.raises(BadSetting, match="nothing is left to do"):
        jobs.resume(found.job.id)


def test_trying_again_with_the_wrong_model_ends_as_it_was(done, judge):
    """The model is taken away while it is at work."""
    jobs, engine, found = done
    before = figures(jobs, found)
    judge.gate = Gate()
    jobs.resume(found.job.id)
    judge.gate.await_step()
    engine.switch(lambda: models(NamedRewardModel("other")))
    judge.gate.open()
    after = ended(jobs, found.job.id)
    assert after.job.state is JobState.DONE
    assert "other (1) is loaded now" in after.state.retry
    assert figures(jobs, found) == before
    judge.is_mended = True
    engine.switch(lambda: models(NamedRewardModel("prm", judge)))
    engine.wait_ready(PATIENCE)
    mended = ended(jobs, jobs.resume(found.job.id).job.id)
    assert (mended.job.state, mended.failed, mended.state.retry) == (JobState.DONE, 0, None)


def test_trying_again_that_is_cancelled_ends_as_it_was(done, judge):
    """Cancelled at work, and before its turn comes."""
    jobs, _engine, found = done
    before = figures(jobs, found)
    judge.gate = Gate()
    for waits in (False, True):
        if waits:
            judge.gate = Gate()
            first = jobs.start(step_benchmark(), "ada")
            judge.gate.await_step()
            jobs.resume(found.job.id)
            assert jobs.cancel(found.job.id).job.state is JobState.DONE
            judge.gate.open()
            ended(jobs, first.job.id)
        else:
            jobs.resume(found.job.id)
            judge.gate.await_step()
            jobs.cancel(found.job.id)
            judge.gate.open()
        after = ended(jobs, found.job.id)
        assert (after.job.state, after.state.retry) == (JobState.DONE, "It was cancelled.")
        assert figures(jobs, found) == before


def test_a_server_that_is_closed_meanwhile_tries_on_when_it_is_started_again(store, done, judge):
    jobs, _engine, found = done
    judge.gate, judge.is_mended = Gate(), True
    jobs.resume(found.job.id)
    judge.gate.await_step()
    closing = judge.gate
    jobs.close()
    closing.open()
    judge.gate = None
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as again:
        after = ended(again, found.job.id)
        assert (after.job.state, after.failed, after.is_retried) == (JobState.DONE, 0, False)


def leftovers(jobs, found):
    return [
        each.name
        for each in jobs.files(found.job.id).folder.rglob("*")
        if "before" in each.name or each.suffix == ".new"
    ]


@pytest.fixture
def gave_up(done, judge):
    """One that was tried again in vain before, and says so."""
    jobs, _engine, found = done
    judge.gate = Gate()
    jobs.resume(found.job.id)
    judge.gate.await_step()
    jobs.cancel(found.job.id)
    judge.gate.open()
    assert leftovers(jobs, ended(jobs, found.job.id)) == []
    return jobs.get(found.job.id)


def full(*_args, **_kwargs):
    with translated_disk_errors("the files of an evaluation"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_when_it_is_asked_for_changes_nothing(done, gave_up, judge, monkeypatch):
    """The failures, and why trying again had come to nothing, were forgotten, and half a copy stayed."""
    jobs, _engine, found = done
    before = figures(jobs, found)

    def fill(_source, target, **_kwargs):
        target.mkdir()
        (target / "state.json").write_bytes(b"{")
        full()

    for of, name, broken in (
        (shutil, "copytree", fill),
        (EvaluationFiles, "forget_failures", full),
        (jobs._runner, "submit", full),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(of, name, broken)
            with pytest.raises(DiskError, match="No space left on device"):
                jobs.resume(found.job.id)
        assert jobs.get(found.job.id) == gave_up
        assert figures(jobs, found) == before
        assert leftovers(jobs, found) == []
    judge.is_mended = True
    jobs.resume(found.job.id)
    mended = ended(jobs, found.job.id)
    assert (mended.job.state, mended.failed, mended.state.retry, leftovers(jobs, found)) == (JobState.DONE, 0, None, [])


@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED])
def test_a_server_that_died_when_it_was_asked_for_or_given_up_has_all_as_it_was(store, done, judge, state):
    jobs, _engine, found = done
    before = figures(jobs, found)
    jobs.files(found.job.id).begin_retry(is_addition=False)  # what a killed process leaves
    assert jobs.get(found.job.id).failed == 0
    jobs._folder.save(replace(found.job, state=state))
    (jobs.files(found.job.id).folder / "before.new").mkdir()
    jobs.close()
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as again:
        assert again.get(found.job.id) == found
        assert figures(again, found) == before
        assert leftovers(again, found) == []


def test_figures_are_there_at_every_moment(done, judge, monkeypatch):
    """Between the end of the work and its record there were none."""
    jobs, _engine, found = done
    seen = []

    def end(files):
        end_retry(files)
        seen.append((jobs.get(found.job.id).has_figures, files.shown.read_figures() is not None))

    end_retry = EvaluationFiles.end_retry
    monkeypatch.setattr(EvaluationFiles, "end_retry", end)
    judge.is_mended = True
    jobs.resume(found.job.id)
    after = ended(jobs, found.job.id)
    assert (after.is_done, after.is_retried, seen) == (True, False, [(True, True)])


def test_what_is_shown_is_all_of_one_moment(done):
    """A reader found half of it gone when the work ended."""
    jobs, _engine, found = done
    files = jobs.files(found.job.id)
    files.begin_retry(is_addition=True)
    calls = []

    def read():
        calls.append(files.shown.folder.name)
        first = files.shown.read_state().is_addition
        if len(calls) == 1:
            files.end_retry()
        return first, files.shown.read_state().is_addition

    assert files.read_shown(read) == (True, True)
    assert calls == ["before", found.job.id]


def test_a_pace_counts_what_was_done_in_its_time_only(store, done):
    """Rows that the model had scored before were counted, so that a second evaluation was said to do thousands a second."""
    jobs, _engine, found = done
    assert (found.job.done, found.fresh) == (3, 3)
    second = evaluated(jobs, step_benchmark())
    assert (second.job.done, second.state.already, second.fresh) == (3, 1, 2)
    add_labelled(store, "Q4", (["right"], [1]))
    third = evaluated(jobs, step_benchmark(data_source="test"))
    assert (third.job.done, third.state.already, third.fresh) == (4, 1, 3)


class BrokenPolicy(CountedPolicy):
    """A policy that answers every question but one until it is mended."""

    is_mended = False

    def sample(self, images, question, sampling):
        """See the base class."""
        if question == "Q2" and not self.is_mended:
            raise InvalidRequest("There is no second question.")
        return super().sample(images, question, sampling)


def test_trying_again_with_one_of_two_models_ends_as_it_was(store):
    """The other model's curve was gone: what was sampled now has no scores of it, and its turn has not come."""
    add_problems(store, "Q1", "Q2")
    policy, choice = BrokenPolicy(TEXTS), PickChoice(protocol=None, n=4, way="prm_mean", against="prm2_mean")
    prm, other = NamedRewardModel("prm", JUDGE), NamedRewardModel("other", JUDGE)
    with opened(store, engine := engine_with(policy, prm)) as jobs:
        name = evaluated(jobs, best_of_n()).job.id
        pools = EvaluationPools(jobs, store, engine)
        load(engine, policy, other)
        PoolAdditions(jobs, engine).score_again(name, ScoreMode.STEPS)
        before = ended(jobs, name)
        assert (before.job.state, before.failed) == (JobState.DONE, 1)
        kept, curve = jobs.files(name).read_figures(), pools.report(name, None).curve
        assert (curve.models, curve.problems) == (("prm", "prm2"), 1)
        picked = pools.list_picks(name, choice)
        policy.is_mended = True
        jobs.resume(name)
        after = ended(jobs, name)
        assert (after.job.state, after.failures) == (JobState.DONE, before.failures)
        assert "4 solutions have no scores by prm as a PRM (1) yet. Load it" in after.state.retry
        assert (after.state.headline, after.state.warnings) == (before.state.headline, before.state.warnings)
        assert (jobs.files(name).read_figures(), pools.report(name, None).curve) == (kept, curve)
        assert pools.list_picks(name, choice) == picked
        load(engine, policy, prm)
        jobs.resume(name)
        mended = ended(jobs, name)
        assert (mended.job.state, mended.failed, mended.state.retry) == (JobState.DONE, 0, None)
        whole = pools.report(name, None).curve
        assert (whole.models, whole.lacking, whole.problems) == (("prm", "prm2"), {}, 2)
