"""Evaluations as jobs: one after the other, followed, ended, taken up again, kept until somebody removes them.

Covers visualprm_ui/use_cases/evaluations/jobs.py, visualprm_ui/use_cases/evaluations/request.py,
visualprm_ui/use_cases/evaluations/work.py.
"""

import json
import os
from contextlib import closing

import pytest

from engine import Engine, InvalidRequest
from engine.domain import Sampling
from engine.evaluation.solution_pool import Protocol
from storage import BadSetting, DiskError, NotFound, open_store
from storage.transfer.job_folder import JobKind, JobState
from tests.support.evaluations import add_labelled, ended, opened, step_benchmark
from tests.support.model_jobs import Gate, NamedRewardModel, engine_of, models
from tests.support.server_life import finish_killed_twice
from tests.support.transfer_jobs import settled
from tests.support.waiting import awaited
from visualprm_ui.use_cases.evaluations import files
from visualprm_ui.use_cases.evaluations.jobs import EvaluationJobs
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice, as_asked, as_request, new_request


@pytest.fixture
def labelled(store):
    return [add_labelled(store, f"Q{at}", (["a", "b"], [1, -1]))[0] for at in range(3)]


def test_one_after_the_other_each_knows_how_many_are_before_it(store, labelled):
    gate = Gate()
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        first, second, third = (jobs.start(step_benchmark(), "ada", title=title).job.id for title in "abc")
        gate.await_step()
        assert [jobs.get(each).waits_behind for each in (first, second, third)] == [None, 1, 2]
        assert [each.job.title for each in jobs.list()] == ["c", "b", "a"]
        assert jobs.measure(step_benchmark()).waits_behind == 3
        cancelled = jobs.cancel(second)
        assert (cancelled.job.state, cancelled.waits_behind) == (JobState.CANCELLED, None)  # at once: it was not begun
        assert jobs.get(third).waits_behind == 1
        jobs.resume(second)
        assert jobs.get(second).waits_behind == 2
        gate.open()
        assert {ended(jobs, each).job.state for each in (first, second, third)} == {JobState.DONE}
        assert [jobs.get(each).state.already for each in (first, second, third)] == [0, 3, 3]


def test_what_a_closed_server_left_goes_on_in_the_order_it_was_asked_for(store, labelled):
    gate = Gate()
    with engine_of(NamedRewardModel("prm", gate)) as engine, closing(EvaluationJobs(store, engine)) as jobs:
        ids = [jobs.start(step_benchmark(), "ada").job.id for _each in range(3)]
        gate.await_step()
        jobs.close()
        gate.open()
    gate = Gate()
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        gate.await_step()
        assert [jobs.get(each).waits_behind for each in ids] == [None, 1, 2]
        gate.open()
        assert {ended(jobs, each).job.state for each in ids} == {JobState.DONE}
    assert all(len(store.results.get_solution(each).scorings) == 1 for each in labelled)


def test_an_evaluation_is_kept_until_somebody_removes_it(store, labelled):
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        kept, removed = (ended(jobs, jobs.start(step_benchmark(), "ada").job.id).job.id for _each in range(2))
        for each in store.data_dir.glob("evaluations/*/job.json"):
            os.utime(each, (0, 0))
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        jobs.remove(removed)
        assert [each.job.id for each in jobs.list()] == [kept]
        with pytest.raises(NotFound):
            jobs.get(removed)
    assert [each.name for each in (store.data_dir / "evaluations").iterdir()] == [kept]


def test_other_models_than_it_began_with_end_it_and_the_right_ones_go_on(store, labelled):
    gate = Gate()
    engine = engine_of(NamedRewardModel("prm", gate))
    with opened(store, engine) as jobs:
        begun = jobs.start(step_benchmark(), "ada").job.id
        gate.await_step()
        engine.switch(lambda: models(NamedRewardModel("other")))
        gate.open()
        failed = ended(jobs, begun)
        assert failed.job.state is JobState.FAILED
        assert "began with prm (1), and other (1) is loaded now" in failed.job.message
        engine.switch(lambda: models(NamedRewardModel("prm")))
        assert ended(jobs, jobs.resume(begun).job.id).job.state is JobState.DONE
    assert all(len(store.results.get_solution(each).scorings) == 1 for each in labelled)


def test_a_full_disk_is_told_in_a_sentence_and_the_evaluation_goes_on_later(store, labelled, monkeypatch):
    def full(path, data):
        if path.name == "figures.json":
            raise DiskError("Could not write 'figures.json': No space left on device. Free some disk space.")
        write(path, data)

    write = files.write_atomically
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        with monkeypatch.context() as patched:
            patched.setattr(files, "write_atomically", full)
            failed = ended(jobs, jobs.start(step_benchmark(), "ada").job.id)
            assert failed.job.state is JobState.FAILED
            assert "No space left on device" in failed.job.message
            assert failed.state.headline is None
        assert ended(jobs, jobs.resume(failed.job.id).job.id).state.headline is not None
    assert all(len(store.results.get_solution(each).scorings) == 1 for each in labelled)


