"""Slots of tasks: what takes one, what opens one, and that the stored counts are those of the drafts."""

import pytest

from engine.domain import Label, ProjectOptions, SkipReason
from storage import Blocked, EventKind, GoldItem, Store, TaskRole
from storage.backup import check
from tests.support.label_events import act, label
from tests.support.store_projects import add_solutions, expire, finish, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def slot_states(store: Store) -> list[int]:
    with store.database.read() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT slot_state FROM tasks ORDER BY position")]


def test_two_leases_that_run_out_together_open_two_slots(store: Store) -> None:
    queue = open_project(store, 1, overlap=2)
    for who in (ADA, BOB):
        take(store, queue, who)
    for who in (ADA, BOB):
        expire(store, who)
    assert len(work(store, queue, EVE)) == 1
    assert store.labelling.get_queue(queue, "dan").mine == 1
    assert check(store).faults == ()


@pytest.mark.parametrize("damage", ["slot_state = 1", "finished = 2 WHERE finished = 1"])
def test_check_finds_slots_and_counts_that_the_drafts_do_not_lead_to(store: Store, damage: str) -> None:
    queue = open_project(store, 2, overlap=1)
    work(store, queue, ADA, most=1)
    with store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE tasks SET {damage}")
    assert check(store).faults == (f"queue {queue}: its slots are not those its drafts take",)


def test_an_event_takes_a_slot_again_that_was_open(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    skipped = take(store, queue, BOB)
    store.labelling.save_events(BOB, [act(skipped.id, EventKind.SKIP, skip_reason=SkipReason.NOT_UNDERSTOOD)])
    task = take(store, queue, ADA)
    expire(store, ADA)
    store.labelling.next_task(queue, BOB)  # opens her slot, and is not given what he has skipped
    assert slot_states(store) != [0]
    store.labelling.save_events(ADA, [label(task.id, 0, Label.WRONG)])
    assert slot_states(store) == [0]
    assert isinstance(store.labelling.next_task(queue, EVE), Blocked)
    assert check(store).faults == ()


def test_reopening_keeps_the_slot(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    finish(store, task, ADA)
    store.labelling.save_events(ADA, [act(task.id, EventKind.REOPEN, 60)])
    assert isinstance(store.labelling.next_task(queue, BOB), Blocked)
    assert take(store, queue, ADA).id == task.id


def test_a_larger_overlap_opens_finished_solutions_to_others(store: Store) -> None:
    queue = open_project(store, 3, overlap=1)
    work(store, queue, ADA)
    assert store.labelling.next_task(queue, BOB) is None
    (project,) = store.projects.list_projects()
    store.projects.update_project(project.id, options=ProjectOptions(overlap=2))
    assert len(work(store, queue, BOB)) == 3
    assert (store.labelling.next_task(queue, ADA), slot_states(store)) == (None, [0, 0, 0])
    assert check(store).faults == ()


def test_without_an_overlap_a_task_is_taken_up_again_however_many_finished_it(store: Store) -> None:
    queue = open_project(store, 1)
    task = take(store, queue, ADA)
    expire(store, ADA)
    work(store, queue, BOB)
    assert take(store, queue, ADA).id == task.id
    assert check(store).faults == ()


def test_a_quiz_that_was_left_is_taken_up_again_however_many_finished_it(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, quiz_pass=0.5)
    (solution,) = add_solutions(store, 1)
    known = GoldItem(solution_id=solution, labels=(Label.CORRECT, Label.CORRECT))
    store.projects.add_gold(queue, TaskRole.QUIZ, [known])
    quiz = take(store, queue, ADA)
    expire(store, ADA)
    work(store, queue, BOB)
    assert take(store, queue, ADA).id == quiz.id
    assert check(store).faults == ()
