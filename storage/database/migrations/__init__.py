"""Numbered steps from any earlier schema to the present one. Knows the order; each step knows its own tables.

A step is never edited once released: a change is a new file and a new line in ``MIGRATIONS``. Every pending step runs in
the caller's one transaction, so a crash in the middle leaves the earlier version.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, DateTime, Integer, MetaData, Table, func, inspect, select

from engine.domain import now
from storage.database.migrations import (
    m0001_first,
    m0002_projects,
    m0003_people,
    m0004_names,
    m0005_file_labels,
    m0006_owners,
    m0007_deletion,
    m0008_listing,
    m0009_questioned,
    m0010_branches,
    m0011_rollout_labels,
    m0012_thoughts,
    m0013_searches,
    m0014_guidelines,
    m0015_calibration_maps,
    m0016_branch_usages,
)
from storage.errors import NewerStore, OlderStore

MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m0001_first.upgrade,
    m0002_projects.upgrade,
    m0003_people.upgrade,
    m0004_names.upgrade,
    m0005_file_labels.upgrade,
    m0006_owners.upgrade,
    m0007_deletion.upgrade,
    m0008_listing.upgrade,
    m0009_questioned.upgrade,
    m0010_branches.upgrade,
    m0011_rollout_labels.upgrade,
    m0012_thoughts.upgrade,
    m0013_searches.upgrade,
    m0014_guidelines.upgrade,
    m0015_calibration_maps.upgrade,
    m0016_branch_usages.upgrade,
)  # version n is MIGRATIONS[n - 1]
VERSION = len(MIGRATIONS)

_VERSIONS = Table(
    "schema_version",
    MetaData(),
    Column("version", Integer(), primary_key=True, autoincrement=False),
    Column("applied_at", DateTime(), nullable=False),
)


def read_version(connection: Connection) -> int:
    """Return the schema version of the database; 0 for an empty one."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return 0
    return connection.scalar(select(func.max(_VERSIONS.c.version))) or 0


def migrate(connection: Connection) -> int:
    """Bring the database to ``VERSION`` inside the caller's transaction; return the number of steps taken.

    Raises:
        NewerStore: the database was written by a newer version of the program.
    """
    found = _read_known(connection)
    _VERSIONS.create(connection, checkfirst=True)
    for version in range(found + 1, VERSION + 1):
        MIGRATIONS[version - 1](connection)
        connection.execute(_VERSIONS.insert().values(version=version, applied_at=now().replace(tzinfo=None)))
    return VERSION - found


def has_schema(connection: Connection) -> bool:
    """Return whether the database has the present schema, False where it is empty; nothing is changed.

    Raises:
        NewerStore: the database was written by a newer version of the program.
        OlderStore: it was written by an older one.
    """
    found = _read_known(connection)
    if 0 < found < VERSION:
        raise OlderStore(f"The database has schema version {found}, not yet {VERSION}, and is to stay as it is.")
    return found == VERSION


def _read_known(connection: Connection) -> int:
    """Return the schema version. Raises NewerStore."""
    found = read_version(connection)
    if found > VERSION:
        raise NewerStore(
            f"The database has schema version {found}, this program knows {VERSION}. Start the newer program that wrote "
            "it, or choose another data folder (--data-dir)."
        )
    return found
