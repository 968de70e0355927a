"""Runs, problems and pictures go with all that hangs on them, which is said before.

Covers storage/deletion/preview.py, storage/deletion/removal.py, storage/runs/targets.py.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.domain import Label, Problem, ProjectOptions, Run, RunState, Sampling, now
from storage import (
    APP,
    NotFound,
    Store,
    TaskRole,
)
from storage.backup import check
from storage.database import tables
from storage.deletion.removal import delete_target, labels_sentence, preview_deletion
from storage.errors import DeletionRefused
from storage.projects.gold import GoldItem
from storage.runs.targets import Target, TargetKind
from storage.tidying import tidy
from storage.transfer.exporting import export_visualprocessbench
from tests.support.label_events import make_png
from tests.support.store_deletion import OF_A_TARGET, AddRun, count_rows, delete, make_project, run_target, solutions_of
from tests.support.store_labelling import say
from tests.support.store_projects import take


def test_every_table_that_points_at_what_can_be_deleted_is_thought_of() -> None:
    """A new table whose rows hang on a run would make deleting it fail; say in removal.py what becomes of them."""
    pointing = {
        table.name
        for table in tables.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("runs", "problems", "solutions", "images", "tasks", "queues")
    }
    assert pointing | {"images", "problems"} == OF_A_TARGET


def test_a_preview_counts_what_hangs_on_a_run(store: Store, busy_run: Run) -> None:
    found = preview_deletion(store, run_target(busy_run))
    assert found.name == "How many?"
    assert (found.problems, found.runs, found.solutions, found.scorings, found.pictures) == (1, 1, 4, 4, 1)
    assert [(each.title, each.tasks) for each in found.queues] == [("How many?", 4), ("Sums", 4)]
    # mei, bea (two) and kim; tom has begun; ada decided and judged
    assert (found.annotations, found.drafts, found.decisions, found.verdicts, found.people) == (4, 1, 1, 2, 5)
    assert (found.labels, found.file_rows, found.is_running, found.has_labels) == (3 + 1 + 6 + 3, 1, False, True)
    assert found.rollout_labels == 1
    assert labels_sentence(found) == (
        "13 labels of 5 people hang on this run (4 annotations, 1 draft, 1 decision, 2 verdicts)."
    )
    assert preview_deletion(store, Target(kind=TargetKind.PROBLEM, id=busy_run.problem_id)).labels == 13


def test_a_task_that_was_only_given_to_somebody_holds_no_label(store: Store, add_run: AddRun) -> None:
    run = add_run()
    take(store, make_project(store, run), "mei")
    found = preview_deletion(store, run_target(run))
    assert (found.has_labels, found.people) == (False, 0)
    delete_target(store, run_target(run), "mei")
    assert check(store).faults == ()


@pytest.mark.parametrize("kind", TargetKind)
def test_nothing_is_left_of_what_was_deleted(store: Store, busy_run: Run, add_run: AddRun, kind: TargetKind) -> None:
    (sha,) = store.runs.get_run(busy_run.id).problem.images
    before = count_rows(store)
    assert all(before.values()), "everything hangs on it"
    ids = {TargetKind.RUN: busy_run.id, TargetKind.PROBLEM: busy_run.problem_id, TargetKind.PICTURE: sha}
    delete(store, Target(kind=kind, id=ids[kind]))
    left = {name: count for name, count in count_rows(store).items() if count}
    assert left == {"queues": 1, "cursors": 1, "split_events": 1}, "the project's"
    assert [path for path in store.data_dir.rglob(f"{sha}*")] == []
    assert check(store).faults == ()
    with pytest.raises(NotFound, match="was deleted"):
        store.runs.get_run(busy_run.id)
    with pytest.raises(NotFound):
        delete_target(store, Target(kind=kind, id=ids[kind]), "ada")


def test_labels_of_gold_items_are_an_admins_to_delete(store: Store, add_run: AddRun) -> None:
    run = add_run()
    project = store.projects.add_project("Gold", ProjectOptions())
    (queue,) = store.projects.list_queues(project.id)
    solution = store.runs.get_run(run.id).solutions[0]
    store.projects.add_gold(queue.id, TaskRole.GOLD, [GoldItem(solution_id=solution.id, labels=(Label.WRONG,) * 3)])
    found = preview_deletion(store, run_target(run))
    assert (found.known_labels, found.has_labels) == (1, True)
    with pytest.raises(DeletionRefused, match="1 gold or quiz task"):
        delete_target(store, run_target(run), "mei")


def test_what_others_use_stays(store: Store, add_run: AddRun) -> None:
    first, second = add_run(image=make_png(30, 20)), add_run(image=make_png(30, 20), question="How few?")
    (sha,) = store.runs.get_run(first.id).problem.images
    again = Run(problem_id=first.problem_id, sampling=Sampling(), state=RunState.DONE)
    store.runs.add_run(again)
    delete(store, run_target(first))
    assert store.runs.get_run(again.id).problem.images == (sha,), "its problem has another run"
    delete(store, run_target(again))
    with pytest.raises(NotFound):
        store.runs.get_problem(first.problem_id)
    assert store.images.open(sha).size == (30, 20), "another problem shows it"
    store.images.add(make_png(30, 20), APP)
    delete_target(store, run_target(second), "ada")
    assert store.images.open(sha).size == (30, 20), "it came with the app"
    with pytest.raises(DeletionRefused, match="come with the app"):
        delete_target(store, Target(kind=TargetKind.PICTURE, id=sha), "ada")
    assert tidy(store, days=0).images == 0
    assert check(store).faults == ()


def test_a_picture_that_somebody_else_uploaded_too_stays_theirs(store: Store, add_run: AddRun) -> None:
    run = add_run(image=make_png(30, 20))
    (sha,) = store.runs.get_run(run.id).problem.images
    with store.database.write() as connection:
        connection.execute(tables.runs.update().values(made_by="mei"))
        for who in ("mei", "tom", "anonymous"):
            connection.execute(tables.image_uploads.insert().values(sha=sha, uploader=who, at=now()))
    assert preview_deletion(store, run_target(run)).pictures == 0
    delete(store, run_target(run))
    assert store.images.size(sha) == (30, 20)
    delete(store, Target(kind=TargetKind.PICTURE, id=sha))
    with pytest.raises(NotFound):
        store.images.size(sha)
    assert check(store).faults == ()


def test_labels_go_only_when_they_are_asked_for_by_name(store: Store, busy_run: Run) -> None:
    target, before = run_target(busy_run), count_rows(store)
    with pytest.raises(
        DeletionRefused, match=r"13 labels of 5 people hang on this run .* by the name of the run: How many"
    ):
        delete_target(store, target, "ada")
    with pytest.raises(DeletionRefused, match="'How' is not the name of this run, which is: How many"):
        delete_target(store, target, "ada", labels_of="How")
    assert count_rows(store) == before
    delete_target(store, target, "ada", labels_of=" How many? ")
    (line, *_older) = store.accounts.list_audit_log()
    assert (line.by, line.kind.value, line.name) == ("ada", "deleted", None)
    assert line.detail == f"run {busy_run.id}: 4 solutions, 13 labels of 5 people"


def test_a_run_in_progress_is_stopped_first(store: Store, add_run: AddRun) -> None:
    problem = store.runs.get_run(add_run().id).problem
    running = Run(problem_id=problem.id, sampling=Sampling())
    store.runs.add_run(running)
    for target in (run_target(running), Target(kind=TargetKind.PROBLEM, id=problem.id)):
        assert preview_deletion(store, target).is_running
        with pytest.raises(DeletionRefused, match="Stop it first"):
            delete_target(store, target, "ada")


def test_a_name_is_short_and_on_one_line(store: Store) -> None:
    for question, name in (
        ("  \n\n What   is it? \nTell.", "What is it?"),
        ("a" * 39 + " bcd", "a" * 39),
        ("\n", None),
    ):
        problem = Problem(question=question)
        store.runs.add_problem(problem)
        found = preview_deletion(store, Target(kind=TargetKind.PROBLEM, id=problem.id))
        assert found.name == (name or problem.id[:12])


def test_killed_before_the_files_are_gone_it_leaves_what_tidy_finds(
    store: Store, busy_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    (sha,) = store.runs.get_run(busy_run.id).problem.images
    monkeypatch.setattr(type(store.images), "remove_unnamed", killed)
    with pytest.raises(KeyboardInterrupt):
        delete(store, run_target(busy_run))
    assert store.images.path(sha).is_file()
    assert check(store).faults == ()
    assert tidy(store, days=0).files == 2  # the picture and its thumbnail
    assert list(store.data_dir.rglob(f"{sha}*")) == []


def test_killed_within_the_transaction_it_leaves_everything(
    store: Store, busy_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    before = count_rows(store)
    monkeypatch.setattr("storage.accounts.audit_log.note", killed)
    with pytest.raises(KeyboardInterrupt):
        delete(store, run_target(busy_run))
    assert count_rows(store) == before
    assert check(store).faults == ()


def test_a_picture_that_is_uploaded_again_meanwhile_stays(
    store: Store, busy_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = type(store.images).remove_unnamed

    def after_an_upload(images: Any, shas: Sequence[str]) -> None:
        store.images.add(make_png(30, 20))
        remove(images, shas)

    (sha,) = store.runs.get_run(busy_run.id).problem.images
    monkeypatch.setattr(type(store.images), "remove_unnamed", after_an_upload)
    delete(store, run_target(busy_run))
    assert store.images.open(sha).size == (30, 20)
    assert check(store).faults == ()


def test_the_labels_that_would_go_can_be_exported_alone(
    store: Store, busy_run: Run, add_run: AddRun, tmp_path: Path
) -> None:
    other = add_run(question="How few?")
    say(store, solutions_of(store, other)[0], "kim", "+++")
    everything = export_visualprocessbench(store, tmp_path / "all")
    assert everything.rows == 3
    for target, rows in (
        (run_target(busy_run), 2),
        (Target(kind=TargetKind.PROBLEM, id=other.problem_id), 1),
        (Target(kind=TargetKind.PICTURE, id=store.runs.get_run(busy_run.id).problem.images[0]), 2),
    ):
        assert export_visualprocessbench(store, tmp_path / target.kind, target=target).rows == rows
    with pytest.raises(NotFound):
        export_visualprocessbench(store, tmp_path / "none", target=Target(kind=TargetKind.RUN, id="nope"))
