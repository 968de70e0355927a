"""Splits: a sample is judged, and a split with errors goes back.

Covers storage/labelling/reopening.py, storage/labelling/review_outcome.py, storage/projects/review_item.py.
"""

import pytest

from engine.domain import Label, SkipReason, now
from storage import (
    BadReview,
    EventKind,
    FinishedWork,
    NotFound,
    QuestionedStep,
    ReviewVerdict,
    Selection,
    SplitState,
    Store,
)
from storage.backup import check
from storage.database import tables
from tests.support.label_events import act, label
from tests.support.store_projects import add_solutions, fill_project, judge, open_project, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def state(store: Store, queue: str, number: int = 0) -> tuple[SplitState, int, int, int]:
    split = store.projects.list_splits(queue)[number]
    return split.state, split.round, split.done, split.total


def test_splits_are_neighbours_and_open_for_review_when_all_is_labelled(store: Store) -> None:
    queue = open_project(store, 5, overlap=1, split_size=3, review_share=0.5)
    assert [(each.number, each.total, each.sample) for each in store.projects.list_splits(queue)] == [
        (0, 3, 2),
        (1, 2, 1),
    ]
    work(store, queue, ADA, most=2)
    assert (state(store, queue), store.projects.list_sample(queue, 0)) == ((SplitState.LABELLING, 1, 2, 3), ())
    with pytest.raises(BadReview, match="Split 1 is not under review: it is 'labelling'"):
        store.projects.accept_split(EVE, queue, 0)
    work(store, queue, ADA)
    assert state(store, queue) == (SplitState.REVIEW, 1, 3, 3)
    sample = store.projects.list_sample(queue, 0)
    assert [(each.annotator, each.labels, each.verdict) for each in sample] == [(ADA, (Label.CORRECT,) * 2, None)] * 2
    assert store.projects.list_sample(queue, 0) == sample
    with pytest.raises(NotFound):
        store.projects.list_sample(queue, 2)


def test_each_split_by_its_number_is_the_one_of_the_list(store: Store) -> None:
    queue = open_project(store, 9, overlap=1, split_size=3, review_share=1.0)
    work(store, queue, ADA)
    listed = [each.sample for each in store.projects.list_splits(queue)]
    assert [len(store.projects.list_sample(queue, number)) for number in range(3)] == listed == [3, 3, 3]
    for number in (0, 1):
        judge(store, EVE, queue, number, store.projects.list_sample(queue, number)[0], ReviewVerdict.WRONG)
        assert store.projects.send_back_split(EVE, queue, number, "again") == 3


def test_a_split_is_accepted_once_its_sample_is_judged(store: Store) -> None:
    queue = open_project(store, 4, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    first, second = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, first, ReviewVerdict.WRONG, "look")
    judge(store, EVE, queue, 0, first, ReviewVerdict.RIGHT)  # a changed mind: the newest counts
    with pytest.raises(BadReview, match="Only 1 of 2"):
        store.projects.accept_split(EVE, queue, 0)
    with pytest.raises(BadReview, match="no reason to send it back"):
        store.projects.send_back_split(EVE, queue, 0, "")
    judge(store, EVE, queue, 0, second, ReviewVerdict.RIGHT)
    store.projects.accept_split(EVE, queue, 0)
    assert state(store, queue)[0] is SplitState.ACCEPTED
    with pytest.raises(BadReview):
        judge(store, EVE, queue, 0, second, ReviewVerdict.WRONG)


def test_a_split_with_errors_goes_back_to_its_annotators(store: Store) -> None:
    queue = open_project(store, 2, overlap=2, review_share=0.5)
    for who in (ADA, BOB):
        work(store, queue, who)
    (piece,) = store.projects.list_sample(queue, 0)
    outside = next(
        task for task in (store.labelling.task_at(queue, at, ADA) for at in range(2)) if task.id != piece.task_id
    )
    with pytest.raises(BadReview, match="not in the sample"):
        judge(
            store,
            EVE,
            queue,
            0,
            FinishedWork(task_id=outside.id, annotator=ADA, labels=piece.labels),
            ReviewVerdict.WRONG,
        )
    judge(store, EVE, queue, 0, piece, ReviewVerdict.WRONG, "misread")
    assert store.projects.send_back_split(EVE, queue, 0, "Look at the axis") == 2
    assert state(store, queue) == (SplitState.SENT_BACK, 2, 0, 2)
    again = take(store, queue, ADA)
    assert (again.send_back_note, again.submitted, again.labels) == ("Look at the axis", False, (Label.CORRECT,) * 2)
    assert store.projects.get_progress(queue).done == 0
    for who in (ADA, BOB):
        assert len(work(store, queue, who, Label.WRONG)) == 2
    assert state(store, queue) == (SplitState.REVIEW, 2, 2, 2)
    assert [each.verdict for each in store.projects.list_sample(queue, 0)] == [None]
    assert store.labelling.get_task(again.id, ADA).send_back_note is None
    assert len(list(store.results.iter_annotations())) == 8  # both rounds are kept
    assert check(store).faults == ()


