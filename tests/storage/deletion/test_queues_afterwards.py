"""What stays goes on as if the deleted had never been: assignment lists, reviewed splits, the feed, people at work.

Covers storage/labelling/task_removal.py.
"""

import random

import pytest

from engine.domain import Label, LabelTask
from engine.evaluation.agreement import measure_agreement
from storage import (
    DisagreementFilter,
    EventKind,
    Scope,
    Selection,
    SplitState,
    Store,
    TaskRole,
)
from storage.backup import check
from storage.projects.gold import GoldItem
from tests.support.label_events import act, label
from tests.support.store_deletion import AddRun, accept, count_rows, delete, make_project, run_target, solutions_of
from tests.support.store_labelling import submit
from tests.support.store_projects import expire, finish, take, work


def test_an_assignment_list_closes_up_and_the_queue_counts_what_is_left(store: Store, add_run: AddRun) -> None:
    first, second = add_run(solutions=3), add_run(solutions=3, question="How few?")
    queue = make_project(store, first, second, overlap=1)
    work(store, queue, "mei", most=4)  # three of the first run, one of the second
    at_work = take(store, queue, "mei")
    delete(store, run_target(first))
    mine = store.labelling.get_queue(queue, "mei")
    assert (mine.queue.total, mine.done, mine.mine) == (3, 1, 3)
    again = store.labelling.task_at(queue, 1, "mei")
    assert isinstance(again, LabelTask)
    assert (again.id, again.sequence_no, again.total) == (at_work.id, 1, 3)
    progress = store.projects.get_progress(queue)
    assert (progress.total, progress.done) == (3, 1)
    assert len(work(store, queue, "mei")) == 2
    assert store.labelling.next_task(queue, "mei") is None
    assert check(store).faults == ()


def test_what_is_added_after_the_end_was_deleted_comes_to_everybody(store: Store, add_run: AddRun) -> None:
    """The cursors stood behind it: nobody would have got what took its positions."""
    first, last = add_run(solutions=2), add_run(solutions=2, question="How few?")
    queue = make_project(store, first, last)
    work(store, queue, "mei")
    delete(store, run_target(last))
    third = add_run(solutions=3, question="How long?")
    assert store.projects.add_items(queue, Selection(runs=(third.id,))).total == 5
    assert len(work(store, queue, "mei")) == 3
    assert len(work(store, queue, "tom")) == 5
    assert check(store).faults == ()


def test_reviewed_splits_keep_their_solutions(store: Store, add_run: AddRun) -> None:
    """Were positions closed up, unreviewed work would move into a split that was accepted."""
    first, second = add_run(solutions=3), add_run(solutions=3, question="How few?")
    queue = make_project(store, first, second, overlap=1, review_share=1.0, split_size=3)
    work(store, queue, "mei", most=4)
    accept(store, queue, 0)
    delete(store, run_target(first))
    (split,) = store.projects.list_splits(queue)
    assert (split.number, split.state, split.done, split.total) == (1, SplitState.LABELLING, 1, 3)
    work(store, queue, "mei")
    assert store.projects.list_splits(queue)[0].state is SplitState.REVIEW


def test_an_event_for_a_deleted_task_does_not_hold_up_others(store: Store, add_run: AddRun) -> None:
    first, second = add_run(), add_run(question="How few?")
    gone = store.labelling.next_task(store.labelling.open_run_queue(first.id, "A").id, "mei")
    there = store.labelling.next_task(store.labelling.open_run_queue(second.id, "B").id, "mei")
    assert isinstance(gone, LabelTask)
    assert isinstance(there, LabelTask)
    delete(store, run_target(first))
    late, good = label(gone.id, 0, Label.CORRECT), label(there.id, 0, Label.CORRECT)
    receipt = store.labelling.save_events("mei", [late, good])
    assert receipt.acknowledged == (good.uuid,)
    (refused,) = receipt.rejected
    assert (refused.uuid, "was deleted" in refused.reason) == (late.uuid, True)


