"""Leases: when they run out, what renews them, and what becomes of work done after one ran out."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.domain import Label, Role, SkipReason, now
from storage import Blocked, BlockedBy, EventKind, NotFound, PersonChange, ReviewVerdict, Store
from storage.backup import check
from tests.support.api_accounts import make_person
from tests.support.label_events import act, label
from tests.support.store_projects import add_solutions, expire, fill_project, finish, judge, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def test_a_lease_that_runs_out_gives_the_solution_to_somebody_else(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    waiting = store.labelling.next_task(queue, BOB)
    assert isinstance(waiting, Blocked)
    assert (waiting.why, "look again later" in waiting.text) == (BlockedBy.WAITING, True)
    expire(store, ADA)
    assert take(store, queue, BOB).solution_id == task.solution_id
    assert store.labelling.next_task(queue, ADA) is None or isinstance(store.labelling.next_task(queue, ADA), Blocked)


def test_work_handed_in_after_the_lease_is_kept_and_told(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    expire(store, ADA)
    finish(store, take(store, queue, BOB), BOB)
    events = [label(task.id, step, Label.WRONG) for step in range(2)]
    receipt = store.labelling.save_events(ADA, [*events, act(task.id, EventKind.SUBMIT, 5)])
    assert (receipt.rejected, receipt.late) == ((), (task.id,))
    assert [each.annotator for each in store.results.iter_annotations()] == [BOB, ADA]
    progress = store.projects.get_progress(queue)
    assert (progress.total, progress.done, progress.over) == (1, 1, 1)
    assert check(store).faults == ()


def test_an_event_renews_the_lease(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    expire(store, ADA)
    store.labelling.save_events(ADA, [label(task.id, 0, Label.WRONG)])  # before anybody else asked
    assert isinstance(store.labelling.next_task(queue, BOB), Blocked)
    assert take(store, queue, ADA).id == task.id


def test_what_was_given_back_is_held_again_when_it_is_opened_again(store: Store) -> None:
    """A page that was loaded again showed a solution that others could be given meanwhile."""
    queue = open_project(store, 2, overlap=1)
    task = take(store, queue, ADA)
    assert store.labelling.give_back(queue, [task.id], ADA) == 1
    again = store.labelling.task_at(queue, 0, ADA)
    assert again.id == task.id
    assert again.leased_until is not None
    assert take(store, queue, BOB).id != task.id
    assert store.labelling.give_back(queue, [task.id], ADA) == 1
    assert [take(store, queue, EVE).id, store.labelling.task_at(queue, 0, ADA).leased_until] == [task.id, None]
    assert check(store).faults == ()


def test_what_was_only_looked_at_is_given_back_at_once(store: Store) -> None:
    """Whoever opened a queue to look at it kept three solutions from others for half an hour."""
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    assert store.labelling.give_back(queue, [task.id, "nothing"], BOB) == 0, "another person's"
    assert isinstance(store.labelling.next_task(queue, BOB), Blocked)
    assert store.labelling.give_back(queue, [task.id], ADA) == 1
    assert store.labelling.give_back(queue, [task.id], ADA) == 0, "it is not held any more"
    assert check(store).faults == ()
    assert take(store, queue, BOB).id == task.id
    with pytest.raises(NotFound):
        store.labelling.give_back("nowhere", [task.id], ADA)


def test_nothing_is_lost_of_what_is_given_back_while_another_window_shows_it(store: Store) -> None:
    queue = open_project(store, 2, overlap=1)
    task = take(store, queue, ADA)
    assert store.labelling.give_back(queue, [task.id], ADA) == 1
    store.labelling.save_events(ADA, [label(task.id, 0, Label.WRONG)])  # in a window that still shows it
    assert take(store, queue, BOB).id != task.id, "it is Ada's again"
    assert store.labelling.give_back(queue, [task.id], ADA) == 0, "and she has begun it"
    assert take(store, queue, ADA).labels[0] is Label.WRONG
    assert check(store).faults == ()


def test_a_look_at_the_scores_beside_the_work_does_not_keep_it_from_others(store: Store) -> None:
    add_solutions(store, 1, scores=[0.9])
    queue = fill_project(store, overlap=1, blind=False)
    task = take(store, queue, ADA)
    assert store.labelling.reveal(task.id, ADA) is not None
    assert store.labelling.give_back(queue, [task.id], ADA) == 1
    assert take(store, queue, BOB).id == task.id


def test_a_lapsed_task_that_is_taken_up_again_is_nobody_elses(store: Store) -> None:
    """Asked for again it was served, but its slot stayed open: a second person got it too."""
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    expire(store, ADA)
    assert take(store, queue, ADA).id == task.id
    assert isinstance(store.labelling.next_task(queue, BOB), Blocked)
    assert check(store).faults == ()


def test_going_on_with_work_that_was_sent_back_does_not_shorten_its_lease(store: Store) -> None:
    """It waits seven days for its annotator; from the first key pressed it waited half an hour."""
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    work(store, queue, ADA)
    (piece,) = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, piece, ReviewVerdict.WRONG)
    store.projects.send_back_split(EVE, queue, 0, "look again")
    until = take(store, queue, ADA).leased_until
    store.labelling.save_events(ADA, [label(piece.task_id, 0, Label.WRONG, 20)])
    assert take(store, queue, ADA).leased_until == until
    expire(store, ADA)
    store.labelling.save_events(ADA, [label(piece.task_id, 1, Label.WRONG, 21)])
    renewed = take(store, queue, ADA).leased_until
    assert renewed is not None
    assert timedelta(minutes=29) < renewed - now() <= timedelta(minutes=30)


def send_back(store: Store, queue: str, annotator: str) -> None:
    """One finished solution of a project that reviews all comes back to its annotator, for seven days."""
    work(store, queue, annotator)
    (piece,) = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, piece, ReviewVerdict.WRONG)
    store.projects.send_back_split(EVE, queue, 0, "look again")


def test_what_somebody_held_who_has_left_goes_to_others_at_once(store: Store) -> None:
    """Work that was sent back to an account that is no longer active stayed locked for seven days."""
    make_person(store, "Root", Role.ADMIN)
    make_person(store, "Ada", Role.ANNOTATOR)
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    send_back(store, queue, "Ada")
    assert isinstance(store.labelling.next_task(queue, BOB), Blocked)
    store.accounts.update_person("Root", "Ada", PersonChange(active=False))
    assert take(store, queue, BOB).solution_id
    assert check(store).faults == ()


def test_an_admin_gives_others_what_a_person_holds(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=1.0)
    task = take(store, queue, ADA)
    store.labelling.save_events(ADA, [label(task.id, 0, Label.WRONG)])
    other = take(store, queue, BOB)
    held = {each.annotator: each.held for each in store.projects.get_progress(queue).people}
    assert held == {ADA: 1, BOB: 1}
    assert store.projects.release_tasks(queue, ADA) == 1
    assert store.projects.release_tasks(queue, ADA) == 0
    assert take(store, queue, EVE).id == task.id
    assert take(store, queue, BOB).id == other.id, "others keep what is theirs"
    assert store.labelling.get_task(task.id, ADA).labels[0] is Label.WRONG, "what was labelled is not lost"
    assert check(store).faults == ()


def test_work_that_was_sent_back_can_be_given_to_others(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    send_back(store, queue, ADA)
    assert store.projects.release_tasks(queue, ADA) == 1
    assert take(store, queue, BOB)
    assert check(store).faults == ()


def test_a_solution_not_understood_goes_to_somebody_else_and_other_skips_count(store: Store) -> None:
    queue = open_project(store, 2, overlap=1)
    first, second = take(store, queue, ADA), None
    store.labelling.save_events(ADA, [act(first.id, EventKind.SKIP, skip_reason=SkipReason.NOT_UNDERSTOOD)])
    second = take(store, queue, ADA)
    assert second.id != first.id
    store.labelling.save_events(ADA, [act(second.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
    assert store.labelling.next_task(queue, ADA) is None
    assert [task.id for task in work(store, queue, BOB)] == [first.id]
    assert check(store).faults == ()


@pytest.mark.sqlite
def test_leases_that_ran_out_are_found_by_their_index(store: Store) -> None:
    """Every draft of the queue was read for each solution asked for: 15 ms where 50,000 are done."""
    queue = open_project(store, 2, overlap=1)
    plans = []

    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if "drafts.leased_until <= ?" in statement:
            plans.extend(connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(store.database._engine, "before_cursor_execute", note)
    take(store, queue, ADA)
    event.remove(store.database._engine, "before_cursor_execute", note)
    details = [row[3] for row in plans if " drafts " in row[3]]
    assert details == ["SEARCH drafts USING INDEX drafts_by_lease (queue_id=? AND leased_until>?)"]
