"""Removing what nothing uses: pictures of no problem, problems of no solution and no run, files that no row names.

Only what has been left alone for some days goes: a picture is uploaded before the run that uses it begins. Labels, solutions and
runs are never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, delete, select

from engine.domain import now
from storage.database import tables
from storage.files.repository import APP
from storage.store import Store

Item = TypeVar("Item")

DAYS = 7.0  # how long a picture may wait for its run in a page that is left open


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyReport:
    """What was removed, or would be."""

    problems: int
    images: int
    files: int  # pictures, small copies of them, and what interrupted writing left
    bytes: int


def tidy(store: Store, *, days: float = DAYS, dry_run: bool = False) -> TidyReport:
    """Remove what nothing has used and nobody has touched for ``days``; with ``dry_run`` only count it.

    Safe while the app runs, and in short transactions, so that nobody's label waits for a large folder.
    """
    before = now() - timedelta(days=days)
    with store.database.read() if dry_run else store.database.write() as connection:
        problems = _unused_problems(connection, before)
        shas = _unused_images(connection, before, problems)
        if not dry_run:
            for part in _chunks(problems):
                connection.execute(delete(tables.problem_images).where(tables.problem_images.c.problem_id.in_(part)))
                connection.execute(delete(tables.problems).where(tables.problems.c.id.in_(part)))
            for part in _chunks(shas):
                connection.execute(delete(tables.image_uploads).where(tables.image_uploads.c.sha.in_(part)))
                connection.execute(delete(tables.images).where(tables.images.c.sha.in_(part)))
    going = set(shas)
    with store.database.read() as connection:
        known = set(connection.scalars(select(tables.images.c.sha))) - going
    files = size = 0
    for paths in _chunks(list(_unused_files(store, known, going, before.timestamp()))):
        with store.database.read() if dry_run else store.database.write() as connection:
            # within a transaction, and looked for again: meanwhile somebody may have uploaded one of these pictures
            here = tables.images.c.sha.in_([_sha_of(path) for path in paths])
            back = set(connection.scalars(select(tables.images.c.sha).where(here))) - (going if dry_run else set())
            for path in paths:
                if _sha_of(path) in back:
                    continue
                files, size = files + 1, size + path.stat().st_size
                if not dry_run:
                    path.unlink()
    return TidyReport(problems=len(problems), images=len(shas), files=files, bytes=size)


def _unused_problems(connection: Connection, before: datetime) -> list[str]:
    problems, runs, solutions = tables.problems.c, tables.runs.c, tables.solutions.c
    query = select(problems.id).where(
        problems.created_at < before,
        ~select(runs.id).where(runs.problem_id == problems.id).exists(),
        ~select(solutions.id).where(solutions.problem_id == problems.id).exists(),
    )
    return list(connection.scalars(query))


def _unused_images(connection: Connection, before: datetime, problems: list[str]) -> list[str]:
    """Return the pictures that no problem has but those that go, and that did not come with the app."""
    used = tables.problem_images.c
    going = set(problems)
    kept = {sha for sha, problem in connection.execute(select(used.sha, used.problem_id)) if problem not in going}
    uploads = tables.image_uploads.c
    kept |= set(connection.scalars(select(uploads.sha).where(uploads.uploader == APP)))
    old = connection.scalars(select(tables.images.c.sha).where(tables.images.c.created_at < before))
    return [sha for sha in old if sha not in kept]


def _unused_files(store: Store, known: set[str], going: set[str], before: float) -> Iterator[Path]:
    """Iterate over the files of pictures that no row names, and of writing that was interrupted."""
    for folder in (store.images.folder, store.images.thumbnails):
        for path in sorted(folder.glob("??/*")) if folder.is_dir() else ():
            sha = _sha_of(path)
            if sha not in known and (sha in going or path.stat().st_mtime < before):
                yield path


def _sha_of(path: Path) -> str:
    """Return the picture that a file is, or a small copy of."""
    return path.stem.partition("-")[0]


def _chunks(items: list[Item], size: int = 500) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