def test_sending_a_split_back_leaves_the_work_of_another_project_alone(store: Store) -> None:
    queues = [open_project(store, 2, overlap=1, review_share=1.0), fill_project(store, overlap=1, review_share=1.0)]
    for queue in queues:
        work(store, queue, ADA)
    for piece in store.projects.list_sample(queues[0], 0):
        judge(store, EVE, queues[0], 0, piece, ReviewVerdict.WRONG)
    assert store.projects.send_back_split(EVE, queues[0], 0, "") == 2
    assert state(store, queues[0])[2] == 0
    assert state(store, queues[1]) == (SplitState.REVIEW, 1, 2, 2)
    assert store.labelling.next_task(queues[1], ADA) is None


def test_a_split_sent_back_leaves_the_other_splits_alone(store: Store) -> None:
    queue = open_project(store, 4, overlap=1, split_size=2, review_share=1.0)
    work(store, queue, ADA)
    for piece in store.projects.list_sample(queue, 1):
        judge(store, EVE, queue, 1, piece, ReviewVerdict.WRONG)
    assert store.projects.send_back_split(EVE, queue, 1, "") == 2
    assert [state(store, queue, number)[2] for number in (0, 1)] == [2, 0]


def test_without_a_review_there_are_no_splits(store: Store) -> None:
    assert store.projects.list_splits(open_project(store, 2, review_share=0.0)) == ()


