"""How long the next task, a saved label and the open task take in a store of 100,000 solutions and 1,000,000 labels.

Builds the store once in a temporary folder (one project with overlap 2 and one where everybody may label everything, each with
half of the solutions done), then asks as people do. The peer is the query without leases, slots or cursors: the first solution
of the queue that has no finished draft of this person. Run it on an idle machine: ``python -m benchmarks.storage --json``.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from engine.domain import Label, LabelTask, Problem, ProjectOptions, Solution, new_id, now
from storage import EventKind, LabelEvent, Selection, Store, open_store
from storage.labelling.slots import recount_open_tasks

STEPS = 10  # of each solution, so that a tenth of the labels is the number of finished solutions
ME = "me"
PAUSE = 2.0  # seconds each of the crowd thinks about a solution


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storage", description=__doc__)
    parser.add_argument("--solutions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=300, help="tasks asked for and finished by each person")
    parser.add_argument("--people", type=int, default=20, help="who work at once in the last measurement")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        figures = measure(store, options.solutions, options.rounds, options.people)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.2f}" for name, value in figures.items()))


def measure(store: Store, solutions: int, rounds: int, people: int) -> dict[str, float]:
    """Return the figures, in milliseconds where their names say so."""
    add_solutions(store, solutions)
    twice, all_ = (add_project(store, overlap, solutions // 2) for overlap in (2, None))
    figures: dict[str, float] = {"solutions": solutions, "labels": count_labels(store)}
    for name, queue in (("overlap_2", twice), ("open", all_)):
        given = [ask(store, queue, ME) for _round in range(rounds)]
        figures |= spread(f"next_task_{name}", [taken.seconds for taken in given])
        figures |= spread(
            f"same_task_{name}", [timed(partial(store.labelling.next_task, queue, ME)) for _ in range(rounds)]
        )
        figures |= spread(f"save_events_{name}", [taken.saving for taken in given])
    naive = [timed(lambda: first_without_leases(store, all_)) for _ in range(20)]
    figures |= spread("naive_next_task", naive)
    figures["speedup_over_naive"] = figures["naive_next_task_p50_ms"] / figures["next_task_open_p50_ms"]
    with ThreadPoolExecutor(people) as pool:
        crowd = pool.map(
            lambda who: work(store, twice, f"person-{who}", max(1, rounds // 10), PAUSE * who / people), range(people)
        )
        together = [seconds for one in crowd for seconds in one]
    figures |= spread(f"next_task_{people}_people", together)
    return figures


class Taken:
    """One task asked for, labelled and submitted: what it took, in seconds."""

    def __init__(self, seconds: float, saving: float) -> None:
        self.seconds = seconds  # until the next task was there
        self.saving = saving  # until one label was acknowledged


def ask(store: Store, queue: str, who: str) -> Taken:
    """Ask for a new task, label it and submit it."""
    start = time.perf_counter()
    task = store.labelling.next_task(queue, who)
    seconds = time.perf_counter() - start
    if not isinstance(task, LabelTask):
        raise SystemExit(f"The queue gave {task!r} instead of a task. Ask for fewer rounds.")
    saving = timed(lambda: store.labelling.save_events(who, [label_event(task.id, 0)]))
    rest = [label_event(task.id, step) for step in range(1, len(task.steps))]
    submit = LabelEvent(uuid=new_id(), task_id=task.id, kind=EventKind.SUBMIT, at_client=now(), seconds=9.0)
    if store.labelling.save_events(who, [*rest, submit]).rejected:
        raise SystemExit("The store refused the benchmark's labels.")
    return Taken(seconds, saving)


def work(store: Store, queue: str, who: str, rounds: int, wait: float) -> list[float]:
    """Label faster than people do, a solution in about two seconds, from ``wait`` on; return how long each next task took."""
    time.sleep(wait)
    found = []
    for _round in range(rounds):
        found.append(ask(store, queue, who).seconds)
        time.sleep(PAUSE)
    return found


def first_without_leases(store: Store, queue: str) -> object:
    """Return the first task of the queue without a finished draft of mine."""
    query = """SELECT id FROM tasks WHERE queue_id = ? AND NOT EXISTS (SELECT 1 FROM drafts WHERE drafts.task_id = tasks.id
        AND drafts.annotator = ? AND drafts.submitted) ORDER BY position LIMIT 1"""
    with store.database.read() as connection:
        return connection.exec_driver_sql(query, (queue, ME)).scalar()


def label_event(task_id: str, step: int) -> LabelEvent:
    """Return a new label."""
    return LabelEvent(
        uuid=new_id(), task_id=task_id, kind=EventKind.LABEL, step=step, value=Label.CORRECT, at_client=now()
    )


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def spread(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    at = {share: ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] for share in (0.5, 0.95)}
    return {f"{name}_p50_ms": 1000 * at[0.5], f"{name}_p95_ms": 1000 * at[0.95]}


def count_labels(store: Store) -> int:
    """Return how many labels the store holds."""
    with store.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM events WHERE kind = 'label'").scalar() or 0)


def add_solutions(store: Store, count: int) -> None:
    """Add solutions of one problem, straight into the tables: it is not what is measured."""
    problem = Problem(question="How many?", answer="4", data_source="benchmark")
    store.runs.add_problem(problem)
    first = Solution(problem_id=problem.id, steps=tuple(f"Step {at}" for at in range(STEPS)), policy_model="p")
    store.runs.add_solution(None, first)
    copy = """INSERT INTO solutions (id, problem_id, steps, finish, policy_model, created_at)
        SELECT printf('%032x', value), problem_id, steps, finish, policy_model, created_at
        FROM solutions, generated WHERE solutions.id = ?"""
    _run(
        store,
        f"WITH RECURSIVE generated(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generated "
        f"WHERE value < {count - 1}) {copy}",
        (first.id,),
    )


def add_project(store: Store, overlap: int | None, done: int) -> str:
    """Make a project of all solutions, the first ``done`` of them finished by me (and a colleague, where two are wanted)."""
    project = store.projects.add_project(f"Overlap {overlap}", ProjectOptions(overlap=overlap))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection())
    labels = json.dumps([1] * STEPS)
    people = (ME, "colleague") if overlap == 2 else (ME,)
    for who in people:
        _run(
            store,
            f"""INSERT INTO drafts (task_id, annotator, queue_id, labels, flagged, note, submitted, revealed, times, sequence_no,
            counts_toward_overlap, done_at, labelled_steps) SELECT id, ?, queue_id, '{labels}', 0, '', 1, 0, '{{}}', position, 1,
            '2026-01-01 00:00:00.000000', {STEPS} FROM tasks WHERE queue_id = ? AND position < ?""",
            (who, queue.id, done),
        )
        _run(
            store,
            f"""WITH RECURSIVE step(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM step WHERE value < {STEPS - 1})
            INSERT INTO events (uuid, task_id, annotator, kind, step, value, at_client, at_server)
            SELECT lower(hex(randomblob(16))), id, ?, 'label', step.value, 1, '2026-01-01', '2026-01-01'
            FROM tasks, step WHERE queue_id = ? AND position < ?""",
            (who, queue.id, done if len(people) == 1 else done // 2),
        )
        _run(
            store,
            "INSERT INTO cursors (queue_id, annotator, position, open_tasks) VALUES (?, ?, ?, 0)",
            (queue.id, who, done),
        )
    slot_state = 0 if overlap else 1
    _run(
        store,
        "UPDATE tasks SET slot_state = ?, finished = ? WHERE queue_id = ? AND position < ?",
        (slot_state, len(people), queue.id, done),
    )
    with store.database.write() as connection:
        recount_open_tasks(connection, queue.id)
    return queue.id


def _run(store: Store, statement: str, values: tuple[object, ...]) -> None:
    with store.database.write() as connection:
        connection.exec_driver_sql(statement, values)


if __name__ == "__main__":
    main()
