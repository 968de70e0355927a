"""A program of its own: downloads one checkpoint from the model hub and reports its progress on standard output.

In a process of its own a download can be ended at any byte (SIGTERM), whatever the hub's client is doing. Files that are whole are
kept for the next try; begun ones are removed, for the client never uses them again. A line is a JSON object: ``{"done", "total"}``
in bytes several times a second (``total`` null until it is known), at last ``{"path"}`` or ``{"error"}``. Imports nothing of the
engine.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from tqdm import tqdm

FILES = ["*.json", "*.safetensors", "*.model", "merges.txt", "*.jinja"]  # never weights that are pickled, never code
REPORT_SECONDS = 0.25  # between two lines of progress
OPEN_FILES = Path("/proc/self/fd")  # on Linux
bars: list[Bar] = []


class Bar(tqdm):  # type: ignore[misc]  # it has no types
    """A bar that is drawn nowhere, and read here."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **{**named, "file": open(os.devnull, "w")})  # noqa: SIM115
        if named.get("unit") == "B":
            bars.append(self)


def write_line(**message: object) -> None:
    """Write one line of JSON to standard output."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # whoever asked is gone
        abort()


def abort(*_: object) -> None:
    """End at once, and remove the files that this process has begun: they may be gigabytes."""
    while _remove_begun():  # other threads may begin another meanwhile
        pass
    os._exit(1)


def _remove_begun() -> bool:
    """Remove the files that are being written; return whether there were any. One that was removed has another name."""
    is_removed = False
    for descriptor in OPEN_FILES.iterdir() if OPEN_FILES.is_dir() else ():
        with suppress(OSError):  # one was closed meanwhile
            if (path := os.readlink(descriptor)).endswith(".incomplete"):
                os.unlink(path)
                is_removed = True
    return is_removed


def main(name: str) -> None:
    """Download ``name``."""
    signal.signal(signal.SIGTERM, abort)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches who started this, who ends it
    total: int | None = None
    ended = threading.Event()

    def report_progress() -> None:
        while not ended.wait(REPORT_SECONDS):
            write_line(done=int(max((bar.n for bar in bars), default=0)), total=total)

    reporter = threading.Thread(target=report_progress, daemon=True)
    reporter.start()
    try:
        wanted = snapshot_download(name, allow_patterns=FILES, tqdm_class=Bar, dry_run=True)
        total = sum(file.file_size or 0 for file in wanted if file.will_download)
        # what was listed, and nothing a push in between has changed
        revision = wanted[0].commit_hash if wanted else None
        result: dict[str, object] = {
            "path": snapshot_download(name, allow_patterns=FILES, tqdm_class=Bar, revision=revision)
        }
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        result = {"error": str(error)}
    ended.set()
    reporter.join()
    write_line(**result)


if __name__ == "__main__":
    main(sys.argv[1])
