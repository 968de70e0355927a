"""Dated backups side by side in one folder, and which of them are kept. Knows folders and times; what a backup is, is backup.py's.

The rule is that of restic and borg: of each of the last N periods that have a backup, the newest one stays.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from engine.domain import now
from storage.backup import IMAGES, SECRET, backup
from storage.errors import BadFile, BadSetting
from storage.files.atomic import translated_disk_errors
from storage.progress import OnProgress
from storage.store import DATABASE, Store

MOST_KEPT = 1000
_NAME = "%Y-%m-%dT%H%M%SZ"  # of a backup's folder; UTC, and sorted by name they are sorted by time
_DATED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")


class Period(StrEnum):
    """What a rule counts."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"  # ISO weeks, from Monday
    MONTHLY = "monthly"
    YEARLY = "yearly"


_PERIOD_OF: dict[Period, Callable[[datetime], tuple[int, ...]]] = {
    Period.HOURLY: lambda at: (at.year, at.month, at.day, at.hour),
    Period.DAILY: lambda at: (at.year, at.month, at.day),
    Period.WEEKLY: lambda at: at.isocalendar()[:2],
    Period.MONTHLY: lambda at: (at.year, at.month),
    Period.YEARLY: lambda at: (at.year,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRule:
    """Of each of the last ``count`` periods that have a backup the newest one stays; 1 to ``MOST_KEPT``."""

    count: int
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """What a rotation made and removed."""

    path: str  # of the new backup
    images: int
    bytes: int  # of the new backup; pictures that an earlier one has too take no room of their own
    kept: tuple[str, ...]  # names of the backups that the folder holds now, the newest first
    removed: tuple[str, ...]


def read_keep_rule(count: str, period: str) -> KeepRule:
    """Return the rule in two words, such as ``7 daily``. Raises BadSetting."""
    if not count.isascii() or not count.isdecimal() or not 1 <= int(count) <= MOST_KEPT:
        raise BadSetting(f"{count!r} is not a number of backups to keep. Give a number from 1 to {MOST_KEPT}.")
    try:
        return KeepRule(count=int(count), period=Period(period))
    except ValueError:
        raise BadSetting(f"{period!r} is not a period. Choose one of {', '.join(Period)}.") from None


def rotate(
    store: Store, folder: Path, rules: Sequence[KeepRule], on_progress: OnProgress | None = None
) -> RotationReport:
    """Make a backup in a folder of its own below ``folder``, then remove those that no rule keeps.

    Nothing is removed before the new one is whole, and never what was not named by this function. ``on_progress``: told
    of each picture.

    Raises:
        BadFile: ``folder`` is a store or a backup itself.
        DiskError: it cannot be written; earlier backups are as they were.
    """
    if (folder / DATABASE).exists():
        raise BadFile(f"{str(folder)!r} is a store or a backup itself. Choose a folder for dated backups.")
    earlier = _dated(folder)
    fresh = folder / now().astimezone(UTC).strftime(_NAME)
    report = backup(store, fresh, unchanged=earlier[0] if earlier else None, on_progress=on_progress)
    stay = kept({fresh, *earlier}, rules)
    removed = [path for path in earlier if path not in stay]
    for path in (*removed, *_half_removed(folder)):
        with translated_disk_errors(path):
            (path / DATABASE).unlink(missing_ok=True)  # first: what is left when this is cut off is no backup any more
            shutil.rmtree(path)
    return RotationReport(
        path=str(fresh),
        images=report.images,
        bytes=report.bytes,
        kept=tuple(path.name for path in _dated(folder)),
        removed=tuple(path.name for path in removed),
    )


def kept(backups: Iterable[Path], rules: Sequence[KeepRule]) -> set[Path]:
    """Return those of the dated backups that a rule keeps."""
    newest_first = sorted(backups, key=lambda path: path.name, reverse=True)
    stay: set[Path] = set()
    for rule in rules:
        newest: dict[tuple[int, ...], Path] = {}
        for path in newest_first:
            made = datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
            newest.setdefault(_PERIOD_OF[rule.period](made), path)
        stay.update(list(newest.values())[: rule.count])
    return stay


def _dated(folder: Path) -> list[Path]:
    """Return the whole backups of a folder, the newest first."""
    found = [path for path in folder.glob("*") if _is_date(path.name) and (path / DATABASE).is_file()]
    return sorted(found, reverse=True)


def _half_removed(folder: Path) -> list[Path]:
    """Return what a rotation that was cut off has left: it removes the database first. Folders with anything else are not ours."""
    return [path for path in folder.glob("*") if _is_date(path.name) and path.is_dir() and _is_rest(path)]


def _is_rest(path: Path) -> bool:
    return {each.name for each in path.iterdir()} <= {IMAGES, SECRET}


def _is_date(name: str) -> bool:
    if not _DATED.fullmatch(name):
        return False
    try:
        datetime.strptime(name, _NAME)
    except ValueError:
        return False
    return True
