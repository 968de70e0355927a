"""Jobs of the loaded models: whole, after cancel, kill and other models; what fails is kept, and people come first.

Covers visualprm_ui/use_cases/model_job_work.py, visualprm_ui/use_cases/model_job_request.py,
visualprm_ui/use_cases/model_job_files.py, visualprm_ui/use_cases/batch_requests.py.
"""

import math
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import func, select

from engine import Engine, InvalidRequest, ModelChoice
from engine.domain import Problem, Sampling, Scoring
from engine.loading import load_models
from engine.prompts.style import PROMPT_VERSION
from storage import BadSetting, NotFound, Scope, Selection, Store, open_store
from storage.database import tables
from storage.transfer.job_folder import JobKind, JobState
from tests.support.model_jobs import Gate, NamedRewardModel, add_problem, ended, engine_of, models
from tests.support.openai_server import OpenAIServer
from tests.support.server_life import finish_killed_twice
from tests.support.waiting import PATIENCE, awaited
from visualprm_ui.use_cases import batch_requests
from visualprm_ui.use_cases.batch_requests import ASKED_AT_ONCE, MOST_FAILURES
from visualprm_ui.use_cases.model_job_files import Failure, ModelJobFiles
from visualprm_ui.use_cases.model_job_request import ModelId, Wanted
from visualprm_ui.use_cases.model_jobs import JobOptions, ModelJobs


@contextmanager
def opened(store: Store, engine: Engine) -> Iterator[ModelJobs]:
    """Jobs over a store and an engine; both the jobs and the engine are closed."""
    with engine, closing(ModelJobs(store, engine)) as jobs:
        jobs.take_up()
        yield jobs


PRM = ModelId(name="prm", revision="1", prompt_version=PROMPT_VERSION)


def scores_of(store: Store, solution: str) -> dict[str, list[float]]:
    """The newest scores of each model, by its name."""
    found: dict[str, Scoring] = {}
    for each in store.results.get_solution(solution).scorings:
        found.setdefault(each.scoring.reward_model, each.scoring)
    return {name: [step.score for step in scoring.step_scores] for name, scoring in found.items()}


def test_everything_selected_is_scored_once_with_a_record(store):
    problem, (one, two) = add_problem(store, "Q1", ["a", "b"], ["c"])
    _other, (three,) = add_problem(store, "Q2", [f"step {at}" for at in range(13)], source="else")
    reward = NamedRewardModel("prm", lambda step: 0.25)
    with opened(store, engine_of(reward)) as jobs:
        job = ended(jobs, jobs.start(Wanted(data_source="test"), None, "ada").job.id)
        assert (job.job.state, job.job.kind, job.job.done, job.failed) == (JobState.DONE, JobKind.SCORE, 2, 0)
        assert (job.report.total, job.report.already) == (2, 0)
        assert scores_of(store, three) == {}
        again = ended(jobs, jobs.start(Wanted(), None, "ada").job.id)
        assert (again.report.total, again.report.already, again.job.done) == (1, 2, 1)
        assert reward.opened == ["Q1", "Q2"]
    assert [scores_of(store, each) for each in (one, two)] == [{"prm": [0.25, 0.25]}, {"prm": [0.25]}]
    assert scores_of(store, three) == {"prm": [0.25] * 13}  # given steps are never merged
    told = store.results.get_solution(one).scorings[0].record
    assert (told.reward_model, told.reward_model_revision, told.one_pass) == ("prm", "1", True)
    assert (told.job, told.policy_model) == (job.job.id, "")
    assert store.runs.list_runs() == ()
    assert store.results.get_solution(one).problem.id == problem


def test_what_cannot_be_scored_is_kept_with_its_reason_and_ends_nothing(store):
    _problem, (good, bad) = add_problem(store, "Q1", ["a"], ["a", "odd"])
    _next, (late,) = add_problem(store, "Q2", ["a"])
    judge = {"odd": math.nan}
    with opened(store, engine_of(NamedRewardModel("prm", lambda step: judge.get(step, 0.5)))) as jobs:
        job = ended(jobs, jobs.start(Wanted(), None, "ada").job.id)
        assert (job.job.state, job.job.done, job.failed) == (JobState.DONE, 3, 1)
        (failure,) = job.failures
        assert failure.solution == bad
        assert "computed no number for the step that begins 'odd'" in failure.reason
        assert [len(scores_of(store, each)) for each in (good, bad, late)] == [1, 0, 1]
        judge.clear()
        mended = ended(jobs, jobs.resume(job.job.id).job.id)
        assert (mended.job.state, mended.failed, mended.job.done) == (JobState.DONE, 0, 3)
        assert scores_of(store, bad) == {"prm": [0.5, 0.5]}
        with pytest.raises(BadSetting, match="nothing is left"):
            jobs.resume(job.job.id)
    assert sum(each.kind == "scoring" for each in store.results.get_history(good).entries) <= 1
    assert len(store.results.get_solution(good).scorings) == 1