def test_a_skipped_solution_is_shown_without_the_labels_it_had(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    task = take(store, queue, ADA)
    skip = act(task.id, EventKind.SKIP, 5, skip_reason=SkipReason.BAD_PROBLEM)
    store.labelling.save_events(ADA, [label(task.id, 0, Label.WRONG), skip])
    (shown,) = store.projects.list_sample(queue, 0)
    assert (shown.annotator, shown.labels) == (ADA, (None, None))
    judge(store, EVE, queue, 0, shown, ReviewVerdict.RIGHT)
    assert store.projects.list_sample(queue, 0)[0].labels == (None, None)


def test_nobody_judges_their_own_labels(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    (piece,) = store.projects.list_sample(queue, 0)
    with pytest.raises(BadReview, match="your own labels"):
        judge(store, ADA, queue, 0, piece, ReviewVerdict.RIGHT)
    assert store.projects.list_splits(queue)[0].reviewed == 0
    judge(store, BOB, queue, 0, piece, ReviewVerdict.RIGHT)
    store.projects.accept_split(BOB, queue, 0)


def test_what_is_judged_stays_in_the_sample(store: Store) -> None:
    """The draw changed with a version: verdicts fell out of the sample, still counted, and the rest was accepted unseen."""
    queue = open_project(store, 12, overlap=1, review_share=0.25)
    tasks = [task.id for task in work(store, queue, ADA)]
    drawn = [each.task_id for each in store.projects.list_sample(queue, 0)]
    outside = next(each for each in tasks if each not in drawn)
    row = {"queue_id": queue, "split": 0, "round": 1, "task_id": outside, "annotator": ADA, "by": EVE, "at": now()}
    with store.database.write() as connection:
        connection.execute(tables.verdicts.insert().values(verdict="wrong", note="", **row))
    sample = store.projects.list_sample(queue, 0)
    kept = {each.task_id for each in sample} - {outside}
    assert [each.verdict for each in sample if each.task_id == outside] == [ReviewVerdict.WRONG]
    assert (len(sample), len(kept), kept < set(drawn)) == (3, 2, True)
    for piece in (each for each in sample if each.task_id in kept):  # judging one does not change which the others are
        judge(store, EVE, queue, 0, piece, ReviewVerdict.RIGHT)
        assert {each.task_id for each in store.projects.list_sample(queue, 0)} == {outside, *kept}
    store.projects.accept_split(EVE, queue, 0)


def accepted(store: Store) -> str:
    """A queue of four solutions, two of them judged, in one accepted split."""
    queue = open_project(store, 4, overlap=1, review_share=0.5)
    work(store, queue, ADA)
    for each in store.projects.list_sample(queue, 0):
        judge(store, EVE, queue, 0, each, ReviewVerdict.RIGHT)
    store.projects.accept_split(EVE, queue, 0)
    return queue


def test_judged_work_can_be_looked_at_while_it_is_open_again(store: Store) -> None:
    """An accepted split could not be opened once an annotator had a second thought."""
    queue = accepted(store)
    before = store.projects.list_sample(queue, 0)
    store.labelling.save_events(ADA, [act(before[0].task_id, EventKind.REOPEN, 90)])
    assert store.projects.list_sample(queue, 0) == before


def change(store: Store, task: str, value: Label, second: float) -> None:
    """Ada changes her first label and submits again."""
    events = [label(task, 0, value, second), act(task, EventKind.SUBMIT, second + 1)]
    assert store.labelling.save_events(ADA, events).rejected == ()


def test_a_verdict_is_not_one_on_the_labels_that_come_after_it(store: Store) -> None:
    """It stood beside them as if they had been judged, and the split was accepted with labels that nobody had looked at."""
    queue = open_project(store, 2, overlap=1, review_share=1.0)
    work(store, queue, ADA)
    one, other = store.projects.list_sample(queue, 0)
    for each in (one, other):
        judge(store, EVE, queue, 0, each, ReviewVerdict.RIGHT)
    change(store, one.task_id, Label.WRONG, 90)
    shown = store.projects.list_sample(queue, 0)
    changed = (Label.WRONG, Label.CORRECT)
    assert [(each.labels, each.verdict) for each in shown] == [(changed, None), (other.labels, ReviewVerdict.RIGHT)]
    with pytest.raises(BadReview, match="Only 1 of 2"):
        store.projects.accept_split(EVE, queue, 0)
    judge(store, EVE, queue, 0, shown[0], ReviewVerdict.WRONG)
    assert (store.projects.list_splits(queue)[0].reviewed, store.projects.list_splits(queue)[0].wrong) == (2, 1)


def test_an_accepted_split_with_labels_nobody_judged_is_reviewed_again(store: Store) -> None:
    queue = accepted(store)
    judged = store.projects.list_sample(queue, 0)[0]
    change(store, judged.task_id, Label.NEUTRAL, 90)
    assert (state(store, queue)[0], store.projects.list_splits(queue)[0].reviewed) == (SplitState.REVIEW, 1)
    shown = store.projects.list_sample(queue, 0)
    assert (shown[0].labels, shown[0].verdict) == ((Label.NEUTRAL, Label.CORRECT), None)
    judge(store, EVE, queue, 0, shown[0], ReviewVerdict.RIGHT)
    store.projects.accept_split(EVE, queue, 0)
    assert state(store, queue)[0] is SplitState.ACCEPTED


def test_whoever_submits_the_judged_labels_again_keeps_the_verdict(store: Store) -> None:
    """A remark is no label, and labels that were changed and changed back are those that were judged."""
    queue = accepted(store)
    before = store.projects.list_sample(queue, 0)
    task = before[0].task_id
    store.labelling.save_events(ADA, [act(task, EventKind.NOTE, 90, text="hm"), act(task, EventKind.SUBMIT, 91)])
    assert (state(store, queue)[0], store.projects.list_sample(queue, 0)) == (SplitState.ACCEPTED, before)
    change(store, task, Label.WRONG, 92)
    assert state(store, queue)[0] is SplitState.REVIEW
    change(store, task, Label.CORRECT, 94)
    assert (state(store, queue)[0], store.projects.list_sample(queue, 0)) == (SplitState.ACCEPTED, before)


def test_a_judged_solution_shows_the_labels_that_were_submitted(store: Store) -> None:
    """The verdict stood beside labels that were still being changed."""
    queue = accepted(store)
    before = store.projects.list_sample(queue, 0)
    store.labelling.save_events(ADA, [label(before[0].task_id, 0, Label.WRONG, 90)])
    assert store.projects.list_sample(queue, 0) == before


def test_an_accepted_split_that_grows_is_reviewed_again(store: Store) -> None:
    """It stayed accepted, and could not be opened: what was added was never reviewed."""
    queue = accepted(store)
    judged = {each.task_id for each in store.projects.list_sample(queue, 0)}
    store.projects.add_items(queue, Selection(solutions=tuple(add_solutions(store, 6))))
    assert (state(store, queue), store.projects.list_sample(queue, 0)) == ((SplitState.LABELLING, 1, 4, 10), ())
    work(store, queue, ADA)
    sample = store.projects.list_sample(queue, 0)
    open_ = [each for each in sample if each.verdict is None]
    assert (len(sample), {each.task_id for each in sample if each not in open_}) == (5, judged)
    with pytest.raises(BadReview, match="Only 2 of 5"):
        store.projects.accept_split(EVE, queue, 0)
    for each in open_:
        judge(store, EVE, queue, 0, each, ReviewVerdict.RIGHT)
    store.projects.accept_split(EVE, queue, 0)
    assert state(store, queue)[0] is SplitState.ACCEPTED


def test_a_verdict_is_about_the_work_that_was_shown(store: Store) -> None:
    """Somebody else submitted while a reviewer looked: the verdict was booked about them, as the draw was made again."""
    queue = open_project(store, 8, overlap=None, review_share=1.0)
    work(store, queue, ADA)
    shown = store.projects.list_sample(queue, 0)
    work(store, queue, BOB, Label.WRONG)
    for each in shown:
        judge(store, EVE, queue, 0, each, ReviewVerdict.WRONG)
    assert [each.annotator for each in store.projects.list_sample(queue, 0)] == [ADA] * 8
    assert {each.verdict for each in store.projects.list_sample(queue, 0)} == {ReviewVerdict.WRONG}


def test_work_that_is_not_as_it_was_shown_is_not_judged(store: Store) -> None:
    queue = open_project(store, 2, overlap=None, review_share=1.0)
    for who in (ADA, BOB):
        work(store, queue, who)
    one, other = store.projects.list_sample(queue, 0)
    reopen = act(one.task_id, EventKind.REOPEN, 90)
    store.labelling.save_events(one.annotator, [reopen])
    with pytest.raises(BadReview, match="Reload the page"):  # taken back
        judge(store, EVE, queue, 0, one, ReviewVerdict.WRONG)
    events = [label(one.task_id, 0, Label.WRONG, 91), act(one.task_id, EventKind.SUBMIT, 92)]
    store.labelling.save_events(one.annotator, events)
    with pytest.raises(BadReview, match="Reload the page"):  # changed
        judge(store, EVE, queue, 0, one, ReviewVerdict.WRONG)
    judge(store, EVE, queue, 0, other, ReviewVerdict.RIGHT)
    third = FinishedWork(task_id=other.task_id, annotator=BOB if other.annotator == ADA else ADA, labels=other.labels)
    with pytest.raises(BadReview, match="Reload the page"):  # the other person's work is judged already
        judge(store, EVE, queue, 0, third, ReviewVerdict.WRONG)
    (now_shown,) = (each for each in store.projects.list_sample(queue, 0) if each.task_id == one.task_id)
    judge(store, EVE, queue, 0, now_shown, ReviewVerdict.RIGHT)
    assert store.projects.list_splits(queue)[0].reviewed == 2


def test_one_more_submission_seldom_changes_whose_work_is_shown(store: Store) -> None:
    """With every submission all the lots were drawn anew."""
    queue = open_project(store, 8, overlap=None, review_share=1.0)
    for who in (ADA, BOB, "cyd"):
        work(store, queue, who)
    before = store.projects.list_sample(queue, 0)
    work(store, queue, "dan")
    after = store.projects.list_sample(queue, 0)
    moved = [(one.annotator, other.annotator) for one, other in zip(before, after, strict=True) if one != other]
    assert {new for _old, new in moved} <= {"dan"}


def test_a_share_is_taken_as_it_was_written(store: Store) -> None:
    """7 % of 100 was 8: the computer's 0.07 is a little more."""
    queue = open_project(store, 100, review_share=0.07, split_size=100)
    assert [each.sample for each in store.projects.list_splits(queue)] == [7]


SECOND_IS_WRONG = QuestionedStep(step=1, should_be=Label.WRONG)


def test_the_annotator_learns_which_step_was_questioned_and_why(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=1.0)
    work(store, queue, ADA)
    wrong, right = store.projects.list_sample(queue, 0)
    doubted = QuestionedStep(step=0, should_be=None)
    judge(store, EVE, queue, 0, wrong, ReviewVerdict.WRONG, "Read the axis.", [SECOND_IS_WRONG, doubted])
    judge(store, EVE, queue, 0, right, ReviewVerdict.RIGHT)
    assert store.projects.list_sample(queue, 0)[0].questioned == (doubted, SECOND_IS_WRONG)
    assert store.labelling.find_wrong_verdict(wrong.task_id, BOB) is None
    store.projects.send_back_split(EVE, queue, 0, "Once more")
    found = store.labelling.find_wrong_verdict(wrong.task_id, ADA)
    assert found is not None
    assert (found.by, found.note, found.questioned) == (EVE, "Read the axis.", (doubted, SECOND_IS_WRONG))
    assert store.labelling.find_wrong_verdict(right.task_id, ADA) is None, "it went back with its split"
    assert check(store).faults == ()


def test_a_verdict_of_an_earlier_round_is_not_why_work_came_back_now(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=1.0)
    work(store, queue, ADA)
    first, second = store.projects.list_sample(queue, 0)
    judge(store, EVE, queue, 0, first, ReviewVerdict.WRONG, "Then", [SECOND_IS_WRONG])
    judge(store, EVE, queue, 0, second, ReviewVerdict.RIGHT)
    store.projects.send_back_split(EVE, queue, 0, "")
    work(store, queue, ADA, Label.WRONG)
    first, second = store.projects.list_sample(queue, 0)
    assert store.projects.get_review_item(queue, 0, second.task_id).before is None
    before = store.projects.get_review_item(queue, 0, first.task_id).before
    assert before is not None
    assert (before.by, before.note, before.labels) == (EVE, "Then", (Label.CORRECT,) * 2)
    assert before.questioned == (SECOND_IS_WRONG,)
    judge(store, EVE, queue, 0, first, ReviewVerdict.RIGHT)
    judge(store, EVE, queue, 0, second, ReviewVerdict.WRONG, "Now")
    store.projects.send_back_split(EVE, queue, 0, "")
    assert store.labelling.find_wrong_verdict(first.task_id, ADA) is None
    now_wrong = store.labelling.find_wrong_verdict(second.task_id, ADA)
    assert now_wrong is not None
    assert now_wrong.note == "Now"


@pytest.mark.parametrize(
    ("verdict", "questioned", "why"),
    [
        (ReviewVerdict.RIGHT, [SECOND_IS_WRONG], "not all right"),
        (ReviewVerdict.WRONG, [QuestionedStep(step=2, should_be=None)], "Step 3 is questioned twice, or is none"),
        (ReviewVerdict.WRONG, [SECOND_IS_WRONG, QuestionedStep(step=1, should_be=None)], "Step 2 is questioned twice"),
        (ReviewVerdict.WRONG, [QuestionedStep(step=0, should_be=Label.CORRECT)], "has the label already"),
    ],
)
def test_only_what_can_be_doubted_is_questioned(store: Store, verdict, questioned, why) -> None:
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    work(store, queue, ADA)
    (piece,) = store.projects.list_sample(queue, 0)
    with pytest.raises(BadReview, match=why):
        judge(store, EVE, queue, 0, piece, verdict, "", questioned)
    assert store.projects.list_sample(queue, 0)[0].verdict is None


def test_an_item_tells_all_that_its_annotator_said(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    task = take(store, queue, ADA)
    said = [act(task.id, EventKind.STEP_NOTE, 0, step=1, text="smudged"), act(task.id, EventKind.NOTE, 0, text="hard")]
    store.labelling.save_events(ADA, [label(task.id, step, Label.CORRECT) for step in range(2)] + said)
    store.labelling.save_events(ADA, [act(task.id, EventKind.SUBMIT, 1, seconds=3.0)])
    item = store.projects.get_review_item(queue, 0, task.id)
    assert (item.work.annotator, item.said.note, item.before) == (ADA, "hard", None)
    assert item.said.details[1] is not None
    assert item.said.details[1].note == "smudged"
    with pytest.raises(NotFound, match="not in the sample"):
        store.projects.get_review_item(queue, 0, "another")
