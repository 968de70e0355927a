"""Where the labels of a project stand, when they came, and how long each took."""

from engine.domain import Label, SkipReason
from storage import EventKind, FinishedWork, ReviewVerdict, Store, WorkJudgement
from tests.support.label_events import act
from tests.support.store_projects import expire, finish, open_project, take, work

ADA, BOB = "ada", "bob"


def send_back(store: Store, queue: str) -> None:
    for sampled in store.projects.list_sample(queue, 0):
        shown = FinishedWork(task_id=sampled.task_id, annotator=sampled.annotator, labels=sampled.labels)
        store.projects.add_verdict(queue, 0, WorkJudgement(by="rex", shown=shown, verdict=ReviewVerdict.WRONG))
    store.projects.send_back_split("rex", queue, 0, "Look again.")


def counts(store: Store, queue: str) -> tuple[int, ...]:
    found = store.projects.count_labels(queue)
    assert found.done + found.sent_back + found.in_work + found.to_do == found.wanted
    return (found.wanted, found.done, found.sent_back, found.in_work, found.to_do, found.unclaimed)


def test_labels_are_done_in_work_or_to_do(store: Store) -> None:
    queue = open_project(store, 4, overlap=2)
    assert counts(store, queue) == (8, 0, 0, 0, 8, 0)
    work(store, queue, ADA, most=3)
    take(store, queue, BOB)
    assert counts(store, queue) == (8, 3, 0, 1, 4, 0)
    expire(store, BOB)
    assert counts(store, queue) == (8, 3, 0, 0, 5, 0)


def test_work_sent_back_is_no_label_until_it_is_submitted_again(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, review_share=0.5, split_size=2)
    work(store, queue, ADA)
    send_back(store, queue)
    assert counts(store, queue) == (2, 0, 2, 0, 0, 0)
    assert store.projects.count_sent_back(queue) == {ADA: 2}
    expire(store, ADA)
    assert counts(store, queue) == (2, 0, 2, 0, 0, 2), "nobody has taken it up in time"
    finish(store, take(store, queue, BOB), BOB)
    assert counts(store, queue) == (2, 1, 1, 0, 0, 1), "somebody else has done one of them"


def test_an_empty_project_has_nothing_to_do(store: Store) -> None:
    assert counts(store, open_project(store, 0)) == (0, 0, 0, 0, 0, 0)


def test_times_are_those_of_labelled_solutions(store: Store) -> None:
    queue = open_project(store, 3, overlap=None)
    first = work(store, queue, ADA, most=1)[0]
    skipped = take(store, queue, ADA)
    store.labelling.save_events(ADA, [act(skipped.id, EventKind.SKIP, 0, skip_reason=SkipReason.BAD_PROBLEM)])
    finish(store, take(store, queue, BOB), BOB, Label.WRONG)
    found = store.projects.list_timed_work(queue)
    assert [each.annotator for each in found] == [BOB, ADA]
    assert (found[1].seconds, found[1].steps, found[1].words) == (6.0, len(first.steps), 2)
    assert [who for who, _at in store.projects.list_ends(queue)] == [ADA, ADA, BOB]
