"""Guided searches of runs: kept with the run round by round, exported, deleted; and the independent run to compare with.

Covers storage/database/branch_tables.py.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain import Aggregation, FinishReason, Problem, Run, RunState, Sampling
from engine.outcomes.guided_search import BeamPlan, GuidedSearch, SearchRound, SearchTry
from storage import EVERYTHING, Store, Viewer, open_store
from storage.backup import check
from storage.deletion.removal import delete_target
from storage.runs.searches import MOST_CANDIDATES
from storage.runs.targets import Target, TargetKind
from storage.transfer.full_export import export_full
from storage.transfer.full_import import import_full
from tests.support.label_events import make_png

AddRun = Callable[..., Run]

PLAN = BeamPlan(width=2, expansions=3, how=Aggregation.MIN)
ROUNDS = tuple(
    SearchRound(
        step=step,
        tokens=40 + step,
        tries=(
            SearchTry(
                parent=parent, text="Add 3. ∠ 😀", finish=None, score=0.5, step_score=0.25, count=5, is_kept=True
            ),
            SearchTry(
                parent=parent,
                text="Final answer: 5",
                finish=FinishReason.STOP,
                score=None,
                step_score=None,
                count=1,
                is_kept=False,
            ),
        ),
    )
    for step, parent in enumerate((None, 0))
)


def searched(store: Store, problem: Problem, **fields: object) -> Run:
    run = Run(problem_id=problem.id, sampling=Sampling(n=2), **fields)  # type: ignore[arg-type]
    store.runs.add_problem(problem)
    store.runs.add_run(run, PLAN)
    return run


def test_a_search_is_read_back_as_far_as_it_came(store: Store, add_run: AddRun) -> None:
    run = searched(store, Problem(question="What?"))
    assert store.runs.get_run(run.id).search == GuidedSearch(plan=PLAN)
    for each in ROUNDS:
        store.runs.add_round(run.id, each)
    found = store.runs.get_run(run.id).search
    assert found == GuidedSearch(plan=PLAN, rounds=ROUNDS)
    assert found is not None
    assert found.tokens == 81
    other = add_run()
    assert store.runs.get_run(other.id).search is None, "independent solutions"
    listed = {each.run.id: each.is_search for each in store.runs.list_runs()}
    assert listed == {run.id: True, other.id: False}


def test_a_search_that_a_job_made_is_stored_with_its_run_once(store: Store) -> None:
    problem = Problem(question="How many?")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(n=2), state=RunState.DONE)
    search = GuidedSearch(plan=PLAN, rounds=ROUNDS)
    for _time in range(2):  # again is a no-op
        store.runs.add_finished_run(run, [], search=search)
    assert store.runs.get_run(run.id).search == search


def test_it_is_exported_with_everything_and_deleted_with_its_run(store: Store, tmp_path: Path) -> None:
    run = searched(store, Problem(question="What?"))
    store.runs.add_round(run.id, ROUNDS[0])
    store.runs.update_run(replace(run, state=RunState.DONE))
    export_full(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        assert import_full(other, tmp_path / "out").errors == ()
        assert other.runs.get_run(run.id).search == GuidedSearch(plan=PLAN, rounds=ROUNDS[:1])
        delete_target(other, Target(kind=TargetKind.RUN, id=run.id), "ada")
        other.runs.add_round(run.id, ROUNDS[1])  # a last one of a run that was deleted meanwhile
        assert check(other).faults == ()


def independent(store: Store, problem: Problem, **fields: object) -> str:
    run = Run(problem_id=problem.id, sampling=Sampling(n=6), **{"state": RunState.DONE, **fields})  # type: ignore[arg-type]
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    return run.id


def test_runs_beside_it_are_those_of_the_same_question_with_independent_solutions(store: Store, png: bytes) -> None:
    image = store.images.add(png).sha
    run = searched(store, Problem(question="What?", images=(image,)), made_by="ada", state=RunState.DONE)
    assert store.runs.independent_runs(run.id, EVERYTHING) == ()
    first = independent(store, Problem(question="What?", images=(image,)), made_by="ada")
    assert store.runs.independent_runs(run.id, EVERYTHING) == (first,)
    newest = independent(store, Problem(question="What?", images=(image,)), made_by="ada")
    independent(store, Problem(question="What?"), made_by="ada")  # without the picture
    independent(store, Problem(question="Which?", images=(image,)), made_by="ada")
    independent(store, Problem(question="What?", images=(image,)), made_by="ada", state=RunState.STOPPED)
    searched(store, Problem(question="What?", images=(image,)), made_by="ada", state=RunState.DONE)
    assert store.runs.independent_runs(run.id, EVERYTHING) == (newest, first)


@pytest.mark.parametrize("has_picture", [True, False])
def test_a_question_that_is_asked_of_every_picture_hides_no_run(store: Store, png: bytes, has_picture: bool) -> None:
    """Only the newest runs of the question were looked at, whatever their pictures were."""
    image, other = (store.images.add(each).sha for each in (png, make_png(9, 9)))
    images = (image,) if has_picture else ()
    run = searched(store, Problem(question="What?", images=images), made_by="ada", state=RunState.DONE)
    first = independent(store, Problem(question="What?", images=images), made_by="ada")
    for _ in range(MOST_CANDIDATES):
        independent(store, Problem(question="What?", images=(other,)), made_by="ada")
    assert store.runs.independent_runs(run.id, EVERYTHING) == (first,)


@pytest.mark.parametrize(("name", "is_theirs"), [("ada", True), ("tom", False), (None, False)])
def test_runs_beside_it_are_of_their_own_list(store: Store, name: str | None, is_theirs: bool) -> None:
    problem = Problem(question="What?")
    run = searched(store, problem, made_by="ada", state=RunState.DONE)
    other = independent(store, problem, made_by="ada")
    independent(store, problem, made_by="mei")
    assert store.runs.independent_runs(run.id, Viewer(name=name)) == ((other,) if is_theirs else ())
    assert store.runs.independent_runs(run.id, EVERYTHING) == (other,), "not somebody else's, whoever looks"
