"""``python -m engine evaluate`` as its tests run it: files of rows in, exit code, printed object and standard error out."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.__main__ import main
from tests.support.pages import ROOT
from tests.support.waiting import awaited


def write_lines(path: Path, rows: Iterable[object]) -> Path:
    """Write rows as JSON Lines; a text stands for a line as it is."""
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def run_evaluate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    """Run ``evaluate`` with ``--json``; return exit code, printed object (None: none) and standard error."""
    code = main(["evaluate", *arguments, "--json"])
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    return code, json.loads(lines[-1]) if lines else None, printed.err


def kill_once_written(arguments: Sequence[str], path: Path, mark: bytes) -> bytes:
    """Run ``python -m engine`` until a file holds a mark, kill it, and leave the file's last line half-written; return it whole."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        awaited(lambda: (path.exists() and mark in path.read_bytes()) or child.poll() is not None)
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL, "it ended by itself before it was killed"
    kept = path.read_bytes()
    path.write_bytes(kept[:-20])
    return kept
