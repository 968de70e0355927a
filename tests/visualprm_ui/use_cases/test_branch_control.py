"""Whose a branch is: who stops it, how many one may have, and what becomes of it when nobody waits or its run is gone.

Covers visualprm_ui/use_cases/branch_control.py, visualprm_ui/use_cases/live_branches.py.
"""

import logging
import threading

import pytest

from engine import InvalidRequest
from engine.domain import Role, RunState
from storage.database import tables
from storage.runs.targets import Target, TargetKind
from tests.support.calibration import kept_map
from tests.support.scripted import scripted_engine
from tests.support.waiting import awaited
from tests.visualprm_ui.use_cases.test_run_control import ask
from tests.visualprm_ui.use_cases.test_run_owners import guest, person
from visualprm_ui.access.identity import ANONYMOUS
from visualprm_ui.use_cases import branch_control, live_branches, run_places
from visualprm_ui.use_cases.branch_control import BranchForm, seed_of
from visualprm_ui.use_cases.live_branches import BranchKind
from visualprm_ui.use_cases.run_control import NotOwner
from visualprm_ui.use_cases.run_places import MOST_RUNS
from visualprm_ui.use_cases.workbench import Workbench

ADA = person("ada", Role.ADMIN)


@pytest.fixture
def held(store):
    """A workbench whose branches wait for a gate, and the gate."""
    gate = threading.Event()
    with scripted_engine(["Final answer: 5"], complete=lambda text, draw: "Final answer: 5", gate=gate) as engine:
        yield Workbench(store, engine), gate
        gate.set()


@pytest.fixture
def nobodys(run, store):
    """The run, made by nobody who can be told from others: everybody may go on from its steps."""
    with store.database.write() as connection:
        connection.execute(tables.runs.update().values(made_by=None))
    return run


def start(workbench, run, principal, kind=BranchKind.ROLLOUTS):
    solution = workbench.store.runs.get_run(run.id).solutions[0]
    return workbench.branches.start(run.id, BranchForm(kind=kind, solution=solution.id, step=0, n=2), principal)


def wait_for_end(workbench, branch_id):
    awaited(lambda: workbench.runs.branches.get(branch_id) is None)


def test_a_kept_map_says_what_scores_of_continued_solutions_mean(store):
    """They said nothing of it, though the map was measured for the very models that wrote and scored them."""
    texts = ["One.\n\nFinal answer: 5"]
    with scripted_engine(texts, complete=lambda text, draw: "Final answer: 5", judge=lambda step: 0.4) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        run = awaited(lambda: store.runs.get_run(run_id), lambda found: found.run.state is RunState.DONE).run
        wait_for_end(workbench, start(workbench, run, ADA, BranchKind.SOLUTIONS))

        def calibrated():
            (found,) = workbench.branches.view(run_id, ADA)["continuations"]
            return [(step["score"], step["calibrated"]) for card in found["cards"] for step in card["steps"]]

        plain = calibrated()
        assert plain == [(0.4, None)] * len(plain) != []
        pair = ("policy_model", "policy_revision", "reward_model", "reward_model_revision", "prompt_version")
        store.runs.add_calibration_map(
            kept_map((0.2, 0.25), (0.6, 0.75), **{name: getattr(run.record, name) for name in pair})
        )
        assert calibrated() == [(0.4, pytest.approx(0.5))] * len(plain)


def test_nobody_stops_a_strangers_branch_but_from_the_same_browser_or_address(held, nobodys):
    """All browsers without a cookie have one name: each could stop what another one had asked for."""
    workbench, _gate = held
    bare = start(workbench, nobodys, guest(ANONYMOUS, "10.0.0.7"))
    of_guest = start(workbench, nobodys, guest("guest-1", "10.0.0.1"))
    for branch, other in (
        (bare, guest(ANONYMOUS, "10.0.0.8")),
        (bare, guest("guest-1", "10.0.0.7")),
        (of_guest, guest("guest-2", "10.0.0.1")),
        (of_guest, person("mei")),
        (of_guest, person("rey", Role.REVIEWER)),
    ):
        with pytest.raises(NotOwner, match="somebody else's"):
            workbench.branches.stop(nobodys.id, branch, other)
    assert workbench.branches.stop(nobodys.id, bare, guest(ANONYMOUS, "10.0.0.7"))
    assert workbench.branches.stop(nobodys.id, of_guest, guest("guest-1", "10.0.0.2"))
    assert workbench.branches.stop(nobodys.id, start(workbench, nobodys, person("mei")), ADA)


def test_whoever_made_the_run_stops_what_an_admin_made_from_it(held, run):
    workbench, _gate = held
    assert workbench.branches.stop(run.id, start(workbench, run, ADA), person("annotator"))


