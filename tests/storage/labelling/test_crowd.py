"""Twenty people at once on one real file: nobody gets a solution twice, no solution gets too many people, none is left.

Covers storage/labelling/assignment.py.
"""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine.domain import Label, LabelTask, SkipReason
from storage import Blocked, BlockedBy, EventKind, Store
from storage.backup import check
from tests.support.label_events import act, label
from tests.support.store_projects import expire, finish, open_project, take

PEOPLE, SOLUTIONS, OVERLAP = 20, 40, 2


@dataclass
class Way:
    """What one person did."""

    finished: list[str] = field(default_factory=list)  # tasks, in order
    left: set[str] = field(default_factory=set)  # of those, let go in between: the lease ran out, and they came back
    late: list[str] = field(default_factory=list)  # of those, told that somebody else had taken the place meanwhile


def test_a_crowd_shares_the_work_as_the_overlap_says(store: Store) -> None:
    """A place is only given away when it is free, so whoever never let go of a solution is one of its OVERLAP people.

    More than OVERLAP + 1 can finish one: both its people walk away, two others take over, and all four hand in their work.
    """
    queue = open_project(store, SOLUTIONS, overlap=OVERLAP)
    start = threading.Barrier(PEOPLE)

    def person(number: int) -> Way:
        """Work as people do: reload, keep the next one ready, skip, walk away and come back."""
        who, chance, way = f"person-{number}", random.Random(number), Way()
        start.wait()
        while (task := one_more(store, queue, who)) is not None:
            assert task.id not in way.finished
            match chance.randrange(5):
                case 0:  # a reload serves the same one
                    assert take(store, queue, who).id == task.id
                case 1:  # the board keeps the following one ready
                    ahead = store.labelling.task_at(queue, task.sequence_no + 1, who)
                    assert not isinstance(ahead, LabelTask) or ahead.id != task.id
                case 2:  # away for an hour, and back
                    store.labelling.save_events(who, [label(task.id, 0, Label.WRONG)])
                    expire(store, who)
                    way.left.add(task.id)
            hand_in(store, task, who, way, skipped=chance.random() < 0.1)
        return way

    with ThreadPoolExecutor(PEOPLE) as pool:
        ways = list(pool.map(person, range(PEOPLE)))
    # people who kept one ready and went home leave it to the others, whose queue has not dried up
    for number in range(PEOPLE):
        expire(store, f"person-{number}")
    for number, way in enumerate(ways):
        while (task := one_more(store, queue, f"person-{number}")) is not None:
            hand_in(store, task, f"person-{number}", way, skipped=False)

    assert all(len(way.finished) == len(set(way.finished)) for way in ways)
    assert all(set(way.late) <= way.left for way in ways)
    counts = Counter(task for way in ways for task in way.finished)
    came_back = Counter(task for way in ways for task in way.left)
    late = Counter(task for way in ways for task in way.late)
    assert (len(counts), min(counts.values())) == (SOLUTIONS, OVERLAP)
    for task, count in counts.items():
        assert count - came_back[task] <= OVERLAP
        assert count - late[task] <= OVERLAP  # each one too many was told so
    progress = store.projects.get_progress(queue)
    assert (progress.done, progress.over) == (SOLUTIONS, sum(count > OVERLAP for count in counts.values()))
    assert check(store).faults == ()


def test_all_who_let_a_solution_go_may_come_back_to_it(store: Store) -> None:
    """The case that a bound of OVERLAP + 1 people a solution forgot, met by chance in the crowd above, in its order."""
    queue = open_project(store, 1, overlap=OVERLAP)
    ways = {who: Way() for who in ("ada", "bob", "eve", "dan")}
    held = {}
    for pair in (("ada", "bob"), ("eve", "dan")):
        for who in pair:
            held[who] = take(store, queue, who)
        assert isinstance(
            store.labelling.next_task(queue, "fay"), Blocked
        )  # both places are taken: nobody else gets it
        if "ada" in pair:
            for who in pair:
                expire(store, who)
    for who, way in ways.items():
        hand_in(store, held[who], who, way, skipped=False)
    assert [way.late != [] for way in ways.values()] == [True, True, False, False]
    assert store.labelling.next_task(queue, "fay") is None
    progress = store.projects.get_progress(queue)
    assert (progress.total, progress.done, progress.over) == (1, 1, 1)
    assert check(store).faults == ()


def one_more(store: Store, queue: str, who: str) -> LabelTask | None:
    task = store.labelling.next_task(queue, who)
    if isinstance(task, Blocked):
        assert task.why is BlockedBy.WAITING
        return None
    return task


def hand_in(store: Store, task: LabelTask, who: str, way: Way, *, skipped: bool) -> None:
    if skipped:
        receipt = store.labelling.save_events(who, [act(task.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
        assert receipt.rejected == ()
    else:
        receipt = finish(store, task, who)
    way.finished.append(task.id)
    way.late += receipt.late
