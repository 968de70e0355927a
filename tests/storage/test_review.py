"""Splits: a sample is judged, and a split with errors goes back."""

import pytest

from engine.domain import Label, now
from storage import BadReview, EventKind, NotFound, Selection, SplitState, Store, Verdict, tables
from storage.backup import check
from tests.storage.made import act
from tests.storage.projected import add_solutions, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def state(store: Store, queue: str, number: int = 0) -> tuple[SplitState, int, int, int]:
    split = store.review.splits(queue)[number]
    return split.state, split.round, split.done, split.total


def test_splits_are_neighbours_and_open_for_review_when_all_is_labelled(store: Store) -> None:
    queue = open_project(store, 5, overlap=1, split_size=3, review_share=0.5)
    assert [(each.number, each.total, each.sample) for each in store.review.splits(queue)] == [(0, 3, 2), (1, 2, 1)]
    work(store, queue, ADA, most=2)
    assert (state(store, queue), store.review.sample(queue, 0)) == ((SplitState.LABELLING, 1, 2, 3), ())
    with pytest.raises(BadReview, match="Split 1 is not under review: it is 'labelling'"):
        store.review.accept(EVE, queue, 0)
    work(store, queue, ADA)
    assert state(store, queue) == (SplitState.REVIEW, 1, 3, 3)
    sample = store.review.sample(queue, 0)
    assert [(each.annotator, each.labels, each.verdict) for each in sample] == [(ADA, (Label.CORRECT,) * 2, None)] * 2
    assert store.review.sample(queue, 0) == sample
    with pytest.raises(NotFound):
        store.review.sample(queue, 2)


def test_a_split_is_accepted_once_its_sample_is_judged(store: Store) -> None:
    queue = open_project(store, 4, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    first, second = store.review.sample(queue, 0)
    store.review.judge(EVE, queue, 0, first.task_id, Verdict.WRONG, "look")
    store.review.judge(EVE, queue, 0, first.task_id, Verdict.RIGHT)  # a changed mind: the newest counts
    with pytest.raises(BadReview, match="Only 1 of 2"):
        store.review.accept(EVE, queue, 0)
    with pytest.raises(BadReview, match="nothing to send back"):
        store.review.send_back(EVE, queue, 0, "")
    store.review.judge(EVE, queue, 0, second.task_id, Verdict.RIGHT)
    store.review.accept(EVE, queue, 0)
    assert state(store, queue)[0] is SplitState.ACCEPTED
    with pytest.raises(BadReview):
        store.review.judge(EVE, queue, 0, second.task_id, Verdict.WRONG)


def test_a_split_with_errors_goes_back_to_its_annotators(store: Store) -> None:
    queue = open_project(store, 2, overlap=2, review_share=0.5)
    for who in (ADA, BOB):
        work(store, queue, who)
    (piece,) = store.review.sample(queue, 0)
    outside = next(task for task in (store.task_at(queue, at, ADA) for at in range(2)) if task.id != piece.task_id)
    with pytest.raises(BadReview, match="not in the sample"):
        store.review.judge(EVE, queue, 0, outside.id, Verdict.WRONG)
    store.review.judge(EVE, queue, 0, piece.task_id, Verdict.WRONG, "misread")
    assert store.review.send_back(EVE, queue, 0, "Look at the axis") == 2
    assert state(store, queue) == (SplitState.RETURNED, 2, 0, 2)
    again = take(store, queue, ADA)
    assert (again.returned, again.submitted, again.labels) == ("Look at the axis", False, (Label.CORRECT,) * 2)
    assert store.projects.progress(queue).done == 0
    for who in (ADA, BOB):
        assert len(work(store, queue, who, Label.WRONG)) == 2
    assert state(store, queue) == (SplitState.REVIEW, 2, 2, 2)
    assert [each.verdict for each in store.review.sample(queue, 0)] == [None]
    assert store.get_task(again.id, ADA).returned is None
    assert len(list(store.annotations())) == 8  # both rounds are kept
    assert check(store).faults == ()


def test_without_a_review_there_are_no_splits(store: Store) -> None:
    assert store.review.splits(open_project(store, 2, review_share=0.0)) == ()


def test_nobody_judges_their_own_labels(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    (piece,) = store.review.sample(queue, 0)
    with pytest.raises(BadReview, match="your own labels"):
        store.review.judge(ADA, queue, 0, piece.task_id, Verdict.RIGHT)
    assert store.review.splits(queue)[0].reviewed == 0
    store.review.judge(BOB, queue, 0, piece.task_id, Verdict.RIGHT)
    store.review.accept(BOB, queue, 0)


def test_what_is_judged_stays_in_the_sample(store: Store) -> None:
    """The draw changed with a version: verdicts fell out of the sample, still counted, and the rest was accepted unseen."""
    queue = open_project(store, 12, overlap=1, review_share=0.25)
    tasks = [task.id for task in work(store, queue, ADA)]
    drawn = [each.task_id for each in store.review.sample(queue, 0)]
    outside = next(each for each in tasks if each not in drawn)
    row = {"queue_id": queue, "split": 0, "round": 1, "task_id": outside, "annotator": ADA, "by": EVE, "at": now()}
    with store.database.write() as connection:
        connection.execute(tables.verdicts.insert().values(verdict="wrong", note="", **row))
    sample = store.review.sample(queue, 0)
    kept = {each.task_id for each in sample} - {outside}
    assert [each.verdict for each in sample if each.task_id == outside] == [Verdict.WRONG]
    assert (len(sample), len(kept), kept < set(drawn)) == (3, 2, True)
    for task in kept:  # judging one does not change which the others are
        store.review.judge(EVE, queue, 0, task, Verdict.RIGHT)
        assert {each.task_id for each in store.review.sample(queue, 0)} == {outside, *kept}
    store.review.accept(EVE, queue, 0)


def accepted(store: Store) -> str:
    """A queue of four solutions, two of them judged, in one accepted split."""
    queue = open_project(store, 4, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    for each in store.review.sample(queue, 0):
        store.review.judge(EVE, queue, 0, each.task_id, Verdict.RIGHT)
    store.review.accept(EVE, queue, 0)
    return queue


def test_judged_work_can_be_looked_at_while_it_is_open_again(store: Store) -> None:
    """An accepted split could not be opened once an annotator had a second thought."""
    queue = accepted(store)
    before = store.review.sample(queue, 0)
    store.save_events(ADA, [act(before[0].task_id, EventKind.REOPEN, 90)])
    assert store.review.sample(queue, 0) == before


def test_an_accepted_split_that_grows_is_reviewed_again(store: Store) -> None:
    """It stayed accepted, and could not be opened: what was added was never reviewed."""
    queue = accepted(store)
    judged = {each.task_id for each in store.review.sample(queue, 0)}
    store.projects.add_items(queue, Selection(solutions=tuple(add_solutions(store, 6))))
    assert (state(store, queue), store.review.sample(queue, 0)) == ((SplitState.LABELLING, 1, 4, 10), ())
    work(store, queue, ADA)
    sample = store.review.sample(queue, 0)
    open_ = [each.task_id for each in sample if each.verdict is None]
    assert (len(sample), {each.task_id for each in sample} - set(open_)) == (5, judged)
    with pytest.raises(BadReview, match="Only 2 of 5"):
        store.review.accept(EVE, queue, 0)
    for each in open_:
        store.review.judge(EVE, queue, 0, each, Verdict.RIGHT)
    store.review.accept(EVE, queue, 0)
    assert state(store, queue)[0] is SplitState.ACCEPTED
