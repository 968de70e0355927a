"""Whom a queue is open to: the queue of a run, a project of everybody, and one of its members."""

from collections.abc import Callable

import pytest

from engine.domain import Label, LabelTask, ProjectOptions, Role, Run
from storage import Blocked, BlockedBy, EventKind, NotFound, Store
from storage.labelling.queue_rules import read_rules
from storage.labelling.reopening import send_back
from tests.support.label_events import act, label
from tests.support.store_accounts import add_person
from tests.support.store_projects import add_solutions, fill_project, finish, take


@pytest.fixture(autouse=True)
def people(store: Store) -> None:
    for name in ("mei", "tom", "zoe"):
        add_person(store, name)
    add_person(store, "rev", Role.REVIEWER)
    add_person(store, "ada", Role.ADMIN)


@pytest.fixture
def run(store: Store, add_run: Callable[..., Run]) -> Run:
    """A run of mei's with two solutions of three steps."""
    made = add_run()
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET made_by = 'mei'")
    return made


def found_by(store: Store, queue_id: str) -> set[str]:
    """Return who has the queue in their list; everybody else is told that there is none."""
    people = ("mei", "tom", "zoe", "rev", "ada")
    listed = {who for who in people if queue_id in {each.queue.id for each in store.labelling.list_queues(who)}}
    for who in people:
        if who in listed:
            assert store.labelling.get_queue(queue_id, who).queue.id == queue_id
            continue
        for ask in (
            lambda who=who: store.labelling.get_queue(queue_id, who),
            lambda who=who: store.labelling.next_task(queue_id, who),
            lambda who=who: store.labelling.task_at(queue_id, 0, who),
            lambda who=who: store.labelling.task_at(queue_id, 7, who),
        ):
            with pytest.raises(NotFound) as error:
                ask()
            with pytest.raises(NotFound) as unknown:
                store.labelling.get_queue("none", who)
            assert str(error.value).replace(queue_id, "none") == str(unknown.value)
    return listed


def test_the_queue_of_a_run_is_its_makers_until_the_run_is_shared(store: Store, run: Run) -> None:
    queue = store.labelling.open_run_queue(run.id, "Mine").id
    assert found_by(store, queue) == {"mei", "rev", "ada"}
    store.runs.set_shared(run.id, shared=True)
    assert found_by(store, queue) == {"mei", "tom", "zoe", "rev", "ada"}


def test_nobody_labels_what_is_not_open_to_them_and_never_was(store: Store, run: Run) -> None:
    queue = store.labelling.open_run_queue(run.id, "Mine").id
    task = take(store, queue, "mei")
    for task_id in (task.id, "none"):
        receipt = store.labelling.save_events("tom", [label(task_id, 0, Label.WRONG)])
        assert [each.reason.replace(task_id, "T") for each in receipt.rejected] == [
            "Its solution was deleted, is open to others only, or belongs to another data folder."
        ]
        for ask in (store.labelling.get_task, store.labelling.reveal):
            with pytest.raises(NotFound, match="There is no task"):
                ask(task_id, "tom")


def test_who_began_before_the_sharing_ended_keeps_their_work(store: Store, run: Run) -> None:
    queue = store.labelling.open_run_queue(run.id, "Shared").id
    store.runs.set_shared(run.id, shared=True)
    task = take(store, queue, "tom")
    store.labelling.save_events("tom", [label(task.id, 0, Label.WRONG)])
    store.runs.set_shared(run.id, shared=False)
    assert found_by(store, queue) == {"mei", "tom", "rev", "ada"}
    assert take(store, queue, "tom").id == task.id
    with pytest.raises(NotFound, match="not on your list"):
        store.labelling.task_at(queue, 1, "tom")
    finish(store, task, "tom")
    ended = store.labelling.next_task(queue, "tom")
    assert isinstance(ended, Blocked)
    assert ended.why is BlockedBy.CLOSED
    again = store.labelling.task_at(queue, 0, "tom")
    assert isinstance(again, LabelTask)
    assert again.submitted
    assert store.labelling.reveal(task.id, "tom") is not None


@pytest.fixture
def closed(store: Store) -> tuple[str, str]:
    """A project of four solutions that only mei is a member of; its queue."""
    add_solutions(store, 4)
    queue = fill_project(store, members_only=True, overlap=1)
    (project,) = store.projects.list_projects()
    store.projects.add_member(project.id, "mei")
    return project.id, queue


