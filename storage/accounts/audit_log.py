"""What was done to accounts, what was deleted and backed up, when and by whom: append-only, no secret and no question in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import now
from storage.database import tables
from storage.database.typed_rows import iter_rows


class PeopleEventKind(StrEnum):
    """What was done."""

    INVITED = "invited"
    WITHDRAWN = "withdrawn"  # an invitation
    JOINED = "joined"
    RESET_OFFERED = "reset_offered"
    PASSWORD_SET = "password_set"
    RENAMED = "renamed"  # the display name
    ROLE_CHANGED = "role_changed"
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"
    TOKEN_MADE = "token_made"
    TOKEN_REVOKED = "token_revoked"
    RESTORED = "restored"  # a backup: sessions, tokens and invitations ended
    DELETED = "deleted"  # a run, a problem, a picture or a project, with what hung on it
    BACKED_UP = "backed_up"  # the whole store


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleEvent:
    """One thing done to an account, or one deletion or backup."""

    seq: int  # counts up; what the log is paged by
    at: datetime
    by: str  # a person's name, or "command line", "settings", "first start"
    name: str | None  # whom it is about; None: an invitation for whoever gets it, or no person
    kind: PeopleEventKind
    detail: str  # for people; may be empty


class _PeopleEventRow(NamedTuple):
    """A row of people_events."""

    seq: int
    at: datetime
    by: str
    name: str | None
    kind: str
    detail: str


def note(connection: Connection, by: str, name: str | None, kind: PeopleEventKind, detail: str = "") -> None:
    """Append to the log."""
    row = {"at": now(), "by": by, "name": name, "kind": kind.value, "detail": detail}
    connection.execute(tables.people_events.insert().values(**row))


def last_of(connection: Connection, kind: PeopleEventKind) -> datetime | None:
    """Return when something was done last, or None where it never was."""
    events = tables.people_events
    query = select(events.c.at).where(events.c.kind == kind.value).order_by(events.c.seq.desc()).limit(1)
    at: datetime | None = connection.scalar(query)
    return at


def page_of_events(connection: Connection, limit: int, before: int | None) -> tuple[PeopleEvent, ...]:
    """Return up to ``limit`` entries, the newest first, older than entry ``before``."""
    events = tables.people_events
    query = select(events).order_by(events.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(events.c.seq < before)
    return tuple(
        PeopleEvent(seq=row.seq, at=row.at, by=row.by, name=row.name, kind=PeopleEventKind(row.kind), detail=row.detail)
        for row in iter_rows(connection, query, _PeopleEventRow)
    )
