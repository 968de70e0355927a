"""Who gets which task of a project: overlap, assignment lists, tasks kept ready.

Covers storage/labelling/queue_rules.py.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.domain import Label, LabelTask, ProjectOptions
from storage import Blocked, BlockedBy, GoldItem, NotFound, Selection, Store, TaskRole
from storage.backup import check
from tests.support.label_events import label
from tests.support.store_projects import add_solutions, expire, fill_project, finish, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def test_no_two_people_get_the_same_solution_unless_the_overlap_wants_it(store: Store) -> None:
    queue = open_project(store, 4, overlap=1)
    ada, bob = take(store, queue, ADA), take(store, queue, BOB)
    assert ada.solution_id != bob.solution_id
    assert (ada.sequence_no, bob.sequence_no) == (0, 0)  # each at the beginning of their own list
    finish(store, ada, ADA)
    finish(store, bob, BOB)
    rest = [task.solution_id for task in work(store, queue, ADA)]
    assert len({ada.solution_id, bob.solution_id, *rest}) == 4
    assert store.labelling.next_task(queue, BOB) is None
    assert check(store).faults == ()


def test_an_overlap_of_two_gives_each_solution_to_two_people(store: Store) -> None:
    queue = open_project(store, 3, overlap=2)
    labelled = [task.solution_id for who in (ADA, BOB, EVE) for task in work(store, queue, who)]
    assert sorted(labelled.count(each) for each in set(labelled)) == [2, 2, 2]
    assert store.labelling.next_task(queue, EVE) is None


def test_without_an_overlap_everybody_gets_everything_once(store: Store) -> None:
    queue = open_project(store, 3, overlap=None)
    for who in (ADA, BOB):
        assert len({task.solution_id for task in work(store, queue, who)}) == 3


def test_the_task_in_hand_is_served_again_without_writing(store: Store) -> None:
    queue = open_project(store, 2, overlap=1)
    first = take(store, queue, ADA)
    store.labelling.save_events(ADA, [label(first.id, 0, Label.WRONG)])
    with store.database.write(), ThreadPoolExecutor(1) as pool:  # a write would wait for this one
        again = pool.submit(take, store, queue, ADA).result(timeout=60)
    assert (again.id, again.labels[0]) == (first.id, Label.WRONG)


def test_who_comes_back_goes_on_where_they_were(store: Store) -> None:
    queue = open_project(store, 3, overlap=1)
    first = take(store, queue, ADA)
    store.labelling.save_events(ADA, [label(first.id, 0, Label.WRONG)])
    expire(store, ADA)
    take(store, queue, BOB)  # takes over what ADA let go
    other = take(store, queue, ADA)
    assert other.id != first.id
    assert store.labelling.task_at(queue, 0, ADA) == store.labelling.get_task(first.id, ADA)  # her draft is kept
    expire(store, BOB)
    assert take(store, queue, ADA).id == other.id  # what is in hand comes first
    finish(store, other, ADA)
    again = take(store, queue, ADA)
    assert (again.id, again.sequence_no, again.labels[0]) == (first.id, 0, Label.WRONG)  # its slot is open again


def test_who_lost_a_solution_is_told_so_at_its_index(store: Store) -> None:
    """It was served like one that is still theirs, so that pages led them through what others had finished."""
    queue = open_project(store, 2, overlap=1)
    held = take(store, queue, ADA)
    ready = store.labelling.task_at(queue, 1, ADA)
    assert isinstance(ready, LabelTask)
    assert (held.taken_over, ready.taken_over, ready.leased_until is not None) == (False, False, True)
    expire(store, ADA)
    taken = take(store, queue, BOB)

    def lost() -> list[bool]:
        there = [store.labelling.task_at(queue, place, ADA) for place in (0, 1)]
        return [task.taken_over for task in there if isinstance(task, LabelTask)]

    assert lost() == [True, False]  # the other one has its slot back: she may go on with it
    expire(store, ADA)  # that was held again as soon as it was opened
    finish(store, taken, BOB)
    work(store, queue, BOB)
    assert lost() == [True, True]
    finish(store, held, ADA)  # late: hers as well
    assert lost() == [False, True]


def test_the_next_task_can_be_kept_ready_within_bounds(store: Store) -> None:
    queue = open_project(store, 9, overlap=1)
    first = take(store, queue, ADA)
    ready = [store.labelling.task_at(queue, place, ADA) for place in (1, 2)]
    assert [task.sequence_no for task in ready if isinstance(task, LabelTask)] == [1, 2]
    full = store.labelling.task_at(queue, 3, ADA)
    assert isinstance(full, Blocked)
    with pytest.raises(NotFound, match=r"^Item 5 is not on your list yet\.$"):
        store.labelling.task_at(queue, 4, ADA)
    assert take(store, queue, ADA).id == first.id
    finish(store, first, ADA)
    assert take(store, queue, ADA) == ready[0]
    assert isinstance(store.labelling.task_at(queue, 3, ADA), LabelTask)


def test_the_assignment_list_is_as_long_as_what_was_assigned_and_what_is_open(store: Store) -> None:
    queue = open_project(store, 5, overlap=1)
    work(store, queue, BOB, most=2)
    assert take(store, queue, ADA).total == 3
    work(store, queue, ADA, most=1)
    mine = store.labelling.get_queue(queue, ADA)
    assert (mine.done, mine.mine, mine.queue.total, mine.run_id) == (1, 3, 5, None)
    assert store.labelling.list_queues(BOB)[0].mine == 4  # his two and the two that are left


def test_a_task_of_a_project_is_only_for_whom_it_was_given_to(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    task = take(store, queue, ADA)
    with pytest.raises(NotFound, match="was not given to 'bob'"):
        store.labelling.get_task(task.id, BOB)
    (refused,) = store.labelling.save_events(BOB, [label(task.id, 0, Label.WRONG)]).rejected
    assert "was not given to you" in refused.reason


def test_an_archived_project_hands_out_nothing(store: Store) -> None:
    queue = open_project(store, 2)
    (project,) = store.projects.list_projects()
    finish(store, take(store, queue, ADA), ADA)
    store.projects.update_project(project.id, archived=True)
    blocked = store.labelling.next_task(queue, ADA)
    assert isinstance(blocked, Blocked)
    assert (blocked.why, store.labelling.list_queues(ADA), store.projects.list_projects()) == (
        BlockedBy.ARCHIVED,
        (),
        (),
    )
    assert store.labelling.get_queue(queue, ADA).mine == 1  # what she did; nothing more is open to her


def test_a_paused_project_hands_out_nothing_new_and_lets_people_finish_what_they_hold(store: Store) -> None:
    queue = open_project(store, 3, overlap=1)
    (project,) = store.projects.list_projects()
    held = take(store, queue, ADA)
    store.projects.update_project(project.id, options=replace(project.options, paused=True))
    for_ada, for_bob = store.labelling.next_task(queue, ADA), store.labelling.next_task(queue, BOB)
    assert isinstance(for_ada, LabelTask)
    assert isinstance(for_bob, Blocked)
    assert (for_ada.id, for_bob.why) == (held.id, BlockedBy.PAUSED)
    ahead = store.labelling.task_at(queue, 1, ADA)
    assert isinstance(ahead, Blocked)
    assert ahead.why is BlockedBy.PAUSED
    finish(store, held, ADA)
    assert isinstance(store.labelling.next_task(queue, ADA), Blocked)
    assert store.labelling.get_queue(queue, ADA).mine == 3  # two wait until it goes on
    assert store.labelling.list_queues(ADA)[0].paused
    store.projects.update_project(project.id, options=replace(project.options, paused=False))
    assert [task.sequence_no for task in work(store, queue, ADA)] == [1, 2]


def test_a_paused_project_still_grades_the_entry_quiz(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, quiz_pass=0.5)
    (quiz,) = add_solutions(store, 1)
    known = (Label.WRONG, Label.WRONG)
    store.projects.add_gold(queue, TaskRole.QUIZ, [GoldItem(solution_id=quiz, labels=known)])
    (project,) = store.projects.list_projects()
    task = take(store, queue, ADA)
    assert (task.is_quiz, task.quiz_passed) == (True, False)
    store.projects.update_project(project.id, options=replace(project.options, paused=True))
    finish(store, task, ADA)
    blocked = store.labelling.next_task(queue, ADA)
    assert isinstance(blocked, Blocked)
    assert blocked.why is BlockedBy.QUIZ_FAILED


def test_a_task_says_whether_the_quiz_is_passed(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, quiz_pass=0.5)
    (quiz,) = add_solutions(store, 1)
    known = (Label.CORRECT, Label.WRONG)
    store.projects.add_gold(queue, TaskRole.QUIZ, [GoldItem(solution_id=quiz, labels=known)])
    first = take(store, queue, ADA)
    assert (first.is_quiz, first.quiz_passed) == (True, False)
    finish(store, first, ADA)
    second = take(store, queue, ADA)
    assert (second.is_quiz, second.quiz_passed) == (False, True)
    assert take(store, open_project(store, 1, overlap=1), ADA).quiz_passed is None


def test_solutions_added_later_follow(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    work(store, queue, ADA)
    add_solutions(store, 2)
    assert store.projects.add_items(queue, Selection()).added == 2
    assert [task.sequence_no for task in work(store, queue, ADA)] == [1, 2]
    fill_project(store)  # the same solutions may wait in another project
    assert check(store).faults == ()


def test_who_lost_a_solution_to_others_comes_to_the_end_of_their_list(store: Store) -> None:
    """They stayed at 1 of 2 for good, and were told that the queue was finished while others still worked on their solution."""
    queue = open_project(store, 2, overlap=1)
    lost = take(store, queue, ADA)
    store.labelling.save_events(ADA, [label(lost.id, 0, Label.WRONG)])
    expire(store, ADA)
    taken = take(store, queue, BOB)
    assert taken.solution_id == lost.solution_id
    work(store, queue, ADA)
    mine = store.labelling.get_queue(queue, ADA)
    assert (mine.done, mine.mine, mine.taken_over) == (1, 2, 0)
    waiting = store.labelling.next_task(queue, ADA)
    assert isinstance(waiting, Blocked)  # BOB may let it go as well: it would come back to her
    assert waiting.why is BlockedBy.WAITING
    finish(store, taken, BOB)
    assert store.labelling.next_task(queue, ADA) is None
    mine = store.labelling.get_queue(queue, ADA)
    assert (mine.done, mine.mine, mine.taken_over) == (2, 2, 1)
    finish(store, lost, ADA)  # late, and kept
    mine = store.labelling.get_queue(queue, ADA)
    assert (mine.done, mine.mine, mine.taken_over) == (2, 2, 0)


def test_who_gets_a_slot_that_opened_again_gets_the_open_ones_before_it_too(store: Store) -> None:
    queue = open_project(store, 2, overlap=1)
    (first,) = work(store, queue, ADA, most=1)
    second = take(store, queue, BOB)
    (project,) = store.projects.list_projects()
    store.projects.update_project(project.id, options=ProjectOptions(overlap=2))
    assert [task.id for task in work(store, queue, ADA)] == [second.id]  # takes its second slot
    expire(store, BOB)
    assert [task.id for task in work(store, queue, EVE)] == [second.id, first.id]
    assert check(store).faults == ()


def test_nobody_waits_for_work_that_is_one_too_many(store: Store) -> None:
    queue = open_project(store, 1, overlap=1)
    lost = take(store, queue, ADA)
    expire(store, ADA)
    take(store, queue, BOB)
    assert isinstance(store.labelling.next_task(queue, EVE), Blocked)
    finish(store, lost, ADA)  # before BOB: all that is wanted is there, whatever he does
    assert store.labelling.next_task(queue, EVE) is None