def test_a_strangers_branch_ends_when_no_page_asks_for_it(held, nobodys, monkeypatch):
    workbench, gate = held
    abandoned, kept = start(workbench, nobodys, guest()), start(workbench, nobodys, person("mei"))
    live = workbench.runs.branches.get(abandoned)
    monkeypatch.setattr(live_branches, "ABANDONED_SECONDS", -1.0)
    wait_for_end(workbench, abandoned)  # while the model still waits for the gate
    assert live.state is RunState.STOPPED
    gate.set()
    wait_for_end(workbench, kept)
    assert [each.id for each in workbench.store.runs.get_branches(nobodys.id).rollouts] == [kept]


@pytest.mark.parametrize("kind", list(TargetKind))
def test_a_branch_ends_with_its_run(held, run, store, kind):
    workbench, _gate = held
    problem = store.runs.get_problem(run.problem_id)
    branch = start(workbench, run, person("annotator"))
    live = workbench.runs.branches.get(branch)
    of = {TargetKind.RUN: run.id, TargetKind.PROBLEM: problem.id, TargetKind.PICTURE: problem.images[0]}
    workbench.deletion.delete(Target(kind=kind, id=of[kind]), ADA, None)
    wait_for_end(workbench, branch)  # while the model still waits for the gate
    assert live.state is RunState.STOPPED


@pytest.mark.parametrize("kind", list(BranchKind))
def test_a_branch_whose_run_another_process_deleted_ends_without_a_defect(held, run, kind, caplog):
    """Its run's deletion looked like a fault of the store, with a traceback in the log."""
    workbench, gate = held
    branch = start(workbench, run, person("annotator"), kind)
    live = workbench.runs.branches.get(branch)
    elsewhere = Workbench(workbench.store, workbench.engine)
    elsewhere.deletion.delete(Target(kind=TargetKind.RUN, id=run.id), ADA, None)
    assert workbench.runs.branches.get(branch) is live
    gate.set()
    wait_for_end(workbench, branch)
    assert (live.state, live.message) == (RunState.FAILED, "The run was deleted in the meantime.")
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_an_edited_step_is_scored_within_the_limit_of_runs(held, run):
    """It was limited for strangers alone."""
    workbench, _gate = held
    mei = person("annotator")
    solution = workbench.store.runs.get_run(run.id).solutions[0]
    for _ in range(MOST_RUNS - 1):
        start(workbench, run, mei)
    with workbench.runs.places.hold(mei), pytest.raises(InvalidRequest, match="16 runs in progress"):
        start(workbench, run, mei)
    start(workbench, run, mei)
    with pytest.raises(InvalidRequest, match="16 runs in progress"):
        workbench.branches.score_edit(run.id, solution.id, 0, "Read 3.", mei)


def test_seeds_follow_from_ids(run):
    assert (seed_of("0" * 31 + "7"), seed_of("f" * 32)) == (7, 2**53 - 1)


@pytest.mark.parametrize(
    ("kind", "limit"),
    [(BranchKind.SOLUTIONS, "MOST_CONTINUATIONS"), (BranchKind.ROLLOUTS, "MOST_COMPLETIONS")],
)
def test_what_is_made_from_steps_of_one_run_has_an_end(held, run, monkeypatch, kind, limit):
    """Every look at the run reads all of it."""
    monkeypatch.setattr(branch_control, limit, 3)
    workbench, gate = held
    first = start(workbench, run, ADA, kind)
    with pytest.raises(InvalidRequest, match=r"2 .* steps of this run; 3 is the most"):
        start(workbench, run, ADA, kind)  # while the first is in progress
    gate.set()
    wait_for_end(workbench, first)
    with pytest.raises(InvalidRequest, match=r"2 .* steps of this run; 3 is the most"):
        start(workbench, run, ADA, kind)


def test_a_branch_whose_end_is_told_takes_no_place(run, store, monkeypatch):
    monkeypatch.setattr(run_places, "MOST_RUNS", 1)
    is_over, consume = threading.Event(), live_branches.LiveBranch.consume

    def consume_slowly(branch):
        consume(branch)
        is_over.wait(60)

    monkeypatch.setattr(live_branches.LiveBranch, "consume", consume_slowly)
    with scripted_engine(["Final answer: 5"], complete=lambda text, draw: "Final answer: 5") as engine:
        workbench = Workbench(store, engine)
        for times in (1, 2):
            start(workbench, run, ADA)
            awaited(lambda times=times: len(store.runs.get_branches(run.id).rollouts) == times)
            awaited(lambda: not workbench.runs.branches.count_of(ADA.owner))
        is_over.set()
