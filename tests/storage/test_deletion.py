"""Runs, problems and pictures go with all that hangs on them, and what stays goes on as if they had never been.

Covers storage/deletion/preview.py, storage/deletion/removal.py, storage/labelling/task_removal.py, storage/runs/targets.py,
storage/cli/deletion.py.
"""

import io
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.domain import Cause, Decision, Label, LabelTask, Problem, ProjectOptions, Run, RunState, Sampling, now
from engine.evaluation.agreement import measure_agreement
from storage import (
    APP,
    DisagreementFilter,
    EventKind,
    FinishedWork,
    NotFound,
    ReviewVerdict,
    Scope,
    Selection,
    SplitState,
    Store,
    TaskRole,
)
from storage.__main__ import main
from storage.backup import check
from storage.database import tables
from storage.deletion.removal import delete_target, labels_sentence, preview_deletion
from storage.errors import DeletionRefused
from storage.projects.gold import GoldItem
from storage.runs.imported_rows import ImportedRow
from storage.runs.targets import Target, TargetKind
from storage.tidying import tidy
from storage.transfer.exporting import export_visualprocessbench
from tests.support.label_events import act, label, make_png
from tests.support.store_labelling import say, submit
from tests.support.store_projects import expire, finish, take, work

AddRun = Callable[..., Run]
OF_A_TARGET = {  # tables with rows that hang on a run, a problem or a picture
    "annotations",
    "cursors",
    "decisions",
    "drafts",
    "events",
    "image_uploads",
    "images",
    "imported_rows",
    "problem_images",
    "problems",
    "queues",
    "runs",
    "scorings",
    "solutions",
    "split_events",
    "tasks",
    "verdicts",
}


def run_target(run: Run) -> Target:
    return Target(kind=TargetKind.RUN, id=run.id)


def delete(store: Store, target: Target) -> None:
    """Delete it with all labels."""
    delete_target(store, target, "ada", labels_of=preview_deletion(store, target).name)


def count_rows(store: Store) -> dict[str, int]:
    """How many rows every table has that anything hangs in."""
    with store.database.read() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(tables.metadata.tables[name])) or 0
            for name in OF_A_TARGET
        }


def solutions_of(store: Store, run: Run) -> list[str]:
    return [each.id for each in store.runs.get_run(run.id).solutions]


@pytest.fixture
def busy_run(store: Store, add_run: AddRun) -> Run:
    """A run on which everything hangs that can."""
    run = add_run(solutions=4, image=make_png(30, 20), question="How  many?\nSay it.")
    (sha,) = store.runs.get_run(run.id).problem.images
    store.images.thumbnail(sha, 80)
    with store.database.write() as connection:
        for who in ("mei", "anonymous"):
            connection.execute(tables.image_uploads.insert().values(sha=sha, uploader=who, at=now()))
        connection.execute(tables.runs.update().values(made_by="mei"))
    of_run = store.labelling.open_run_queue(run.id, "How many?")
    submit(store, of_run.id, 0, "mei", "+0-")
    task = store.labelling.task_at(of_run.id, 1, "tom")
    assert isinstance(task, LabelTask)
    store.labelling.save_events("tom", [label(task.id, 0, Label.WRONG)])
    queue = make_project(store, run, overlap=1, review_share=1.0, split_size=2)
    work(store, queue, "bea", most=2)
    accept(store, queue, 0)
    first = solutions_of(store, run)[0]
    store.results.add_decision(
        Decision(solution_id=first, labels=(Label.CORRECT,) * 3, by="ada", cause=Cause.SLIP, queue_id=of_run.id)
    )
    say(store, first, "kim", "---")
    store.runs.add_imported_row(ImportedRow(solution_id=first, source="file", labels=(Label.CORRECT,) * 3))
    return run


def make_project(store: Store, *runs: Run, **options: object) -> str:
    """A project over the solutions of runs; return its queue."""
    project = store.projects.add_project("Sums", ProjectOptions(evaluation_share=0.0, **options))  # type: ignore[arg-type]
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(runs=tuple(run.id for run in runs)))
    return queue.id


def accept(store: Store, queue: str, split: int) -> None:
    """Judge the whole sample of a split right, and accept it."""
    for each in store.projects.list_sample(queue, split):
        shown = FinishedWork(task_id=each.task_id, annotator=each.annotator, labels=each.labels)
        store.projects.add_verdict("ada", queue, split, shown, ReviewVerdict.RIGHT)
    store.projects.accept_split("ada", queue, split)


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


# ---- what stays goes on ----


