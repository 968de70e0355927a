"""``python -m engine evaluate`` as its tests run it: files of rows in, exit code, printed object and standard error out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from engine.__main__ import main


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
