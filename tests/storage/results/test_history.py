"""The history of a solution, and the feed that scripts follow.

Covers storage/results/history_entries.py.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain import Cause, Decision, Label, LabelTask, Problem, Run, SkipReason, Solution, Stage
from storage import BadSetting, EventKind, HistoryEntry, HistoryKind, NotFound, ReviewVerdict, Store, open_store
from storage.backup import backup, restore
from tests.support.label_events import act, label
from tests.support.store_labelling import say, skip, submit
from tests.support.store_projects import judge, open_project, work


@pytest.fixture
def queue(store: Store, add_run: Callable[..., Run]) -> str:
    return store.labelling.open_run_queue(add_run().id, "A").id


def brief(entries: tuple[HistoryEntry, ...]) -> list[tuple[str, str | None]]:
    return [(each.kind.value, each.who) for each in entries]


def test_everything_that_happened_to_a_solution_is_told_in_order(store: Store, queue: str) -> None:
    task = submit(store, queue, 0, "ada", "+0-")
    solution = store.labelling.get_task(task, "ada").solution_id
    submit(store, queue, 1, "ada", "+++")  # another solution
    store.labelling.reveal(task, "ada")
    store.labelling.save_events("ada", [act(task, EventKind.REOPEN, 20), label(task, 2, Label.CORRECT, 21)])
    store.labelling.save_events("ada", [act(task, EventKind.SUBMIT, 22), act(task, EventKind.NOTE, 23, text="hm")])
    skip(store, queue, 0, "bea")
    decided = Decision(solution_id=solution, labels=(Label.WRONG,) * 3, by="rev", cause=Cause.SLIP, note="so")
    store.results.add_decision(decided)
    page = store.results.get_history(solution)
    assert page.next is None
    assert brief(page.entries) == [
        ("sampled", None),
        ("scored", None),
        *[("label", "ada")] * 3,
        ("submit", "ada"),
        ("annotated", "ada"),
        ("reveal", "ada"),
        ("reopen", "ada"),
        ("label", "ada"),
        ("submit", "ada"),
        ("note", "ada"),
        ("annotated", "ada"),
        ("skip", "bea"),
        ("annotated", "bea"),
        ("decided", "rev"),
    ]
    assert {each.solution_id for each in page.entries} == {solution}
    third = page.entries[4]
    assert (third.step, third.label, third.queue_id, third.task_id) == (2, Label.WRONG, queue, task)
    stages = [each.stage for each in page.entries if each.kind is HistoryKind.ANNOTATED]
    assert stages[0] is Stage.BLIND
    assert stages[1] is Stage.REVEALED
    assert page.entries[13].skip_reason is SkipReason.BAD_PROBLEM
    last = page.entries[-1]
    assert (last.id, last.at, last.labels, last.cause, last.text) == (
        decided.id,
        decided.at,
        decided.labels,
        Cause.SLIP,
        "so",
    )


def test_a_history_comes_page_by_page(store: Store, queue: str) -> None:
    solution = store.labelling.get_task(submit(store, queue, 0, "ada", "+0-"), "ada").solution_id
    whole = store.results.get_history(solution).entries
    paged: list[HistoryEntry] = []
    after: int | None = 0
    while after is not None:
        page = store.results.get_history(solution, limit=2, after=after)
        paged += page.entries
        after = page.next
    assert tuple(paged) == whole
    with pytest.raises(NotFound, match="no solution 'x'"):
        store.results.get_history("x")


def test_a_page_has_500_entries_where_nothing_else_is_asked_for(store: Store, queue: str) -> None:
    task = store.labelling.task_at(queue, 0, "ada")
    assert isinstance(task, LabelTask)
    events = [label(task.id, 0, Label.WRONG if second % 2 else Label.CORRECT, second) for second in range(510)]
    assert store.labelling.save_events("ada", events).rejected == ()
    history, feed = store.results.get_history(task.solution_id), store.results.get_feed()
    assert (len(history.entries), len(feed.entries)) == (500, 500)
    assert history.next is not None


def test_an_imported_solution_says_so(store: Store) -> None:
    problem = Problem(question="?")
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=("a",), policy_model="GPT")
    store.runs.add_solution(None, solution)
    say(store, solution.id, "elsewhere", "+")
    born, annotated = store.results.get_history(solution.id).entries
    assert (born.kind, born.text) == (HistoryKind.IMPORTED, "GPT")
    assert (annotated.kind, annotated.who, annotated.task_id) == (HistoryKind.ANNOTATED, "elsewhere", None)


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_the_feed_gives_everything_once(store: Store, queue: str, limit: int) -> None:
    task = submit(store, queue, 0, "ada", "+0-")
    solution = store.labelling.get_task(task, "ada").solution_id
    store.results.add_decision(Decision(solution_id=solution, labels=(Label.WRONG,) * 3, by="rev", cause=Cause.SLIP))
    seen: list[HistoryEntry] = []
    cursor = ""
    while (page := store.results.get_feed(cursor, limit)).entries:
        seen += page.entries
        cursor = page.cursor
    assert brief(tuple(seen)) == [*[("label", "ada")] * 3, ("submit", "ada"), ("annotated", "ada"), ("decided", "rev")]
    assert store.results.get_feed(cursor).cursor == cursor  # nothing new: the same place
    submit(store, queue, 1, "bea", "+++")
    say(store, solution, "elsewhere", "---")
    assert brief(store.results.get_feed(cursor).entries) == [
        *[("label", "bea")] * 3,
        ("submit", "bea"),
        ("annotated", "bea"),
        ("annotated", "elsewhere"),
    ]
    assert store.results.get_feed("").entries[:6] == tuple(seen)


def test_the_feed_of_one_queue(store: Store, queue: str, add_run: Callable[..., Run]) -> None:
    other = store.labelling.open_run_queue(add_run().id, "B").id
    task = submit(store, queue, 0, "ada", "+0-")
    submit(store, other, 0, "bea", "+0-")
    solution = store.labelling.get_task(task, "ada").solution_id
    store.results.add_decision(
        Decision(solution_id=solution, queue_id=other, labels=(Label.WRONG,) * 3, by="rev", cause=Cause.SLIP)
    )
    assert {each.who for each in store.results.get_feed(queue_id=queue).entries} == {"ada"}
    assert {each.who for each in store.results.get_feed(queue_id=other).entries} == {"bea", "rev"}


@pytest.mark.parametrize("cursor", ["x", "-", "1..2", "1.2.3.4.5.6", "0.0.0.0." + "9" * 19, "٣.0.0.0.0"])
def test_a_cursor_of_another_kind_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadSetting, match="not a cursor of the feed"):
        store.results.get_feed(cursor)


def test_a_cursor_from_before_a_backup_came_back_is_refused(store: Store, queue: str, tmp_path: Path) -> None:
    """The numbers of lost events are given again: whoever went on from the old cursor would have missed the new ones."""
    submit(store, queue, 0, "ada", "+0-")
    backup(store, tmp_path / "backup")
    submit(store, queue, 1, "ada", "+0-")
    cursor = store.results.get_feed().cursor
    assert store.results.get_feed(cursor).entries == ()
    cursors = {cursor}
    for folder in ("back", "again"):
        restore(tmp_path / "backup", tmp_path / folder)
        with open_store(tmp_path / folder) as back:
            for task in range(2):
                submit(back, queue, task, "bea", "---")  # as many as were lost, and more
            for old in cursors:
                with pytest.raises(BadSetting, match="a backup was restored"):
                    back.results.get_feed(old)
            cursor = back.results.get_feed().cursor
            cursors.add(cursor)
            submit(back, queue, 0, "cy", "---")
            assert {each.who for each in back.results.get_feed(cursor).entries} == {"cy"}


def test_a_cursor_ahead_of_the_store_is_refused(store: Store, queue: str) -> None:
    """A backup may also be put back by hand."""
    submit(store, queue, 0, "ada", "+0-")
    first, *others = store.results.get_feed().cursor.split(".")
    with pytest.raises(BadSetting, match="a backup was restored"):
        store.results.get_feed(".".join([str(int(first) + 1), *others]))


def test_a_cursor_of_a_version_with_fewer_sources_goes_on(store: Store) -> None:
    queue = open_project(store, 1, overlap=1, review_share=1.0)
    work(store, queue, "ada")
    three = ".".join(store.results.get_feed().cursor.split(".")[:3])
    (sampled,) = store.projects.list_sample(queue, 0)
    judge(store, "rev", queue, 0, sampled, ReviewVerdict.RIGHT)
    assert brief(store.results.get_feed(three).entries) == [("found_right", "rev")]


def test_review_is_told_in_the_feed_and_in_the_history(store: Store) -> None:
    queue = open_project(store, 2, overlap=1, split_size=2, review_share=1.0)
    work(store, queue, "ada")
    before = store.results.get_feed().cursor
    for sampled, verdict in zip(
        store.projects.list_sample(queue, 0), (ReviewVerdict.RIGHT, ReviewVerdict.WRONG), strict=True
    ):
        judge(store, "rev", queue, 0, sampled, verdict, "step 2")
    store.projects.send_back_split("rev", queue, 0, "once more")
    told = store.results.get_feed(before).entries
    assert brief(told) == [
        ("found_right", "rev"),
        ("found_wrong", "rev"),
        *[("return", "ada")] * 2,
        ("split_returned", "rev"),
    ]
    wrong, end = told[1], told[-1]
    assert (wrong.about, wrong.queue_id, wrong.split, wrong.text) == ("ada", queue, 0, "step 2")
    assert (end.solution_id, end.queue_id, end.split, end.text) == (None, queue, 0, "once more")
    assert wrong.solution_id is not None
    assert wrong in store.results.get_history(wrong.solution_id).entries
    work(store, queue, "ada", second=60)
    for sampled in store.projects.list_sample(queue, 0):
        judge(store, "rev", queue, 0, sampled, ReviewVerdict.RIGHT)
    store.projects.accept_split("rev", queue, 0)
    assert brief(store.results.get_feed(before).entries)[-1] == ("split_accepted", "rev")
    assert store.results.get_feed(before, queue_id=queue).entries == store.results.get_feed(before).entries
    assert store.results.get_feed(before, queue_id="another").entries == ()


def test_what_belongs_to_other_queues_is_not_looked_through_again(store: Store, queue: str) -> None:
    submit(store, queue, 0, "ada", "+0-")
    assert store.results.get_feed(queue_id="another").cursor == store.results.get_feed().cursor