def test_a_project_that_is_gone_when_its_turn_comes_is_told(store, labelled):
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        with pytest.raises(NotFound):
            jobs.start(step_benchmark(project="gone"), "ada")
        found = ended(jobs, jobs.start(step_benchmark(), "ada").job.id)
        path = store.data_dir / "evaluations" / found.job.id
        values = json.loads((path / "job.json").read_text())
        values["asked"]["set"]["project"], values["state"] = "gone", "waiting"
        (path / "job.json").write_text(json.dumps(values))
        (path / "labels.jsonl").unlink()
        failed = ended(jobs, found.job.id)
        assert (failed.job.state, "gone" in failed.job.message) == (JobState.FAILED, True)


def test_a_request_reads_back_equal(store):
    with engine_of(NamedRewardModel("prm")) as engine:
        status = engine.status()
        steps = new_request(status, Asked(kind=JobKind.STEP_BENCHMARK, set=SetChoice(data_source="d")), "name")
        pool = Asked(
            kind=JobKind.BEST_OF_N,
            set=SetChoice(labels="file:x", evaluation=True),
            n=16,
            sampling={"seed": 3, "stop": ["x"]},
            protocol=Protocol.GREEDY_FIRST,
            trained_on=("d",),
        )
        best = new_request(status, pool, "name")
        twice = Asked(kind=JobKind.BEST_OF_N, set=SetChoice(), n=4, sampling={"n": 4, "seed": 3})
        assert new_request(status, twice, "name").sampling == Sampling(n=4, seed=3)
    assert (steps.threshold, steps.sampling, steps.policy) == (0.5, None, None)
    assert best.sampling == Sampling(n=16, seed=3, stop=("x",))
    assert [as_request(json.loads(json.dumps(as_asked(each)))) for each in (steps, best)] == [steps, best]


def test_what_does_not_fit_the_kind_is_refused(store, labelled):
    with engine_of(NamedRewardModel("prm")) as engine:
        status = engine.status()
        for kind, fields, error, words in (
            (JobKind.STEP_BENCHMARK, {"n": 3}, BadSetting, "takes no n"),
            (JobKind.BEST_OF_N, {"threshold": 0.5}, BadSetting, "takes no threshold"),
            (JobKind.BEST_OF_N, {"n": 0}, InvalidRequest, "Solutions is 0"),
            (JobKind.BEST_OF_N, {"n": 4, "sampling": {"n": 8}}, BadSetting, "and 8 in sampling"),
            (JobKind.IMPORT, {}, BadSetting, "is no evaluation"),
        ):
            with pytest.raises(error, match=words):
                new_request(status, Asked(kind=kind, set=SetChoice(), **fields), "")
    with opened(store, Engine(lambda: None)) as jobs, pytest.raises(BadSetting):
        jobs.start(step_benchmark(), "ada")


def test_what_is_in_progress_is_neither_resumed_nor_read_as_done(store, labelled):
    gate = Gate()
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        begun = jobs.start(step_benchmark(), "ada").job.id
        gate.await_step()
        with pytest.raises(BadSetting, match="in progress"):
            jobs.resume(begun)
        with pytest.raises(BadSetting, match="is not done"):
            jobs.get_done(begun, JobKind.STEP_BENCHMARK)
        with pytest.raises(NotFound):
            jobs.get_done(begun, JobKind.BEST_OF_N)
        jobs.remove(begun)
        gate.open()
        awaited(lambda: not (store.data_dir / "evaluations" / begun).exists())


SOLUTIONS = 300
ALL = {"kind": "step_benchmark"}


@pytest.mark.kills
def test_an_evaluation_goes_on_after_its_server_was_killed_with_the_same_figures(tmp_path):
    """Killed twice in its midst: every solution is scored once, and the figures are those of one that nobody disturbed."""
    data = tmp_path / "data"
    with open_store(data) as store:
        ids = [
            add_labelled(store, f"Q{number}", (["a", "b", "c"], [1, -1, number % 3 - 1]))[0]
            for number in range(SOLUTIONS)
        ]

    def compare(client, path):
        figures = client.get(f"{path}/step-figures").json()
        undisturbed = settled(client, f"/evaluations/{client.post('/evaluations', json=ALL).json()['id']}")
        return figures, undisturbed, client.get(f"/evaluations/{undisturbed['id']}/step-figures").json()

    found, (figures, undisturbed, same) = finish_killed_twice(data, "/evaluations", ALL, SOLUTIONS, compare)
    assert (found["rows"], found["total"], found["already"], found["failed"]) == (SOLUTIONS, SOLUTIONS, 0, 0)
    assert undisturbed["already"] == SOLUTIONS
    assert (found["scores_known"], undisturbed["scores_known"]) == (False, True)  # the same threshold, chosen later
    for each in (figures, same):
        each["record"] = [line for line in each["record"] if line["name"] != "threshold"]
        del each["evaluation"]
    assert figures == same
    with open_store(data) as store:
        assert [len(store.results.get_solution(each).scorings) for each in ids] == [1] * SOLUTIONS
