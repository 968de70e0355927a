"""How fast datasets go in and out of a store, what that takes, and how long a list of solutions waits for a page of a large one.

Writes a file of solutions of five steps, four a problem, with labels and without pictures, imports it as ``python -m storage
import`` does, reads pages of the list of solutions at places all over it, in every state, and exports it again. Then 1,000 pictures
of 800 x 600 pixels with 2,866 solutions, as VisualProcessBench has them. Rates are by the clock, as the import uses several
processes, and by the processor time of all of them, which other work on the machine changes less.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from storage import LabelState, SolutionFilter, Store, open_store

STEPS, A_PROBLEM = 5, 4
PICTURES, OF_PICTURES = 1_000, 2_866
PAGES = 40  # of each state
_STATES = (None, *LabelState)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.add_argument("--solutions", type=int, default=400_000)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.solutions, options.pictures)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.2f}" for name, value in figures.items()))


def measure(folder: Path, solutions: int, pictures: int) -> dict[str, float]:
    """Return the figures of a store of so many solutions, made in a folder."""
    write_solutions(folder / "solutions.jsonl", solutions)
    data = folder / "data"
    imported = _run("import", folder / "solutions.jsonl", data)
    with open_store(data) as store:
        started, cpu_started = time.perf_counter(), time.process_time()
        while store.results.update_listing():
            pass
        listed, listed_cpu = time.perf_counter() - started, time.process_time() - cpu_started
        pages = sorted(time_pages(store))
    exported = _run("export", folder / "out", data)
    figures = {
        "solutions": float(solutions),
        "import_solutions_per_second": solutions / imported.seconds,
        "import_solutions_per_cpu_second": solutions / imported.cpu_seconds,
        "import_peak_mib": imported.peak_mib,
        "listing_solutions_per_second": solutions / listed,
        "listing_solutions_per_cpu_second": solutions / listed_cpu,
        "export_rows_per_second": solutions / exported.seconds,
        "export_rows_per_cpu_second": solutions / exported.cpu_seconds,
        "export_peak_mib": exported.peak_mib,
        "page_p95_ms": pages[min(len(pages) - 1, round(0.95 * len(pages)))] * 1000,
    }
    if pictures:
        write_pictures(folder / "pictures", pictures, pictures * OF_PICTURES // PICTURES)
        shown = _run("import", folder / "pictures", folder / "shown")
        figures["import_with_pictures_seconds"] = shown.seconds
        figures["import_with_pictures_cpu_seconds"] = shown.cpu_seconds
    return figures


def write_solutions(path: Path, count: int) -> None:
    """Write a file of so many labelled solutions."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_lines(count, []))


def write_pictures(folder: Path, pictures: int, count: int) -> None:
    """Write pictures that compress as charts do, and so many solutions that show them."""
    (folder / "images").mkdir(parents=True)
    names = [f"images/{at}.png" for at in range(pictures)]
    chance = np.random.default_rng(0)
    for name in names:
        blocks = chance.integers(0, 255, (30, 40, 3), dtype=np.uint8)
        out = io.BytesIO()
        Image.fromarray(blocks).resize((800, 600), Image.Resampling.BILINEAR).save(out, "PNG")
        (folder / name).write_bytes(out.getvalue())
    with (folder / "test.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(_lines(count, names))


def time_pages(store: Store) -> Iterator[float]:
    """Yield the seconds that single pages take, at places all over the store, in every state."""
    with store.database.read() as connection:
        last = connection.exec_driver_sql("SELECT max(seq) FROM solutions").scalar() or 0
    for state in _STATES:
        for at in range(PAGES):
            start = time.perf_counter()
            store.results.list_solutions(SolutionFilter(state=state), limit=50, after=str(last * at // PAGES))
            yield time.perf_counter() - start


def _lines(count: int, pictures: list[str]) -> Iterator[str]:
    chance = random.Random(0)
    for number in range(count):
        steps = [
            f"Step {at}: we add ${chance.randint(1, 99)} + {at}$ and read the rest from the left side of the picture."
            for at in range(STEPS - 1)
        ]
        steps.append(f"Final answer: {chance.randint(1, 99)}")
        labels = [chance.choice((1, 1, 1, 0, -1)) for _ in steps]
        row = {
            "image": [pictures[number % len(pictures)]] if pictures else [],
            "question": f"How many are {number // A_PROBLEM}?",
            "answer": "5",
            "response": {"steps": steps, "process_correctness": labels},
            "policy_model": "p",
            "data_source": f"source {number // A_PROBLEM % 5}",
        }
        yield json.dumps(row) + "\n"


class _Took(NamedTuple):
    """What a command took."""

    seconds: float  # by the clock
    cpu_seconds: float  # of it and the processes it started
    peak_mib: float  # of the process itself: the largest of those it started is not above it


def _run(command: str, path: Path, data: Path) -> _Took:
    """Run a command of the store."""
    words = [
        sys.executable,
        "-m",
        "storage",
        command,
        "--format",
        "visualprocessbench",
        str(path),
        "--data-dir",
        str(data),
    ]
    start = time.perf_counter()
    process = subprocess.Popen([*words, "--json"], stdout=subprocess.DEVNULL)
    _id, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return _Took(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