def test_a_job_that_fails_everywhere_is_ended(store):
    for number in range(MOST_FAILURES + 5):
        add_problem(store, f"Q{number}", ["a"])
    with opened(store, engine_of(NamedRewardModel("prm", lambda step: math.nan))) as jobs:
        job = ended(jobs, jobs.start(Wanted(), None, "ada").job.id)
        assert (job.job.state, job.failed) == (JobState.FAILED, MOST_FAILURES)
        assert "problems in a row failed" in job.job.message
        assert "computed no number" in job.job.message


def test_a_cancelled_job_keeps_what_is_done_and_goes_on(store):
    solutions = [add_problem(store, f"Q{number}", ["a"])[1][0] for number in range(4)]
    gate = Gate()
    reward = NamedRewardModel("prm", gate)
    with opened(store, engine_of(reward)) as jobs:
        job = jobs.start(Wanted(), None, "ada")
        gate.await_step()
        gate.allowed.release()
        gate.await_step()  # the first is judged; its problem is stored before the next is asked for
        jobs.cancel(job.job.id)
        with pytest.raises(BadSetting, match="in progress"):
            jobs.remove(job.job.id)
        cancelled = ended(jobs, job.job.id)
        assert cancelled.job.state is JobState.CANCELLED
        assert sum(bool(scores_of(store, each)) for each in solutions) == 1
        gate.open()
        done = ended(jobs, jobs.resume(job.job.id).job.id)
        assert (done.job.state, done.job.done, done.report.total, done.report.already) == (JobState.DONE, 4, 4, 0)
        assert [len(store.results.get_solution(each).scorings) for each in solutions] == [1] * 4
        assert reward.opened.count("Q0") == 1
        jobs.remove(job.job.id)
        assert jobs.list() == []
        with pytest.raises(NotFound):
            jobs.get(job.job.id)


def test_a_closed_server_leaves_its_job_to_the_next_one(store):
    solutions = [add_problem(store, f"Q{number}", ["a"])[1][0] for number in range(3)]
    gate = Gate()
    with engine_of(NamedRewardModel("prm", gate)) as engine:
        jobs = ModelJobs(store, engine)
        job = jobs.start(Wanted(), None, "ada")
        gate.await_step()
        jobs.close()
        assert jobs.get(job.job.id).job.state.is_unfinished
        gate.open()
    reward = NamedRewardModel("prm")
    with opened(store, engine_of(reward)) as jobs:
        assert ended(jobs, job.job.id).job.state is JobState.DONE
    assert [scores_of(store, each) for each in solutions] == [{"prm": [0.5]}] * 3


def test_the_record_of_a_job_is_kept_for_ninety_days(store):
    """A restart removed it after one."""
    add_problem(store, "Q1", ["a"])
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        kept, gone = (ended(jobs, jobs.start(Wanted(), None, "ada").job.id).job.id for _each in range(2))
    for job_id, days in ((kept, 89), (gone, 91)):
        at = time.time() - days * 24 * 3600
        os.utime(store.data_dir / "model_jobs" / job_id / "job.json", (at, at))
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        assert [each.job.id for each in jobs.list()] == [kept]


def test_other_models_than_it_began_with_end_a_job_and_their_scores_are_not_taken_for_its_own(store):
    solutions = [add_problem(store, f"Q{number}", ["a"])[1][0] for number in range(3)]
    gate = Gate()
    engine = engine_of(NamedRewardModel("prm", gate))
    with opened(store, engine) as jobs:
        job = jobs.start(Wanted(), None, "ada")
        gate.await_step()
        engine.switch(lambda: models(NamedRewardModel("prm", revision="2")))
        gate.open()
        failed = ended(jobs, job.job.id)
        assert failed.job.state is JobState.FAILED
        assert "began with prm (1), and prm (2) is loaded now" in failed.job.message
        assert sum(bool(scores_of(store, each)) for each in solutions) == 1
        others = ended(jobs, jobs.start(Wanted(), None, "ada").job.id)  # of the present revision nothing is there
        assert (others.report.total, others.report.already) == (3, 0)
        engine.switch(lambda: models(NamedRewardModel("prm")))
        assert ended(jobs, jobs.resume(job.job.id).job.id).job.state is JobState.DONE
    assert all(len(store.results.get_solution(each).scorings) == 2 for each in solutions)


