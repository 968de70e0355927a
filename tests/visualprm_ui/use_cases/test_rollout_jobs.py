"""Jobs that label by rollouts: each solution once, after cancel and kill, with the plan first, problems without an answer left out.

Covers visualprm_ui/use_cases/rollout_job_work.py, visualprm_ui/use_cases/rollout_requests.py, storage/runs/rollout_targets.py.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from engine import Engine, InvalidRequest, Models
from engine.domain import Label, Problem, Sampling, Solution
from engine.outcomes.rollout_labels import RolloutMode
from storage import BadSetting, Selection, Store, open_store
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import export
from storage.transfer.importing import import_file
from storage.transfer.job_folder import JobKind, JobState
from storage.transfer.label_choice import read_label_choice
from tests.support.model_jobs import add_problem, ended
from tests.support.pages import ROOT
from tests.support.scripted import CompletingPolicy, ScriptedPolicy, ScriptedRewardModel
from tests.support.waiting import PATIENCE, awaited
from visualprm_ui.use_cases import rollout_job_work
from visualprm_ui.use_cases.model_job_files import ModelJobFiles, RolloutFigures
from visualprm_ui.use_cases.model_job_request import ROLLOUT_SAMPLING, RolloutSettings, Wanted, new_request
from visualprm_ui.use_cases.model_jobs import JobOptions, ModelJobs
from visualprm_ui.use_cases.rollout_job_work import RolloutJobWork

RIGHT, WRONG = "So.\n\nFinal answer: 1", "So.\n\nFinal answer: 2"  # of problems whose answer is 1
LABEL = JobOptions(rollouts=RolloutSettings(samples=False, completions=4))
BOTH = JobOptions(rollouts=RolloutSettings(samples=True, completions=4))
PLANNED = JobOptions(rollouts=LABEL.rollouts, plan_first=True)
TWO = Sampling(n=2, temperature=1.0, top_k=50)


@contextmanager
def opened(store: Store, policy: object) -> Iterator[ModelJobs]:
    """Jobs with a policy; both the jobs and the engine are closed."""
    engine = Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel()))
    engine.wait_ready(PATIENCE)
    with engine, closing(ModelJobs(store, engine)) as jobs:
        jobs.take_up()
        yield jobs


def by_draw(text: str, draw: int) -> str:
    """Half of the completions reach the answer, but none after a step that says "bad"."""
    return RIGHT if draw % 2 == 0 and "bad" not in text else WRONG


def labels_of(store: Store, solution: str) -> list[tuple[int, int, Label | None]]:
    (found,) = store.runs.list_rollout_labels([solution])[solution]
    return [(each.reached, each.drawn, each.label) for each in found.steps]


def test_solutions_are_labelled_with_their_record(store):
    problem, (one, two) = add_problem(store, "Q1", ["a", "bad", "Final answer: 2"], ["Final answer: 1"])
    with opened(store, CompletingPolicy(["One."], by_draw)) as jobs:
        extent = jobs.count(Wanted(), ROLLOUT_SAMPLING, LABEL.rollouts)
        assert (extent.problems, extent.solutions, extent.completions, extent.estimate) == (1, 2, 8, None)
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL).job.id)
        assert (job.job.state, job.job.kind, job.job.done, job.failed) == (JobState.DONE, JobKind.LABEL, 2, 0)
        assert (job.figures.solutions, job.figures.completions, job.request.reward_model) == (2, 8, None)
        known = jobs.count(Wanted(), ROLLOUT_SAMPLING, LABEL.rollouts).estimate
        assert (known.completions, known.measured_solutions) == (8, 2), "by the job of before"
    right, wrong = Label.CORRECT, Label.WRONG
    assert labels_of(store, one) == [(2, 4, right), (0, 4, wrong), (0, 1, wrong)]
    assert labels_of(store, two) == [(1, 1, right)], "what the solution itself comes to"
    (found,) = store.runs.list_rollout_labels([one])[one]
    assert (found.record.policy_model, found.record.policy_revision, found.record.job) == ("scripted", "1", job.job.id)
    assert (found.record.sampling, found.record.completions) == (Sampling(n=1, temperature=1.0, top_k=50), 4)
    assert store.results.get_solution(one).problem.id == problem


def test_what_was_measured_in_just_this_way_is_left_out_and_other_ways_stand_beside_it(store):
    _problem, (one,) = add_problem(store, "Q1", ["a", "Final answer: 1"])
    policy = CompletingPolicy(["One."], by_draw)
    with opened(store, policy) as jobs:
        for asked, options, measurements in (
            (ROLLOUT_SAMPLING, LABEL, 1),
            (ROLLOUT_SAMPLING, LABEL, 1),
            (Sampling(n=9, temperature=1.0, top_k=50, seed=7), LABEL, 2),
            (ROLLOUT_SAMPLING, JobOptions(rollouts=RolloutSettings(samples=False, mode=RolloutMode.FIRST_SUCCESS)), 3),
        ):
            job = ended(jobs, jobs.start(Wanted(), asked, "ada", options=options).job.id)
            assert job.job.state is JobState.DONE
            assert len(store.runs.list_rollout_labels([one])[one]) == measurements
            assert job.report.total + job.report.already == 1
    assert len(policy.asked) == 3


def test_an_estimate_reads_the_newest_job_that_fits_and_no_other(store, monkeypatch):
    """It read the figures, failures and counts of every job there ever was."""
    add_problem(store, "Q1", ["a", "Final answer: 1"])
    add_problem(store, "Q2", ["a", "b", "Final answer: 1"], source="more")
    other = JobOptions(rollouts=RolloutSettings(samples=False, mode=RolloutMode.FIRST_SUCCESS))
    read = []

    def sum_figures(files):
        read.append(files._folder.name)
        return sum_all(files)

    sum_all = ModelJobFiles.sum_figures
    with opened(store, CompletingPolicy(["One."], by_draw)) as jobs:
        started = [
            ended(jobs, jobs.start(wanted, ROLLOUT_SAMPLING, "ada", options=options).job.id).job.id
            for wanted, options in ((Wanted(data_source="test"), LABEL), (Wanted(), LABEL), (Wanted(), other))
        ]
        monkeypatch.setattr(ModelJobFiles, "sum_figures", sum_figures)
        known = jobs.count(Wanted(), ROLLOUT_SAMPLING, LABEL.rollouts).estimate
    assert (known.measured_solutions, read) == (1, [started[1]])


def test_problems_without_a_reference_answer_are_left_out_and_counted(store):
    _good, (good,) = add_problem(store, "Q1", ["a", "Final answer: 1"])
    for answer in (None, "  "):
        problem = Problem(question=f"Q {answer}", answer=answer)
        store.runs.add_problem(problem)
        store.runs.add_solution(None, Solution(problem_id=problem.id, steps=("a",), policy_model="p"))
    with opened(store, CompletingPolicy(["One."], by_draw)) as jobs:
        extent = jobs.count(Wanted(), TWO, BOTH.rollouts)
        assert (extent.problems, extent.solutions, extent.unanswered, extent.completions) == (1, 2, 2, None)
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL).job.id)
        assert (job.report.total, job.report.unanswered, job.job.done) == (1, 2, 1)
        with pytest.raises(BadSetting, match="None of these problems has a reference answer"):
            jobs.start(Wanted(problems=(problem.id,)), TWO, "ada", options=BOTH)
    assert labels_of(store, good)[0] == (2, 4, Label.CORRECT)


def test_sampled_solutions_are_a_run_with_labels_and_join_the_queue(store):
    add_problem(store, "Q1")
    project = store.projects.add_project("P")
    with opened(store, CompletingPolicy(["One."], lambda text, draw: RIGHT if draw else WRONG)) as jobs:
        options = JobOptions(rollouts=BOTH.rollouts, project=project.id)
        job = ended(jobs, jobs.start(Wanted(), TWO, "ada", options=options).job.id)
        assert (job.job.state, job.job.kind) == (JobState.DONE, JobKind.SAMPLE_AND_LABEL)
        assert (job.report.queued, job.report.total) == (2, 1)
    ((ids),) = (each.solutions for each in store.projects.list_selected(Selection()))
    assert [labels_of(store, each)[-1] for each in ids] == [(0, 1, Label.WRONG), (1, 1, Label.CORRECT)]
    run = store.runs.get_run(store.results.get_solution(ids[0]).run_id)
    assert (run.run.sampling, run.run.record.job, run.scorings) == (TWO, job.job.id, ())
    assert store.runs.list_runs() == ()


def test_what_cannot_be_labelled_is_kept_with_its_reason_and_tried_again(store):
    _problem, (bad,) = add_problem(store, "Q1", ["odd", "b"])
    _other, (good,) = add_problem(store, "Q2", ["a", "b"])
    broken = [True]

    def complete(text: str, draw: int) -> str:
        if "odd" in text and broken:
            raise InvalidRequest("It leaves no room in the model's context.")
        return RIGHT

    with opened(store, CompletingPolicy(["One."], complete)) as jobs:
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL).job.id)
        (failure,) = job.failures
        assert (failure.solution, failure.reason) == (bad, "It leaves no room in the model's context.")
        assert (job.job.state, job.job.done, job.failed) == (JobState.DONE, 2, 1)
        assert labels_of(store, good)[0] == (4, 4, Label.CORRECT)
        broken.clear()
        assert ended(jobs, jobs.resume(job.job.id).job.id).failed == 0
    assert labels_of(store, bad)[0] == (4, 4, Label.CORRECT)


def test_the_plan_comes_first_and_the_job_goes_on_behind_it(store, monkeypatch):
    monkeypatch.setattr(rollout_job_work, "SAMPLE_SECONDS", 0.0)
    solutions = [add_problem(store, f"Q{number}", ["a", "b", "c"])[1][0] for number in range(4)]
    policy = CompletingPolicy(["One."], by_draw)
    with opened(store, policy) as jobs:
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=PLANNED).job.id)
        assert (job.job.state, job.job.done, job.estimate) == (JobState.READY, 0, None), "nothing had to be measured"
        monkeypatch.setattr(rollout_job_work, "SAMPLE_SECONDS", 1e-9)
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=PLANNED).job.id)
        assert (job.job.state, job.job.done, job.report.total, job.is_plan) == (JobState.READY, 1, 4, True)
        assert (job.estimate.completions, job.estimate.measured_solutions) == (4 * 8, 1)
        assert job.estimate.seconds == pytest.approx(4 * job.figures.seconds)
        done = ended(jobs, jobs.resume(job.job.id).job.id)
        assert (done.job.state, done.job.done, done.figures.completions) == (JobState.DONE, 4, 32)
        assert not done.is_plan
    assert [len(store.runs.list_rollout_labels([each])[each]) for each in solutions] == [1] * 4
    assert len(policy.asked) == 4, "nothing was done twice"


def test_a_plan_is_dismissed_and_can_be_taken_up_again(store, monkeypatch):
    """The card of a plan came back on every page until all was labelled, or for 90 days."""
    monkeypatch.setattr(rollout_job_work, "SAMPLE_SECONDS", 1e-9)
    for number in range(3):
        add_problem(store, f"Q{number}", ["a", "b", "c"])
    policy = CompletingPolicy(["One."], by_draw)
    with opened(store, policy) as jobs:
        plan = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=PLANNED).job.id)
        assert plan.job.state is JobState.READY
        away = jobs.cancel(plan.job.id)
        assert (away.job.state, away.job.done, away.is_plan) == (JobState.CANCELLED, 1, False)
        assert away.estimate == plan.estimate, "what all takes is known still"
        assert jobs.cancel(plan.job.id).job == away.job
        done = ended(jobs, jobs.resume(plan.job.id).job.id)
        assert (done.job.state, done.job.done) == (JobState.DONE, 3)
    assert len(policy.asked) == 3, "nothing was done twice"


def test_a_job_that_makes_the_plan_tells_how_far_that_is(store, tmp_path, monkeypatch):
    """It told "8 of 881, 1 %" while it measured the few that the plan takes."""
    monkeypatch.setattr(rollout_job_work, "SAMPLE_SECONDS", 1e9)
    for number in range(4):
        add_problem(store, f"Q{number}", ["a", "b", "c"])
    told = []

    def tell(done: int, share: float | None, before: float = 0.0) -> None:
        told.append((done, share, before))

    engine = Engine(lambda: Models(policy=CompletingPolicy(["One."], by_draw), reward_model=ScriptedRewardModel()))
    engine.wait_ready(PATIENCE)
    with engine:
        request = new_request(engine.status(), Wanted(), ROLLOUT_SAMPLING, None, LABEL.rollouts)
        files = ModelJobFiles(tmp_path)
        files.write_named((), ())
        files.add_figures(RolloutFigures(problem="of before", seconds=5e8))
        assert RolloutJobWork(store, engine, "job", request, files, tell).plan() is JobState.DONE
    assert {round(share, 3) for done, share, _before in told if done < 2 and share is not None} == {0.5}
    assert told[-1] == (4, 1.0, 0.5), "nothing was left to measure"


def test_a_policy_that_cannot_go_on_from_a_beginning_ends_the_job_with_the_reason(store):
    for number in range(25):
        add_problem(store, f"Q{number}", ["a", "b"])
    with opened(store, ScriptedPolicy(["One."])) as jobs:
        job = ended(jobs, jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL).job.id)
    assert job.job.state is JobState.FAILED
    assert "scripted cannot go on from a beginning" in job.job.message


def test_what_makes_no_sense_is_refused_at_once(store):
    problem, (solution,) = add_problem(store, "Q", ["a"])
    with opened(store, CompletingPolicy(["One."], by_draw)) as jobs:
        for wanted, options, error, words in (
            (Wanted(data_source="nowhere"), LABEL, BadSetting, "No solution matches"),
            (Wanted(data_source="nowhere"), BOTH, BadSetting, "No problem matches"),
            (Wanted(problems=(problem,)), LABEL, BadSetting, "Only sampling takes problems"),
            (Wanted(solutions=(solution,)), BOTH, BadSetting, "Only scoring and labelling take solutions"),
            (Wanted(), JobOptions(rollouts=RolloutSettings(samples=False, completions=0)), InvalidRequest, "1 to 1024"),
            (Wanted(), JobOptions(rollouts=LABEL.rollouts, project="x"), BadSetting, "puts nothing in a queue"),
        ):
            with pytest.raises(error, match=words):
                jobs.start(wanted, ROLLOUT_SAMPLING, "ada", options=options)
        assert jobs.list() == []
    with opened(store, None) as jobs, pytest.raises(BadSetting, match="No policy is loaded"):
        jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL)


def test_whoever_waits_on_explore_is_served_between_two_steps(store):
    _problem, (solution,) = add_problem(store, "Q", ["a", "b"])
    begun = threading.Event()

    def complete(text: str, draw: int) -> str:
        begun.set()
        return "on " * 20_000 + RIGHT

    engine = Engine(lambda: Models(policy=CompletingPolicy(["One."], complete), reward_model=ScriptedRewardModel()))
    engine.wait_ready(PATIENCE)
    with engine, closing(ModelJobs(store, engine)) as jobs:
        job = jobs.start(Wanted(), ROLLOUT_SAMPLING, "ada", options=LABEL)
        assert begun.wait(PATIENCE)
        person = engine.solve(Problem(question="a person's"), [], Sampling(n=1))
        assert [type(each).__name__ for each in person.events()][-1] == "RunEnded"
        assert jobs.get(job.job.id).job.state is JobState.RUNNING
        jobs.cancel(job.job.id)
        assert ended(jobs, job.job.id).job.state is JobState.CANCELLED
    assert store.runs.list_rollout_labels([solution]) == {}, "nothing half done is stored"


# ---- with the shipped policy ----

EXAMPLES = ROOT / "nano" / "examples" / "problems.jsonl"
JOB = ("job", "sample-and-label", "--n", "1", "--completions", "2", "--json")


def fill(folder: Path, problems: int) -> None:
    """Put problems of the examples into a data folder."""
    rows = folder.parent / f"{folder.name}-rows"
    copytree(EXAMPLES.parent, rows)
    lines = EXAMPLES.read_text().splitlines(keepends=True)
    (rows / EXAMPLES.name).write_text("".join(lines[:problems]))
    with open_store(folder) as store:
        assert import_file(store, rows / EXAMPLES.name, "problems").errors == ()


def app(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "app.py", *JOB, "--data-dir", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def exported(folder: Path, name: str) -> bytes:
    """The rows of an export by the shipped policy."""
    out = folder.parent / f"{folder.name}-{name}"
    with open_store(folder) as store:
        export(store, out, name, ExportChoice(labels=read_label_choice("monte_carlo:nano-policy")))
    return (out / f"{name}.jsonl").read_bytes()


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.timeout(600)  # two processes load the models, a third goes on
def test_a_job_that_was_killed_ends_with_the_rows_of_one_that_was_not(tmp_path):
    """Byte for byte, with the shipped policy; the process is killed once something is stored."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        fill(folder, 3)
    process = app(whole)
    told = json.loads(process.communicate()[0].splitlines()[-1])
    assert (process.returncode, told["total"], told["failed"]) == (0, 3, 0)
    process = app(killed)
    with open_store(killed) as store:
        awaited(lambda: store.results.list_rollout_labels() or process.poll() is not None)
        assert process.poll() is None, "done before it could be killed"
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        before = sum(each.solutions for each in store.results.list_rollout_labels())
    assert 0 < before < 3
    assert app(killed).communicate()[0]
    for name in ("visualprm400k-raw", "visualprm400k"):
        rows = exported(killed, name)
        assert rows == exported(whole, name)
        assert rows.count(b"\n") > 0
