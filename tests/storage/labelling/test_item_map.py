"""The map of a person's items: what is done, skipped, flagged, or came back."""

import pytest

from engine.domain import Label, SkipReason
from storage import EventKind, ItemState, NotFound, ReviewVerdict, Store
from tests.support.label_events import act
from tests.support.store_projects import judge, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def test_each_item_of_a_list_says_how_it_stands(store: Store) -> None:
    queue = open_project(store, 4, overlap=2, split_size=4, review_share=1.0)
    assert store.labelling.list_items(queue, ADA) == ()
    first = work(store, queue, ADA, most=1)[0]
    second = take(store, queue, ADA)
    skip = act(second.id, EventKind.SKIP, 2, skip_reason=SkipReason.UNREADABLE_IMAGE)
    flag = act(second.id, EventKind.FLAG, 1, flagged=True)
    store.labelling.save_events(ADA, [flag, act(second.id, EventKind.NOTE, 1, text="blurred"), skip])
    take(store, queue, ADA)
    done, skipped, begun = store.labelling.list_items(queue, ADA)
    assert (done.position, done.state, done.seconds, done.flagged) == (0, ItemState.DONE, 6.0, False)
    assert done.done_at is not None
    assert (skipped.state, skipped.skip_reason) == (ItemState.SKIPPED, SkipReason.UNREADABLE_IMAGE)
    assert (skipped.flagged, skipped.note, skipped.seconds) == (True, "blurred", None)
    assert (begun.position, begun.state, begun.done_at, begun.is_quiz) == (2, ItemState.OPEN, None, False)
    assert store.labelling.list_items(queue, BOB) == ()
    assert first.sequence_no == 0


def test_what_came_back_is_marked_and_counted_until_it_is_submitted_again(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, split_size=2, review_share=1.0)
    work(store, queue, ADA)
    for piece in store.projects.list_sample(queue, 0):
        judge(store, EVE, queue, 0, piece, ReviewVerdict.WRONG)
    assert [each.returned for each in store.labelling.list_queues(ADA)] == [0]
    store.projects.send_back_split(EVE, queue, 0, "Read the axis.")
    items = store.labelling.list_items(queue, ADA)
    assert [(each.state, each.send_back_note) for each in items] == [(ItemState.RETURNED, "Read the axis.")] * 2
    assert [each.sent_back_by for each in items] == [EVE, EVE]
    assert [each.returned for each in store.labelling.list_queues(ADA)] == [2]
    assert [each.returned for each in store.labelling.list_queues(BOB)] == [0]
    work(store, queue, ADA, Label.WRONG, most=1)
    assert [each.returned for each in store.labelling.list_queues(ADA)] == [1]
    again = store.labelling.list_items(queue, ADA)
    assert [(each.state, each.sent_back_by) for each in again] == [(ItemState.DONE, None), (ItemState.RETURNED, EVE)]


def test_what_was_found_wrong_itself_is_told_from_what_came_back_with_it(store: Store) -> None:
    queue = open_project(store, 4, overlap=1, split_size=2, review_share=1.0)
    work(store, queue, ADA)
    pieces = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, pieces[0], ReviewVerdict.WRONG)
    judge(store, EVE, queue, 0, pieces[1], ReviewVerdict.WRONG)
    judge(store, EVE, queue, 0, pieces[1], ReviewVerdict.RIGHT)  # the newest verdict counts
    assert not any(each.found_wrong for each in store.labelling.list_items(queue, ADA))  # it has not come back yet
    store.projects.send_back_split(EVE, queue, 0, "Read the axis.")
    wrong = [each for each in store.labelling.list_items(queue, ADA) if each.found_wrong]
    assert [(each.state, each.sent_back_by) for each in wrong] == [(ItemState.RETURNED, EVE)]
    came_back = [each for each in store.labelling.list_items(queue, ADA) if each.state is ItemState.RETURNED]
    assert len(came_back) == 2
    work(store, queue, ADA, Label.WRONG)
    assert not any(each.found_wrong for each in store.labelling.list_items(queue, ADA))  # submitted again
    pieces = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, pieces[1], ReviewVerdict.WRONG)
    judge(store, EVE, queue, 0, pieces[0], ReviewVerdict.RIGHT)
    store.projects.send_back_split(EVE, queue, 0, "Once more.")
    again = [each.position for each in store.labelling.list_items(queue, ADA) if each.found_wrong]
    assert again != [each.position for each in wrong]  # the verdicts of the first round are past
    assert len(again) == 1


def test_an_unknown_queue_has_no_items(store: Store) -> None:
    with pytest.raises(NotFound):
        store.labelling.list_items("none", ADA)