def test_a_project_of_its_members_is_found_by_nobody_else(store: Store, closed: tuple[str, str]) -> None:
    project, queue = closed
    assert found_by(store, queue) == {"mei", "rev", "ada"}
    store.projects.add_member(project, "tom")
    assert found_by(store, queue) == {"mei", "tom", "rev", "ada"}
    store.projects.update_project(project, options=ProjectOptions(members_only=False))
    assert found_by(store, queue) == {"mei", "tom", "zoe", "rev", "ada"}


def test_a_removed_members_work_goes_to_others_and_is_kept(store: Store, closed: tuple[str, str]) -> None:
    project, queue = closed
    store.projects.add_member(project, "tom")
    begun, done = take(store, queue, "tom"), None
    store.labelling.save_events("tom", [label(begun.id, 0, Label.WRONG)])
    done = store.labelling.task_at(queue, 1, "tom")
    assert isinstance(done, LabelTask)
    finish(store, done, "tom")
    assert store.projects.remove_member(project, "tom") == 1
    assert take(store, queue, "mei").id == begun.id, "it did not go back at once"
    ended = store.labelling.next_task(queue, "tom")
    assert isinstance(ended, Blocked)
    assert ended.why is BlockedBy.CLOSED
    assert store.labelling.task_at(queue, 2, "tom") == ended
    assert queue not in {each.queue.id for each in store.labelling.list_queues("tom")}
    # what his browser still held of it
    receipt = store.labelling.save_events("tom", [label(begun.id, 1, Label.WRONG, 5)])
    assert receipt.rejected == ()
    assert take(store, queue, "mei").id == begun.id
    finish(store, begun, "mei")
    assert len([each for each in store.results.iter_annotations() if each.annotator == "tom"]) == 1


def test_what_is_sent_back_to_a_removed_member_goes_to_others(store: Store, closed: tuple[str, str]) -> None:
    """It waited a week for somebody who no longer found the project."""
    project, queue = closed
    store.projects.add_member(project, "tom")
    task = take(store, queue, "tom")
    finish(store, task, "tom")
    store.projects.remove_member(project, "tom")
    with store.database.write() as connection:
        send_back(connection, read_rules(connection, queue), task.id, "tom", "Once more", blank=False)
    assert take(store, queue, "mei").id == task.id


def test_what_a_removed_member_still_sends_takes_no_slot(store: Store, closed: tuple[str, str]) -> None:
    project, queue = closed
    store.projects.add_member(project, "tom")
    begun = take(store, queue, "tom")
    store.projects.remove_member(project, "tom")
    assert (
        store.labelling.save_events("tom", [label(begun.id, 0, Label.WRONG), label(begun.id, 1, Label.WRONG)]).rejected
        == ()
    )
    assert store.labelling.get_task(begun.id, "tom").leased_until is None
    receipt = store.labelling.save_events("tom", [act(begun.id, EventKind.SUBMIT, 9, seconds=1.0)])
    assert (receipt.rejected, receipt.late) == ((), ()), "the slot was free, so the work counts and is not late"
    assert store.projects.get_progress(queue).done == 1


def test_closing_a_project_gives_back_what_others_hold(store: Store) -> None:
    add_solutions(store, 2)
    queue = fill_project(store, overlap=1)
    (project,) = store.projects.list_projects()
    held = take(store, queue, "tom")
    take(store, queue, "rev")
    store.projects.update_project(project.id, options=ProjectOptions(members_only=True, overlap=1))
    store.projects.add_member(project.id, "zoe")
    assert take(store, queue, "zoe").id == held.id
    assert {each.annotator: each.held for each in store.projects.get_progress(queue).people} == {
        "tom": 0,
        "rev": 1,
        "zoe": 1,
    }


def test_a_project_that_one_may_not_label_keeps_back_no_scores(store: Store, run: Run) -> None:
    """The refusal asked for labels in a queue that this person cannot find."""
    queue = store.labelling.open_run_queue(run.id, "Mine").id
    fill_project(store, members_only=True)
    task = take(store, queue, "mei")
    finish(store, task, "mei")
    assert store.labelling.reveal(task.id, "mei") is not None


def test_the_counts_of_the_dataset_leave_out_what_one_does_not_find(store: Store, closed: tuple[str, str]) -> None:
    assert store.results.summarise_dataset("tom").solutions == 0
    assert store.results.summarise_dataset("tom").queues == ()
    assert store.results.summarise_dataset("mei").solutions == 4
    assert store.results.summarise_dataset("rev").solutions == 4


def test_without_accounts_every_queue_is_everybodys(store: Store, run: Run, closed: tuple[str, str]) -> None:
    queue = store.labelling.open_run_queue(run.id, "Mine").id
    assert {each.queue.id for each in store.labelling.list_queues("guest-1")} == {queue, closed[1]}
