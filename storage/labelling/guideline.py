"""Guidelines of projects: every version that was saved of one. A project without any has the guideline of its data folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import now
from storage.database import tables
from storage.database.typed_rows import all_rows, one_row
from storage.errors import BadGuideline, BadProject, GuidelineChanged

MAX_TEXT = 100_000  # characters
_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineVersion:
    """One version of a project's own guideline."""

    version: str
    by: str  # the name of who saved it
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectGuideline:
    """The guideline that a project is labelled by."""

    version: str
    text: str | None  # Markdown; None: that of the data folder


class _VersionRow(NamedTuple):
    """A row of guidelines without its text."""

    version: str
    by: str
    at: datetime


class _TextRow(NamedTuple):
    """The text in a row of guidelines."""

    text: str


def read_guideline(connection: Connection, project_id: str, version: str) -> ProjectGuideline:
    """Return a version of a project's guideline."""
    guidelines = tables.guidelines.c
    query = select(guidelines.text).where(guidelines.project_id == project_id, guidelines.version == version)
    row = one_row(connection, query, _TextRow)
    return ProjectGuideline(version=version, text=None if row is None else row.text)


def list_versions(connection: Connection, project_id: str) -> tuple[GuidelineVersion, ...]:
    """Return the versions of a project's own guideline, the newest first."""
    guidelines = tables.guidelines.c
    query = select(guidelines.version, guidelines.by, guidelines.at).where(guidelines.project_id == project_id)
    found = all_rows(connection, query.order_by(guidelines.seq.desc()), _VersionRow)
    return tuple(GuidelineVersion(version=row.version, by=row.by, at=row.at) for row in found)


def check_version(connection: Connection, project_id: str, version: str) -> None:
    """Refuse a version that a project with a guideline of its own has no text of. Raises BadProject."""
    saved = [each.version for each in list_versions(connection, project_id)]
    if saved and version not in saved:
        raise BadProject(
            f"This project has a guideline of its own, but no version {version!r} of it. Give one of {', '.join(saved)}, or "
            "save the text of a new one."
        )


def add_version(connection: Connection, by: str, project_id: str, based_on: str, text: str) -> str:
    """Save a new version of a project's guideline, by which it is labelled from now on; return what it is called.

    Raises:
        GuidelineChanged: ``based_on``, the version that was edited, is not the project's any more.
        BadGuideline: there is no text, or too much.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise BadGuideline(f"A guideline has 1 to {MAX_TEXT} characters, this one {len(text.strip())}.")
    projects = tables.projects
    current = connection.scalar(select(projects.c.guideline_version).where(projects.c.id == project_id))
    if current != based_on:
        raise GuidelineChanged(
            f"The guideline has reached version {current!r} in the meantime; you edited {based_on!r}. Copy your text, open the "
            "page again and put your changes into the newer version."
        )
    taken = {each.version for each in list_versions(connection, project_id)}
    version = next_version(based_on)
    while version in taken:
        version = next_version(version)
    saved = {"project_id": project_id, "version": version, "text": text.strip(), "by": by, "at": now()}
    connection.execute(tables.guidelines.insert().values(**saved))
    connection.execute(projects.update().where(projects.c.id == project_id).values(guideline_version=version))
    return version


def next_version(version: str) -> str:
    """Return what follows a version: the number at its end plus one, or "-2" behind a name without one."""
    found = _NUMBER.search(version)
    return f"{version}-2" if found is None else f"{version[: found.start()]}{int(found[0]) + 1}"
