"""Which splits a reviewer can do something in."""

from storage import ReviewVerdict, Store
from tests.support.store_projects import judge, open_project, work

ADA, BOB, EVE = "ada", "bob", "eve"


def judgeable(store: Store, queue: str, reviewer: str) -> frozenset[int]:
    """The numbers of the splits in which a reviewer can do something."""
    return store.projects.list_splits_of_reviewer(queue, reviewer).judgeable


def test_a_split_of_ones_own_work_waits_for_somebody_else(store: Store) -> None:
    """It was counted for its annotator too, who was then shown labels that they could not judge."""
    queue = open_project(store, 4, overlap=1, split_size=2, review_share=0.5)
    work(store, queue, ADA)
    assert judgeable(store, queue, ADA) == set()
    assert judgeable(store, queue, BOB) == {0, 1}
    (piece,) = store.projects.list_sample(queue, 0, BOB)
    judge(store, BOB, queue, 0, piece, ReviewVerdict.RIGHT)
    assert judgeable(store, queue, ADA) == {0}, "all is judged, and anybody may end the round"
    store.projects.accept_split(BOB, queue, 0)
    assert judgeable(store, queue, BOB) == {1}


def test_whose_work_is_drawn_leaves_the_reviewers_own_out_where_it_can(store: Store) -> None:
    """The draw took one person for everybody: where it fell on the only reviewer, the split could not be ended."""
    queue = open_project(store, 8, overlap=2, review_share=1.0)
    for who in (ADA, BOB):
        work(store, queue, who)
    assert {each.annotator for each in store.projects.list_sample(queue, 0, EVE)} == {ADA, BOB}
    for reviewer, other in ((ADA, BOB), (BOB, ADA)):
        assert judgeable(store, queue, reviewer) == {0}
        sample = store.projects.list_sample(queue, 0, reviewer)
        assert {each.annotator for each in sample} == {other}
    first = store.projects.list_sample(queue, 0, BOB)[0]
    judge(store, BOB, queue, 0, first, ReviewVerdict.RIGHT)
    assert store.projects.list_sample(queue, 0, ADA)[0].annotator == ADA, "what is judged is shown as it was judged"
    assert store.projects.get_review_item(queue, 0, first.task_id, EVE).work.annotator == ADA


def test_work_in_progress_waits_for_nobody(store: Store) -> None:
    queue = open_project(store, 2, overlap=2, review_share=1.0)
    work(store, queue, ADA)
    assert judgeable(store, queue, BOB) == set()