def test_a_follower_of_the_feed_misses_nothing_and_sees_nothing_twice(store: Store, add_run: AddRun) -> None:
    """SQLite gave the numbers of deleted rows again, to events behind the follower's cursor."""
    first, second = add_run(), add_run(question="How few?")
    early = store.labelling.open_run_queue(first.id, "A")
    submit(store, early.id, 0, "mei", "+++")
    seen = store.results.get_feed(limit=1000)
    late = store.labelling.open_run_queue(second.id, "B")
    submit(store, late.id, 0, "mei", "---")
    cursor = store.results.get_feed(seen.cursor, limit=1000).cursor
    delete(store, run_target(second))
    assert store.results.get_feed(cursor).entries == ()
    assert store.results.get_feed(cursor).cursor == cursor
    submit(store, early.id, 1, "tom", "000")
    new = store.results.get_feed(cursor, limit=1000).entries
    assert {entry.who for entry in new} == {"tom"}
    assert [entry.kind.value for entry in new].count("label") == 3
    everything = store.results.get_feed(limit=1000)
    assert {entry.who for entry in everything.entries} == {"mei", "tom"}
    delete(store, run_target(first))
    assert store.results.get_feed(everything.cursor).entries == (), (
        "no cursor of before is taken for one of a lost backup"
    )


@pytest.mark.parametrize("seed", range(6))
def test_labelling_goes_on_to_the_end_whatever_is_deleted(store: Store, add_run: AddRun, seed: int) -> None:
    """Random projects, people who work, skip, walk away and come back, runs that are deleted in between; quiz and gold too."""
    chance = random.Random(seed)
    runs = [add_run(solutions=chance.randint(1, 5), question=f"Question {each}?", steps=2) for each in range(6)]
    overlap = chance.choice([None, 1, 2])
    people = [f"person-{each}" for each in range(3)]
    queue = make_project(store, *runs[:4], overlap=overlap, split_size=chance.randint(1, 4), review_share=0.5)
    known = [GoldItem(solution_id=each, labels=(Label.CORRECT,) * 2) for each in solutions_of(store, runs[4])]
    store.projects.add_gold(queue, TaskRole.GOLD, known)
    done: dict[str, list[str]] = {who: [] for who in people}
    store.labelling.open_run_queue(runs[0].id, "A")
    left = list(runs)
    for _turn in range(40):
        who = chance.choice(people)
        match chance.randrange(8):
            case 0 if len(left) > 1:
                delete(store, run_target(left.pop(chance.randrange(len(left)))))
                assert check(store).faults == ()
            case 1:
                expire(store, who)
            case 2:
                store.projects.release_tasks(queue, who)
            case 3 if runs[5] in left:
                store.projects.add_items(queue, Selection(runs=(runs[5].id,)))
            case _:
                do_one(store, queue, who, done, chance)
    delete(store, run_target(left.pop()))
    while any(do_one(store, queue, who, done, chance) for who in people):
        pass
    progress, tasks = store.projects.get_progress(queue), count_rows(store)["tasks"]
    assert progress.done == progress.total
    assert store.labelling.get_queue(queue, people[0]).queue.total <= tasks
    for who in people:
        assert len(done[who]) == len(set(done[who])), "nothing was given twice"
        mine = store.labelling.get_queue(queue, who)
        assert mine.done == mine.mine
    assert sum(each.items + each.skips for each in store.results.summarise_annotators(Scope(stage=None))) == sum(
        each.done for each in progress.people
    ) - sum(each.items for each in store.projects.measure_gold_accuracy(queue))
    assert measure_agreement(store.results.iter_rated(Scope()), resamples=10).overall.items <= tasks
    labelled = {each.solution_id for each in store.results.iter_rated(Scope())}
    disputed = store.results.list_disagreements(DisagreementFilter()).items
    assert labelled >= {each.solution_id for each in disputed}
    assert sum(split.total for split in store.projects.list_splits(queue)) == progress.total
    assert check(store).faults == ()


def do_one(store: Store, queue: str, who: str, done: dict[str, list[str]], chance: random.Random) -> bool:
    """Let somebody label one solution to its end, if there is one for them."""
    task = store.labelling.next_task(queue, who)
    if not isinstance(task, LabelTask):
        return False
    assert task.id not in done[who]
    finish(store, task, who, chance.choice(list(Label)), second=chance.random())
    done[who].append(task.id)
    return True


def test_no_event_is_lost_to_a_deletion(store: Store, add_run: AddRun) -> None:
    """Work of others in the same project stays to the last event."""
    first, second = add_run(solutions=2), add_run(solutions=2, question="How few?")
    queue = make_project(store, first, second)
    for task in work(store, queue, "mei"):
        store.labelling.save_events("mei", [act(task.id, EventKind.NOTE, 5, text="seen")])
    before = [entry for entry in store.results.get_feed(limit=1000).entries]
    kept = set(solutions_of(store, second))
    delete(store, run_target(first))
    after = store.results.get_feed(limit=1000).entries
    assert list(after) == [entry for entry in before if entry.solution_id in kept]
