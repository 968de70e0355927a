"""How long agreement, disagreements, final labels and the export take in a store of 100,000 solutions that two people labelled.

Builds the store in a temporary folder: a project with overlap 2, six people who differ on every tenth step, five data sources,
eight solutions a problem, 200 pictures, some solutions adjudicated. Then it reads all of it as the pages and the command line do.
CPU seconds, so that other work on the machine does not count: ``python -m benchmarks.reading --json``.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from engine.domain import Cause, ProjectOptions, new_id
from engine.evaluation.agreement import measure_agreement
from storage import DisagreementFilter, Scope, Selection, Store, open_store
from storage.database import tables
from storage.transfer.exporting import export_visualprocessbench

STEPS = 10  # of each solution
PEOPLE = 6
PICTURES = 200
DIFFER = 0.1  # share of steps that a person labels at random
DECIDED_EVERY = 100  # solutions
_AT = "2026-01-01 00:00:00.000000"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--solutions", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "data") as store:
        queue = fill(store, options.solutions)
        figures = {"solutions": float(options.solutions)} | read(store, queue, Path(folder))
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.2f}" for name, value in figures.items()))


def read(store: Store, queue: str, folder: Path) -> dict[str, float]:
    """Return the CPU seconds each way of reading takes, and the largest memory of the process, in MiB."""
    figures = {
        "agreement_s": timed(lambda: measure_agreement(store.results.iter_rated(Scope()))),
        "agreement_of_a_queue_s": timed(lambda: measure_agreement(store.results.iter_rated(Scope(queue_id=queue)))),
        "disagreements_s": timed(lambda: store.results.list_disagreements(DisagreementFilter())),
        "disagreements_of_a_queue_s": timed(
            lambda: store.results.list_disagreements(DisagreementFilter(scope=Scope(queue_id=queue)))
        ),
        "final_labels_s": timed(lambda: sum(len(each.steps) for each in store.results.iter_final_labels(Scope()))),
        "export_s": timed(lambda: export_visualprocessbench(store, folder / "out")),
    }
    return figures | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def timed(act: Callable[[], object]) -> float:
    """Return how many CPU seconds it takes: other work on the machine does not count."""
    start = time.process_time()
    act()
    return time.process_time() - start


def fill(store: Store, count: int) -> str:
    """Add a project of ``count`` labelled solutions, straight into the tables: it is not what is measured; return its queue."""
    chance = random.Random(0)
    ids = [f"{number:032x}" for number in range(count)]
    solutions = (
        "INSERT INTO solutions (id, problem_id, steps, finish, policy_model, created_at) VALUES (?, ?, ?, ?, ?, ?)"
    )
    steps = json.dumps([f"Step {at}: $14 + 23 = {at}$." for at in range(STEPS)])
    shas = [store.images.add(_picture(number)).sha for number in range(PICTURES)]
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO problems (id, question, answer, data_source, created_at) VALUES (?, ?, ?, ?, ?)",
            [(f"p{at}", f"How many are {at}?", "4", f"source {at % 5}", _AT) for at in range(count // 8 + 1)],
        )
        connection.exec_driver_sql(
            "INSERT INTO problem_images (problem_id, position, sha) VALUES (?, 0, ?)",
            [(f"p{at}", shas[at % PICTURES]) for at in range(count // 8 + 1)],
        )
        connection.exec_driver_sql(
            solutions, [(each, f"p{at // 8}", steps, "stop", "p", _AT) for at, each in enumerate(ids)]
        )
    project = store.projects.add_project("All", ProjectOptions(overlap=2))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection())
    with store.database.write() as connection:
        tasks = connection.exec_driver_sql("SELECT id, solution_id FROM tasks ORDER BY position").all()
        annotations = [
            (new_id(), task.solution_id, task.id, f"person-{(place + each) % PEOPLE}", _labels(chance))
            for place, task in enumerate(tasks)
            for each in range(2)
        ]
        connection.exec_driver_sql(
            "INSERT INTO annotations (id, solution_id, task_id, annotator, stage, labels, flagged, note, seconds,"
            f" guideline_version, created_at) VALUES (?, ?, ?, ?, 'blind', ?, 0, '', 9.0, '1', '{_AT}')",
            annotations,
        )
        decided = [(new_id(), each, _labels(chance)) for each in ids[::DECIDED_EVERY]]
        connection.exec_driver_sql(
            f"INSERT INTO {tables.decisions.name} (id, solution_id, labels, by, cause, note, at)"
            f" VALUES (?, ?, ?, 'rev', '{Cause.SLIP.value}', '', '{_AT}')",
            decided,
        )
    return queue.id


def _picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number, 90, 160)).save(out, "PNG")
    return out.getvalue()


def _labels(chance: random.Random) -> str:
    return json.dumps([chance.choice((-1, 0, 1)) if chance.random() < DIFFER else 1 for _step in range(STEPS)])


if __name__ == "__main__":
    main()
