"""Twenty people at once on one real file: nobody gets a solution twice, no solution gets too many people, none is left."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

from engine.domain import Label, LabelTask, SkipReason
from storage import Blocked, BlockedBy, EventKind, Store
from storage.backup import check
from tests.storage.made import act, label
from tests.storage.projected import expire, finish, open_project

PEOPLE, SOLUTIONS, OVERLAP = 20, 40, 2


def test_a_crowd_shares_the_work_as_the_overlap_says(store: Store) -> None:
    queue = open_project(store, SOLUTIONS, overlap=OVERLAP)
    start = threading.Barrier(PEOPLE)

    def person(number: int) -> list[str]:
        """Work as people do: reload, keep the next one ready, skip, walk away and come back."""
        who, chance, given = f"person-{number}", random.Random(number), []
        start.wait()
        while True:
            task = store.next_task(queue, who)
            if isinstance(task, Blocked):
                assert task.why is BlockedBy.WAITING
                task = None
            if task is None:
                return given
            assert task.id not in given
            match chance.randrange(5):
                case 0:  # a reload serves the same one
                    again = store.next_task(queue, who)
                    assert isinstance(again, LabelTask)
                    assert again.id == task.id
                case 1:  # the board keeps the following one ready
                    ahead = store.task_at(queue, task.position + 1, who)
                    assert not isinstance(ahead, LabelTask) or ahead.id != task.id
                case 2:  # away for an hour, and back
                    store.save_events(who, [label(task.id, 0, Label.WRONG)])
                    expire(store, who)
            if chance.random() < 0.1:
                skipped = act(task.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)
                assert store.save_events(who, [skipped]).rejected == ()
            else:
                finish(store, task, who)
            given.append(task.id)

    with ThreadPoolExecutor(PEOPLE) as pool:
        ways = list(pool.map(person, range(PEOPLE)))
    # people who kept one ready and went home leave it to the others, whose queue has not dried up
    for number in range(PEOPLE):
        expire(store, f"person-{number}")
    for number in range(PEOPLE):
        ways[number] += person_alone(store, queue, f"person-{number}")
    assert all(len(way) == len(set(way)) for way in ways)
    finished = [task for way in ways for task in way]
    counts = [finished.count(task) for task in set(finished)]
    progress = store.projects.progress(queue)
    assert (len(counts), min(counts), progress.done) == (SOLUTIONS, OVERLAP, SOLUTIONS)
    assert sum(count > OVERLAP for count in counts) == progress.over
    assert all(count <= OVERLAP + 1 for count in counts)
    assert check(store).faults == ()


def person_alone(store: Store, queue: str, who: str) -> list[str]:
    given = []
    while isinstance(task := store.next_task(queue, who), LabelTask):
        finish(store, task, who)
        given.append(task.id)
    return given
