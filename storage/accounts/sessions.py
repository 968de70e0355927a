"""Sessions of browsers in the database.

A session is looked up with its person each time, so that signing out, a changed role and a deactivated account count at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select, true

from engine.domain import Person, now
from storage.accounts.tokens import SESSION, digest_of, new_token
from storage.database import rows, tables
from storage.database.typed_rows import one_row

IDLE = timedelta(days=14)  # a session ends after so long without a request
LONGEST = timedelta(days=90)  # and after so long in any case
SEEN_EVERY = timedelta(minutes=10)  # how exact "last seen" is: a write for every request would hold up label saves


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A live session and who it belongs to."""

    digest: str
    person: Person
    created_at: datetime
    seen_at: datetime


class _SessionRow(NamedTuple):
    """A row of sessions."""

    digest: str
    person_id: str
    created_at: datetime
    seen_at: datetime


def open_session(connection: Connection, person: Person) -> str:
    """Store a new session and return its secret; sessions that have run out are removed."""
    secret, at = new_token(SESSION), now()
    sessions = tables.sessions
    connection.execute(sessions.delete().where(sessions.c.expires_at <= at))
    values = {"created_at": at, "seen_at": at, "expires_at": at + IDLE}
    connection.execute(sessions.insert().values(digest=digest_of(secret), person_id=person.id, **values))
    note_seen(connection, person.id, at)
    return secret


def find_session(connection: Connection, secret: str) -> Session | None:
    """Return the live session of a secret; None when it ended, never was, or its person is inactive."""
    sessions = tables.sessions
    query = select(sessions).where(sessions.c.digest == digest_of(secret), sessions.c.expires_at > now())
    row = one_row(connection, query, _SessionRow)
    person = None if row is None else find_active(connection, row.person_id)
    if row is None or person is None:
        return None
    return Session(digest=row.digest, person=person, created_at=row.created_at, seen_at=row.seen_at)


def extend_session(connection: Connection, session: Session) -> None:
    """Let a session live on from now, and note that its person was seen."""
    sessions, at = tables.sessions, now()
    ends = min(at + IDLE, session.created_at + LONGEST)
    mine = sessions.update().where(sessions.c.digest == session.digest)
    connection.execute(mine.values(seen_at=at, expires_at=ends))
    note_seen(connection, session.person.id, at)


def end_session(connection: Connection, secret: str) -> None:
    """End a session; one that is not there is no error."""
    sessions = tables.sessions
    connection.execute(sessions.delete().where(sessions.c.digest == digest_of(secret)))


def end_of_person(connection: Connection, person_id: str) -> int:
    """End all sessions of a person; return how many there were."""
    sessions = tables.sessions
    return connection.execute(sessions.delete().where(sessions.c.person_id == person_id)).rowcount


def end_all(connection: Connection) -> int:
    """End everybody's sessions; return how many were live."""
    sessions = tables.sessions
    live = connection.execute(sessions.delete().where(sessions.c.expires_at > now())).rowcount
    connection.execute(sessions.delete())
    return live


def find_active(connection: Connection, person_id: str) -> Person | None:
    """Return a person who may sign in; None for an inactive one."""
    people = tables.people
    query = select(people).where(people.c.id == person_id, people.c.active.is_(true()))
    row = one_row(connection, query, rows.PersonRow)
    return None if row is None else rows.as_person(row)


def note_seen(connection: Connection, person_id: str, at: datetime) -> None:
    """Record when a person was last here."""
    people = tables.people
    connection.execute(people.update().where(people.c.id == person_id).values(last_seen_at=at))


def store_password(connection: Connection, person_id: str, hashed: str) -> None:
    """Store the hash of a person's password."""
    people = tables.people
    connection.execute(people.update().where(people.c.id == person_id).values(password=hashed))
