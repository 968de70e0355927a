"""What an import keeps in its job's folder: the upload, its unpacked rows, what was recognised, the report, the bad lines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from storage import BadSetting
from storage.files.atomic import write_atomically
from storage.files.private import FILE_MODE
from storage.formats.lines import BadLine, as_json_line
from storage.transfer import full_rows
from storage.transfer.import_preview import list_imports
from storage.transfer.import_report import ImportReport

UPLOAD, ROWS, PREVIEW, REPORT, ERRORS = "upload", "rows", "preview.json", "report.json", "errors.jsonl"
_NOT_COUNTED = ("unlabelled", "problems", "solutions", "neutral", "pictures", "missing_pictures")  # of a full import


def choose_file(rows: Path, name: str | None) -> Path:
    """Return the file of an upload to read. Raises BadFile, BadSetting."""
    found = {each.relative_to(rows).as_posix(): each for each in list_imports(rows)}
    if name is None:
        return next(iter(found.values()))
    if name not in found:
        raise BadSetting(f"There is no {name[:200]!r} to import in this file. Choose {', '.join(list(found)[:5])}.")
    return found[name]


def write_report(folder: Path, report: ImportReport, joined: Mapping[str, object]) -> None:
    """Write what came of an import: its bad lines, then its counts with what it ``joined``. Raises DiskError."""
    with open(os.open(folder / ERRORS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w") as file:
        file.writelines(as_json_line(asdict(bad)) for bad in report.errors)
    names = ("format", "added", "unchanged", "conflicting", "unlabelled", "problems", "neutral", "pictures")
    values = {name: getattr(report, name) for name in (*names, "missing_pictures", "published", "dry_run")}
    sources = {name: counts._asdict() for name, counts in report.sources.items()}
    kept = {"kept_fields": list(report.kept_fields), "ignored_fields": list(report.ignored_fields)}
    counts: dict[str, object] = {"errors": len(report.errors), "solutions": len(report.solutions)}
    counts |= {"data_sources": list(report.data_sources)}
    queue = dict.fromkeys(("queue", "queued", "total", "present", "unusable", "sampling", "sampling_refused"))
    uncounted = dict.fromkeys(_NOT_COUNTED) if report.format == full_rows.NAME else {}
    write_json(folder / REPORT, {**values, **kept, **counts, **queue, **joined, "sources": sources, **uncounted})


def write_json(path: Path, value: object) -> None:
    """Write a value whole or not at all. Raises DiskError."""
    write_atomically(path, json.dumps(value).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what was written; None where nothing was."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def read_errors(folder: Path) -> Iterator[BadLine]:
    """Iterate over the bad lines."""
    with suppress(FileNotFoundError), (folder / ERRORS).open(encoding="utf-8") as file:
        for line in file:
            yield BadLine(**json.loads(line))


def tidy(folder: Path) -> None:
    """Remove the file of an import that is recorded as done."""
    for name in (UPLOAD, ROWS):
        discard(folder / name)


def discard(path: Path) -> None:
    """Remove a file or a folder; one that is gone is no error."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