def test_an_assignment_list_closes_up_and_the_queue_counts_what_is_left(store: Store, add_run: AddRun) -> None:
    first, second = add_run(solutions=3), add_run(solutions=3, question="How few?")
    queue = make_project(store, first, second, overlap=1)
    work(store, queue, "mei", most=4)  # three of the first run, one of the second
    at_work = take(store, queue, "mei")
    delete(store, run_target(first))
    mine = store.labelling.get_queue(queue, "mei")
    assert (mine.queue.total, mine.done, mine.mine) == (3, 1, 3)
    again = store.labelling.task_at(queue, 1, "mei")
    assert isinstance(again, LabelTask)
    assert (again.id, again.sequence_no, again.total) == (at_work.id, 1, 3)
    progress = store.projects.get_progress(queue)
    assert (progress.total, progress.done) == (3, 1)
    assert len(work(store, queue, "mei")) == 2
    assert store.labelling.next_task(queue, "mei") is None
    assert check(store).faults == ()


def test_what_is_added_after_the_end_was_deleted_comes_to_everybody(store: Store, add_run: AddRun) -> None:
    """The cursors stood behind it: nobody would have got what took its positions."""
    first, last = add_run(solutions=2), add_run(solutions=2, question="How few?")
    queue = make_project(store, first, last)
    work(store, queue, "mei")
    delete(store, run_target(last))
    third = add_run(solutions=3, question="How long?")
    assert store.projects.add_items(queue, Selection(runs=(third.id,))).total == 5
    assert len(work(store, queue, "mei")) == 3
    assert len(work(store, queue, "tom")) == 5
    assert check(store).faults == ()


def test_reviewed_splits_keep_their_solutions(store: Store, add_run: AddRun) -> None:
    """Were positions closed up, unreviewed work would move into a split that was accepted."""
    first, second = add_run(solutions=3), add_run(solutions=3, question="How few?")
    queue = make_project(store, first, second, overlap=1, review_share=1.0, split_size=3)
    work(store, queue, "mei", most=4)
    accept(store, queue, 0)
    delete(store, run_target(first))
    (split,) = store.projects.list_splits(queue)
    assert (split.number, split.state, split.done, split.total) == (1, SplitState.LABELLING, 1, 3)
    work(store, queue, "mei")
    assert store.projects.list_splits(queue)[0].state is SplitState.REVIEW


def test_an_event_for_a_deleted_task_does_not_hold_up_others(store: Store, add_run: AddRun) -> None:
    first, second = add_run(), add_run(question="How few?")
    gone = store.labelling.next_task(store.labelling.open_run_queue(first.id, "A").id, "mei")
    there = store.labelling.next_task(store.labelling.open_run_queue(second.id, "B").id, "mei")
    assert isinstance(gone, LabelTask)
    assert isinstance(there, LabelTask)
    delete(store, run_target(first))
    late, good = label(gone.id, 0, Label.CORRECT), label(there.id, 0, Label.CORRECT)
    receipt = store.labelling.save_events("mei", [late, good])
    assert receipt.acknowledged == (good.uuid,)
    (refused,) = receipt.rejected
    assert (refused.uuid, "was deleted" in refused.reason) == (late.uuid, True)


def test_a_follower_of_the_feed_misses_nothing_and_sees_nothing_twice(store: Store, add_run: AddRun) -> None:
    """SQLite gave the numbers of deleted rows again, to events behind the follower's cursor."""
    first, second = add_run(), add_run(question="How few?")
    early = store.labelling.open_run_queue(first.id, "A")
    submit(store, early.id, 0, "mei", "+++")
    seen = store.results.get_feed(limit=1000)
    late = store.labelling.open_run_queue(second.id, "B")
    submit(store, late.id, 0, "mei", "---")
    cursor = store.results.get_feed(seen.cursor, limit=1000).cursor
    delete(store, run_target(second))
    assert store.results.get_feed(cursor).entries == ()
    assert store.results.get_feed(cursor).cursor == cursor
    submit(store, early.id, 1, "tom", "000")
    new = store.results.get_feed(cursor, limit=1000).entries
    assert {entry.who for entry in new} == {"tom"}
    assert [entry.kind.value for entry in new].count("label") == 3
    everything = store.results.get_feed(limit=1000)
    assert {entry.who for entry in everything.entries} == {"mei", "tom"}
    delete(store, run_target(first))
    assert store.results.get_feed(everything.cursor).entries == (), (
        "no cursor of before is taken for one of a lost backup"
    )


