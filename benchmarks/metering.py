"""Time and memory of one way to do a piece of work, each way in a process of its own, so that none inherits another's memory.

On the CPU: seconds of one thread's computing (the machine may be shared) and the growth of the resident set at its peak, as the
kernel counts it. On CUDA: wall-clock seconds between two synchronisations and the allocator's peak.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks.midsize import SIZES, Workload, write_model

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Cost:
    """What a block of work took."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds = 0.0  # CPU seconds, or wall-clock seconds on CUDA
        self.extra_bytes = 0  # at its peak, over what was held before it
        self.peak_bytes = 0  # at its peak, weights included
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        else:
            _CLEAR.write_text("5", encoding="ascii")  # the peak starts again from what is held now
        self._held = self._bytes("VmRSS", torch.cuda.memory_allocated)
        self._started = clock(device)

    def so_far(self) -> float:
        """Return the seconds since the block began."""
        return clock(self._device) - self._started

    def end(self) -> None:
        """Read clock and memory."""
        self.seconds = self.so_far()
        self.peak_bytes = self._bytes("VmHWM", torch.cuda.max_memory_allocated)
        self.extra_bytes = self.peak_bytes - self._held

    def _bytes(self, line: str, on_cuda: Callable[[torch.device], int]) -> int:
        return on_cuda(self._device) if self._device.type == "cuda" else _resident(line)


def clock(device: torch.device) -> float:
    """Return seconds that count: of computing on a CPU, of waiting for a GPU that has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


def warm_up(device: torch.device, work: Callable[[], object]) -> None:
    """Run work once before it is measured, on a GPU only, which loads and selects kernels for every new shape."""
    if device.type == "cuda":
        work()


@contextmanager
def metered(device: torch.device) -> Iterator[Cost]:
    """Measure a block; the cost is complete after it."""
    cost = Cost(device)
    yield cost
    cost.end()


def add_options(parser: argparse.ArgumentParser, ways: Mapping[str, object]) -> None:
    """Add the options that every benchmark of models takes."""
    parser.add_argument("--size", default="mid", choices=list(SIZES), help="8b needs a GPU")
    parser.add_argument("--quick", dest="size", action="store_const", const="quick", help="a small model: seconds")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument(
        "--way", choices=list(ways), help="measure this one only, on --folder (used by the benchmark itself)"
    )
    parser.add_argument("--folder", type=Path, help="the random model; default: a new one, removed afterwards")


def measure_all(module: str, ways: Mapping[str, object], options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Run every way in a process of its own; return what each printed."""
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        if not (folder / "config.json").is_file():
            write_model(folder, SIZES[options.size], torch.device(options.device))
        return {way: _measure(module, way, folder, options) for way in ways}


def main(module: str, description: str, ways: Mapping[str, Callable[[Path, Workload, torch.device], dict[str, Any]]],
         compare: Callable[[dict[str, dict[str, Any]], Workload], dict[str, Any]]) -> None:  # fmt: skip
    """Run a benchmark's command line."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    add_options(parser, ways)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.way is not None:
        if options.folder is None:
            parser.error("--way needs --folder")
        print(json.dumps(ways[options.way](options.folder, SIZES[options.size], torch.device(options.device))))
        return
    figures = compare(measure_all(module, ways, options), SIZES[options.size])
    figures |= {"size": options.size, "device": options.device}
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def _measure(module: str, way: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    print(f"measuring {way}", file=sys.stderr)
    arguments = ["--way", way, "--folder", str(folder), "--size", options.size, "--device", options.device]
    # large blocks go back to the system when they are freed, so that the resident set is what is held
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": str(1 << 20), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    shown = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    print(f"  {json.dumps(shown)}", file=sys.stderr)
    return figures


def _resident(name: str) -> int:
    """Return a line of the process's own account of its memory, in bytes."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{str(_STATUS)!r} has no {name}; memory is measured on Linux only.")
