"""Many threads on one store, and a process killed while people label.

Covers storage/store.py.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from engine.domain import Label, Run
from storage import LabelEvent, Store, StoreError, open_store
from storage.backup import check
from tests.support.label_events import label
from tests.support.waiting import awaited

THREADS, ROUNDS = 8, 25


def test_threads_save_and_read_side_by_side(store: Store, add_run: Callable[..., Run]) -> None:
    queue = store.labelling.open_run_queue(add_run(solutions=4).id, "A")
    failures: list[BaseException] = []
    acknowledged: dict[str, list[LabelEvent]] = {}

    def work(who: str) -> None:
        try:
            for turn in range(ROUNDS):
                task = store.labelling.task_at(queue.id, turn % 4, who)
                event = label(task.id, turn % 3, Label(turn % 3 - 1), turn)
                assert store.labelling.save_events(who, [event]).acknowledged == (event.uuid,)
                acknowledged.setdefault(who, []).append(event)
                store.runs.list_runs()
                store.labelling.list_queues(who)
        except (StoreError, AssertionError) as error:
            failures.append(error)

    people = [threading.Thread(target=work, args=(f"guest-{number}",)) for number in range(THREADS)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert failures == []
    for who, events in acknowledged.items():
        last = {(event.task_id, event.step): event.value for event in events}
        for (task_id, step), value in last.items():
            assert store.labelling.get_task(task_id, who).labels[step or 0] == value
    report = check(store)
    assert (report.events, report.faults) == (THREADS * ROUNDS, ())


WRITER = """
import itertools, sys
from pathlib import Path
from engine.domain import Label
from storage import open_store
from tests.support.label_events import label
store = open_store(Path(sys.argv[1]), database=sys.argv[3] or None)
task = store.labelling.next_task(sys.argv[2], "me")
for turn in itertools.count():
    event = label(task.id, turn % len(task.steps), Label(turn % 3 - 1), turn)
    for uuid in store.labelling.save_events("me", [event]).acknowledged:
        print(uuid, flush=True)
"""


def test_a_killed_process_loses_no_acknowledged_event(
    tmp_path: Path, add_run: Callable[..., Run], store: Store, address: Callable[[Path], str]
) -> None:
    queue = store.labelling.open_run_queue(add_run().id, "A")
    call = [sys.executable, "-c", WRITER, str(store.data_dir), queue.id, address(store.data_dir)]
    acknowledged: list[str] = []
    for number in range(3):
        out = tmp_path / f"acknowledged-{number}"
        with out.open("wb") as file, subprocess.Popen(call, stdout=file, cwd=Path(__file__).parents[2]) as process:
            awaited(out.stat, lambda found: found.st_size >= 33 * 20)
            os.kill(process.pid, signal.SIGKILL)
        lines = out.read_text().split("\n")
        acknowledged += [line for line in lines if len(line) == 32]
    assert len(acknowledged) >= 60
    with open_store(store.data_dir) as again:
        with again.database.read() as connection:
            stored = [row[0] for row in connection.exec_driver_sql("SELECT uuid FROM events")]
        assert len(stored) == len(set(stored))
        assert set(acknowledged) <= set(stored)
        assert check(again).faults == ()
