"""What is made from steps of a run's solutions on: kept with the run, and no part of what the run counts and chooses.

Covers storage/database/branch_tables.py.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.domain import Run, Sampling, Scoring, Solution, StepScore
from engine.outcomes.tally import AnswerCount, CompletionTally
from storage import Continuation, NotFound, Rollout, Store, open_store
from storage.backup import check
from storage.database import tables
from storage.deletion.removal import delete_target
from storage.runs.targets import Target, TargetKind
from storage.transfer.exporting import EDITED, export
from storage.transfer.full_export import export_full
from storage.transfer.full_import import import_full
from tests.support.store_labelling import say

AddRun = Callable[..., Run]

TALLY = CompletionTally(
    drawn=16, reached=11, cut_off=1, unread=2, answers=(AnswerCount(text="4", count=11, matches=True),)
)


def rollout_of(solution: str, **fields: object) -> Rollout:
    given: dict[str, object] = {
        "solution_id": solution,
        "first": 0,
        "last": 0,
        "policy_model": "p",
        "policy_revision": "1",
        "sampling": Sampling(n=16, seed=2, stop=("x",)),
        "tally": TALLY,
        "tokens": 90,
        "seconds": 1.5,
        "made_by": "ada",
    }
    return Rollout(**{**given, **fields})  # type: ignore[arg-type]


def go_on(store: Store, run: Run, parent: Solution, *, position: int = 0, edit: str | None = None) -> Solution:
    """Store a solution that goes on from the first step of another one, with the highest scores."""
    steps = (edit or parent.steps[0], "And so.", "Final answer: 5")
    child = Solution(problem_id=parent.problem_id, steps=steps, answer="5", policy_model="p", tokens=5)
    where = Continuation(
        solution_id=child.id,
        parent_id=parent.id,
        step=0,
        edit=edit,
        press="first",
        position=position,
        sampling=Sampling(n=1, seed=3),
        made_by="ada",
    )
    store.runs.add_continuation(run.id, child, where)
    scores = tuple(StepScore(first=at, last=at, score=1.0) for at in range(3))
    store.runs.add_scoring(run.id, Scoring(solution_id=child.id, reward_model="r", step_scores=scores))
    return child


def count(store: Store, name: str) -> int:
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[name])) or 0


def test_what_was_made_is_read_back_in_order(store: Store, add_run: AddRun) -> None:
    run = add_run()
    first, second = store.runs.get_run(run.id).solutions
    measured = (
        rollout_of(first.id),
        rollout_of(second.id, tally=CompletionTally(drawn=2, reached=None, cut_off=2, unread=0, answers=())),
    )
    for each in measured:
        store.runs.add_rollout(each)
    child, other = go_on(store, run, first), go_on(store, run, second, position=1, edit="Read 3.")
    found = store.runs.get_branches(run.id)
    assert found.rollouts == measured
    assert [(each.solution, each.continuation.edit) for each in found.solutions] == [(child, None), (other, "Read 3.")]
    (_, last) = found.solutions
    assert (last.continuation.parent_id, last.continuation.step, last.continuation.sampling.seed) == (second.id, 0, 3)
    assert last.scoring is not None
    assert len(last.scoring.step_scores) == 3
    assert store.runs.get_branches("none").solutions == ()


def test_they_are_no_part_of_what_the_run_counts_and_chooses(store: Store, add_run: AddRun) -> None:
    run = add_run()
    before = store.runs.get_run(run.id)
    (summary,) = store.runs.list_runs()
    for position in range(3):
        go_on(store, run, before.solutions[0], position=position)
    after = store.runs.get_run(run.id)
    assert after.solutions == before.solutions
    (again,) = store.runs.list_runs()
    assert (again.solutions, again.best_answer) == (summary.solutions, summary.best_answer)


def test_they_are_labelled_as_others_behind_the_draws_and_equal_ones_once(store: Store, add_run: AddRun) -> None:
    run = add_run()
    first, second = store.runs.get_run(run.id).solutions
    child = go_on(store, run, first)
    go_on(store, run, first, position=1)  # word for word the same
    queue = store.labelling.open_run_queue(run.id, "Sums")
    found = [store.labelling.task_at(queue.id, at, "mei").solution_id for at in range(queue.total)]
    assert found == [first.id, second.id, child.id]
    late = go_on(store, run, first, position=2, edit="Read 4.")
    assert store.labelling.open_run_queue(run.id, "Sums").total == 4
    assert store.labelling.task_at(queue.id, 3, "mei").solution_id == late.id
    assert set(store.runs.list_solutions_of_runs([run.id])) >= {child.id, late.id}
    assert store.labelling.blinded_runs([run.id], "mei") == {run.id}


def test_nothing_is_stored_of_what_was_deleted(store: Store, add_run: AddRun) -> None:
    run = add_run()
    first = store.runs.get_run(run.id).solutions[0]
    store.runs.add_rollout(rollout_of(first.id))
    go_on(store, run, first)
    delete_target(store, Target(kind=TargetKind.RUN, id=run.id), "ada")
    assert count(store, "rollouts") == count(store, "continuations") == count(store, "solutions") == 0
    with pytest.raises(NotFound, match="deleted in the meantime"):
        store.runs.add_rollout(rollout_of(first.id))
    with pytest.raises(NotFound, match="deleted in the meantime"):
        go_on(store, run, first)
    assert count(store, "solutions") == 0
    assert check(store).faults == ()


def test_an_export_of_everything_has_them(store: Store, add_run: AddRun, tmp_path: Path) -> None:
    run = add_run()
    first = store.runs.get_run(run.id).solutions[0]
    store.runs.add_rollout(rollout_of(first.id))
    go_on(store, run, first, edit="Read 3.")
    export_full(store, tmp_path / "export")
    with open_store(tmp_path / "elsewhere") as other:
        assert import_full(other, tmp_path / "export").errors == ()
        assert other.runs.get_branches(run.id) == store.runs.get_branches(run.id)
        assert import_full(other, tmp_path / "export").added == 0


def test_an_export_says_which_solutions_hold_a_step_that_a_person_rewrote(
    store: Store, add_run: AddRun, tmp_path: Path
) -> None:
    """They were written as if the policy had written every step, and nobody was told."""
    run = add_run(solutions=1)
    (parent,) = store.runs.get_run(run.id).solutions
    edited, plain = go_on(store, run, parent, edit="Mine."), go_on(store, run, parent, position=1)
    for at, (of, step) in enumerate(((edited, 1), (plain, 1), (parent, 0))):  # of these the first holds it, too
        child = replace(of, id=f"child {at}", draw=None, steps=(*of.steps[: step + 1], "Else."))
        where = {
            "solution_id": child.id,
            "parent_id": of.id,
            "step": step,
            "edit": None,
            "press": "two",
            "position": at,
        }
        store.runs.add_continuation(run.id, child, Continuation(**where, sampling=Sampling(n=1)))  # type: ignore[arg-type]
    report = export(store, tmp_path / "solutions", "solutions")
    assert (report.rows, report.cannot_hold) == (6, {EDITED: 2})
    for name in ("visualprocessbench", "prm800k"):
        say(store, edited.id, "ada", "+++")
        assert export(store, tmp_path / name, name).cannot_hold[EDITED] == 1