def test_whoever_waits_on_explore_is_served_first(store):
    for number in range(3):
        add_problem(store, f"Q{number}", ["a"])
    gate = Gate()
    reward = NamedRewardModel("prm", gate)
    engine = engine_of(reward)
    with opened(store, engine) as jobs:
        job = jobs.start(Wanted(), None, "ada")
        gate.await_step()  # the job's first step is being computed
        waiting = engine.solve(Problem(question="a person's"), [], Sampling(n=1))
        gate.open()
        assert [type(each).__name__ for each in waiting.events()][-1] == "RunEnded"
        assert ended(jobs, job.job.id).job.state is JobState.DONE
    assert reward.opened == ["Q0", "a person's", "Q1", "Q2"]


def test_problems_are_sampled_scored_and_queued(store):
    ids = [add_problem(store, f"Q{number}")[0] for number in range(2)]
    project = store.projects.add_project("P")
    texts = ["Read 2.\n\nFinal answer: 1", "Guess.\n\nFinal answer: 6"]
    with opened(store, engine_of(NamedRewardModel("prm"), texts)) as jobs:
        asked = Sampling(n=2, temperature=0.9, seed=7)
        job = ended(
            jobs, jobs.start(Wanted(), asked, "ada", options=JobOptions(project=project.id, title="all")).job.id
        )
        assert (job.job.state, job.job.done, job.report.total) == (JobState.DONE, 2, 2)
        (queue,) = store.projects.list_queues(project.id)
        assert (job.report.queue, job.report.queued, job.report.queue_total, queue.total) == (queue.id, 4, 4, 4)
    found = store.projects.list_selected(Wanted(queue=queue.id).as_selection())
    assert sorted(each.problem_id for each in found) == sorted(ids)
    for each in found:
        record = store.results.get_solution(each.solutions[0])
        run = store.runs.get_run(record.run_id)
        assert (run.run.sampling, run.run.record.job, run.run.record.policy_model) == (asked, job.job.id, "scripted")
        assert [one.steps for one in run.solutions] == [("Read 2.", "Final answer: 1"), ("Guess.", "Final answer: 6")]
        assert len(run.scorings) == 2
    assert store.runs.list_runs() == ()


def await_asked(engine: Engine, count: int) -> None:
    """Return once the engine has so many requests."""
    awaited(engine.status, lambda status: status.active + status.waiting == count)


def test_several_problems_are_sampled_at_once_and_given_up_with_the_job(store):
    """One after another, the rows of a few solutions left a GPU idle."""
    problems = ASKED_AT_ONCE + 4
    for number in range(problems):
        add_problem(store, f"Q{number}")
    gate = Gate()
    engine = engine_of(NamedRewardModel("prm", gate))
    with opened(store, engine) as jobs:
        job = jobs.start(Wanted(), Sampling(n=1), "ada")
        gate.await_step()
        await_asked(engine, ASKED_AT_ONCE)
        jobs.cancel(job.job.id)
        gate.open()
        assert ended(jobs, job.job.id).job.done == 0
        await_asked(engine, 0)
        done = ended(jobs, jobs.resume(job.job.id).job.id)
    assert (done.job.state, done.job.done) == (JobState.DONE, problems)
    assert [len(each.solutions) for each in store.projects.list_selected(Wanted().as_selection())] == [1] * problems


def test_a_problem_is_sampled_once_however_often_its_job_is_taken_up(store, monkeypatch):
    monkeypatch.setattr(batch_requests, "ASKED_AT_ONCE", 1)
    for number in range(3):
        add_problem(store, f"Q{number}")
    gate = Gate()
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        job = jobs.start(Wanted(), Sampling(n=1), "ada")
        gate.allowed.release(2)  # the two steps of the first
        for _step in range(3):
            gate.await_step()
        jobs.cancel(job.job.id)
        ended(jobs, job.job.id)
        (kept,) = store.projects.list_selected(Wanted().as_selection())
        gate.open()
        done = ended(jobs, jobs.resume(job.job.id).job.id)
        assert (done.job.state, done.job.done) == (JobState.DONE, 3)
    found = store.projects.list_selected(Wanted().as_selection())
    assert [len(each.solutions) for each in found] == [1, 1, 1]
    assert kept in found


def test_a_job_says_how_long_a_server_asks_it_to_wait(store):
    """Its progress stood still without a word."""
    problem, _solutions = add_problem(store, "Q1", ["a"])
    with OpenAIServer() as server:
        choice = ModelChoice(policy=server.address, reward_model=server.address)
        engine = Engine(lambda: load_models(choice))
        engine.wait_ready(PATIENCE)
        server.script.answers = [(429, {"retry-after": "2"}, b"{}")]
        with opened(store, engine) as jobs:
            started = jobs.start(Wanted(problems=(problem,)), Sampling(n=2, max_new_tokens=50), "ada").job.id
            said = awaited(lambda: jobs.get(started).job, lambda job: job.message or not job.state.is_unfinished)
            assert (said.state, said.message[:8]) == (JobState.RUNNING, "waiting ")
            assert said.message.endswith(" s: the server's rate limit")
            found = ended(jobs, started)
            again = ended(jobs, jobs.start(Wanted(problems=(problem,)), Sampling(n=1, max_new_tokens=50), "ada").job.id)
    assert (found.job.state, found.job.message) == (JobState.DONE, None)
    (usage,) = found.usage  # both models have one name here
    (one,) = again.usage
    assert usage.requests == usage.counted > one.requests > 0