@pytest.mark.parametrize("seed", range(6))
def test_labelling_goes_on_to_the_end_whatever_is_deleted(store: Store, add_run: AddRun, seed: int) -> None:
    """Random projects, people who work, skip, walk away and come back, runs that are deleted in between; quiz and gold too."""
    chance = random.Random(seed)
    runs = [add_run(solutions=chance.randint(1, 5), question=f"Question {each}?", steps=2) for each in range(6)]
    overlap = chance.choice([None, 1, 2])
    people = [f"person-{each}" for each in range(3)]
    queue = make_project(store, *runs[:4], overlap=overlap, split_size=chance.randint(1, 4), review_share=0.5)
    known = [GoldItem(solution_id=each, labels=(Label.CORRECT,) * 2) for each in solutions_of(store, runs[4])]
    store.projects.add_gold(queue, TaskRole.GOLD, known)
    done: dict[str, list[str]] = {who: [] for who in people}
    store.labelling.open_run_queue(runs[0].id, "A")
    left = list(runs)
    for _turn in range(40):
        who = chance.choice(people)
        match chance.randrange(8):
            case 0 if len(left) > 1:
                delete(store, run_target(left.pop(chance.randrange(len(left)))))
                assert check(store).faults == ()
            case 1:
                expire(store, who)
            case 2:
                store.projects.release_tasks(queue, who)
            case 3 if runs[5] in left:
                store.projects.add_items(queue, Selection(runs=(runs[5].id,)))
            case _:
                do_one(store, queue, who, done, chance)
    delete(store, run_target(left.pop()))
    while any(do_one(store, queue, who, done, chance) for who in people):
        pass
    progress, tasks = store.projects.get_progress(queue), count_rows(store)["tasks"]
    assert progress.done == progress.total
    assert store.labelling.get_queue(queue, people[0]).queue.total <= tasks
    for who in people:
        assert len(done[who]) == len(set(done[who])), "nothing was given twice"
        mine = store.labelling.get_queue(queue, who)
        assert mine.done == mine.mine
    assert sum(each.items + each.skips for each in store.results.summarise_annotators(Scope(stage=None))) == sum(
        each.done for each in progress.people
    ) - sum(each.items for each in store.projects.measure_gold_accuracy(queue))
    assert measure_agreement(store.results.iter_rated(Scope()), resamples=10).overall.items <= tasks
    labelled = {each.solution_id for each in store.results.iter_rated(Scope())}
    disputed = store.results.list_disagreements(DisagreementFilter()).items
    assert labelled >= {each.solution_id for each in disputed}
    assert sum(split.total for split in store.projects.list_splits(queue)) == progress.total
    assert check(store).faults == ()


def do_one(store: Store, queue: str, who: str, done: dict[str, list[str]], chance: random.Random) -> bool:
    """Let somebody label one solution to its end, if there is one for them."""
    task = store.labelling.next_task(queue, who)
    if not isinstance(task, LabelTask):
        return False
    assert task.id not in done[who]
    finish(store, task, who, chance.choice(list(Label)), second=chance.random())
    done[who].append(task.id)
    return True


# ---- the command ----


def command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.sqlite
def test_the_command_says_what_goes_and_deletes_it(
    store: Store, busy_run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    it = ("delete", "run", busy_run.id, "--data-dir", store.data_dir)
    code, told = command(capsys, *it, "--dry-run")
    assert (code, told["name"], told["labels"], told["people"], told["queues"][1]["tasks"]) == (
        0,
        "How many?",
        13,
        5,
        4,
    )  # type: ignore[index]
    code, refused = command(capsys, *it, "--yes")
    assert (code, str(refused["error"]).startswith("13 labels of 5 people hang on this run")) == (2, True)
    code, refused = command(capsys, *it, "--labels", "--name", "How many?")
    assert (code, "--yes" in str(refused["error"])) == (2, True), "nobody is there to be asked"
    words = str(told["export"]).replace("OUT/", f"{tmp_path}/OUT").split()[3:]
    assert main([*words, "--data-dir", str(store.data_dir)]) == 0
    assert len((tmp_path / "OUT" / "test.jsonl").read_text().splitlines()) == 5  # everybody's, and the file's
    capsys.readouterr()
    code, done = command(capsys, *it, "--labels", "--name", "How many?", "--yes")
    assert (code, done["deleted"], done["solutions"]) == (0, True, 4)
    assert command(capsys, *it, "--yes")[0] == 2
    code, log = command(capsys, "people", "log", "--data-dir", store.data_dir)
    assert log["events"][0]["by"] == "command line"  # type: ignore[index]


@pytest.mark.sqlite
@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("\n", 2), ("n\n", 2)])
def test_the_command_asks_on_a_terminal(
    store: Store,
    add_run: AddRun,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    run = add_run()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert main(["delete", "run", run.id, "--data-dir", str(store.data_dir)]) == code
    printed = capsys.readouterr()
    assert "solutions: 2" in printed.out
    assert "[y/N]" in printed.err
    assert (count_rows(store)["runs"] == 0) == (code == 0)


def test_no_event_is_lost_to_a_deletion(store: Store, add_run: AddRun) -> None:
    """Work of others in the same project stays to the last event."""
    first, second = add_run(solutions=2), add_run(solutions=2, question="How few?")
    queue = make_project(store, first, second)
    for task in work(store, queue, "mei"):
        store.labelling.save_events("mei", [act(task.id, EventKind.NOTE, 5, text="seen")])
    before = [entry for entry in store.results.get_feed(limit=1000).entries]
    kept = set(solutions_of(store, second))
    delete(store, run_target(first))
    after = store.results.get_feed(limit=1000).entries
    assert list(after) == [entry for entry in before if entry.solution_id in kept]
