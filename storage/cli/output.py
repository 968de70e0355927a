"""What a command of ``python -m storage`` returns and prints, and how it opens its store."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from storage import BadFile, Store, open_store
from storage.store import DATABASE

Outcome = tuple[Mapping[str, object], bool]  # what to print, and whether all of it was done
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # not subscriptable when it runs


def open_data_dir(options: argparse.Namespace, *, make: bool = False) -> Store:
    """Open the store of ``--data-dir`` (and ``--database``), in the journal mode that it has.

    ``make``: also where there is no SQLite file yet. Raises BadFile.
    """
    data_dir: Path = options.data_dir
    if options.database is not None:
        return open_store(data_dir, journal_mode=None, database=options.database)
    if not make and not (data_dir / DATABASE).is_file():
        raise BadFile(f"There is no store in {str(data_dir)!r}. Choose its folder with --data-dir.")
    return open_store(data_dir, journal_mode=None if (data_dir / DATABASE).is_file() else "wal")


def as_lines(report: Mapping[str, object]) -> Iterator[str]:
    """Iterate over a report as lines for people."""
    for name, value in report.items():
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            yield f"{name}: {len(value)}"
            yield from (", ".join(f"{key.replace('_', ' ')}: {part}" for key, part in each.items()) for each in value)
        else:
            yield f"{name.replace('_', ' ')}: {value}"