def test_a_problem_that_cannot_be_sampled_is_named(store):
    good, _none = add_problem(store, "Q")
    bad, _none = add_problem(store, " ")
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        job = ended(jobs, jobs.start(Wanted(problems=(bad, good)), Sampling(n=1), "ada").job.id)
    (failure,) = job.failures
    assert (failure.problem, failure.solution, job.job.state) == (bad, None, JobState.DONE)
    assert "question is empty" in failure.reason


def test_a_sampled_solution_without_a_score_is_named(store):
    add_problem(store, "Q")
    texts = ["Fine.", "odd"]
    judge = NamedRewardModel("prm", lambda step: math.nan if step == "odd" else 0.5)
    with opened(store, engine_of(judge, texts)) as jobs:
        job = ended(jobs, jobs.start(Wanted(), Sampling(n=2), "ada").job.id)
    (failure,) = job.failures
    assert failure.reason.startswith("Solution 2 could not be scored: The reward model computed no number")
    run = store.runs.get_run(store.results.get_solution(failure.solution).run_id)
    assert (len(run.solutions), len(run.scorings), run.run.message) == (2, 1, failure.reason)


def test_what_makes_no_sense_is_refused_at_once(store):
    problem, (solution,) = add_problem(store, "Q", ["a"])
    with opened(store, engine_of(NamedRewardModel("prm"))) as jobs:
        for wanted, sampling, error, words in (
            (Wanted(data_source="nowhere"), None, BadSetting, "No solution matches"),
            (Wanted(data_source="nowhere"), Sampling(), BadSetting, "No problem matches"),
            (Wanted(problems=(problem,)), None, BadSetting, "Only sampling takes problems"),
            (Wanted(policy_model="p"), Sampling(), BadSetting, "Only scoring and labelling take policy_model"),
            (Wanted(solutions=("gone",)), None, NotFound, "no solution 'gone'"),
            (Wanted(), Sampling(n=0), InvalidRequest, "Solutions is 0"),
        ):
            with pytest.raises(error, match=words):
                jobs.start(wanted, sampling, "ada")
        for sampling in (None, Sampling()):
            wanted = Wanted(solutions=(solution,)) if sampling is None else Wanted()
            with pytest.raises((BadSetting, NotFound)):
                jobs.start(wanted, sampling, "a", options=JobOptions(project="x"))
        extent = jobs.count(Wanted(), Sampling(n=3))
        assert (extent.problems, extent.solutions, extent.reward_model) == (1, 3, PRM)
        assert jobs.list() == []
    with opened(store, Engine(lambda: None)) as jobs, pytest.raises(BadSetting):
        jobs.start(Wanted(), None, "ada")
    assert list(store.results.iter_rated(Scope())) == []


SOLUTIONS = 400


@pytest.mark.kills
def test_a_job_goes_on_after_its_server_was_killed(tmp_path):
    """Killed twice in its midst: every solution is scored once, and nothing that was acknowledged as done is lost."""
    data = tmp_path / "data"
    with open_store(data) as store:
        for number in range(SOLUTIONS):
            add_problem(store, f"Q{number}", ["a"])
    found, _ = finish_killed_twice(data, "/jobs", {"kind": "score"}, SOLUTIONS, lambda *_: None)
    assert (found["state"], found["rows"], found["failed"]) == ("done", SOLUTIONS, 0)
    with open_store(data) as store:
        ids = [one for each in store.projects.list_selected(Selection()) for one in each.solutions]
        assert [len(store.results.get_solution(each).scorings) for each in ids] == [1] * SOLUTIONS
        with store.database.read() as connection:
            assert connection.scalar(select(func.count()).select_from(tables.scorings)) == SOLUTIONS


def test_a_list_of_failures_that_was_cut_within_a_letter_hides_no_job(tmp_path):
    files = ModelJobFiles(tmp_path)
    lost, kept = (Failure(problem=each, solution=None, reason="Zu groß") for each in ("lost", "kept"))
    files.add_failure(lost)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().partition("ß".encode())[0] + b"\xc3")  # as a kill, or a full disk, leaves it
    assert list(files.iter_failures()) == []
    files.add_failure(kept)
    assert list(files.iter_failures()) == [kept]
