"""API tokens in the database: a person's keys for scripts.

A token is looked up with its person each time, so that revoking it, a changed role and a deactivated account count at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Person, new_id, now
from storage.accounts.audit_log import PeopleEventKind, note
from storage.accounts.sessions import find_active, note_seen
from storage.accounts.tokens import API_TOKEN, digest_of, new_token
from storage.database import tables
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import BadAccount, NotFound

MAX_TOKEN_TITLE = 80  # characters
MAX_TOKENS = 50  # live ones a person


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A person's key for scripts; without its secret."""

    id: str
    title: str  # what it is for
    prefix: str  # how the secret starts, to tell tokens apart
    created_at: datetime
    used_at: datetime | None  # to ten minutes; None: never
    revoked_at: datetime | None  # None: it works


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiToken:
    """A token just made: the only moment at which its secret is known."""

    token: ApiToken
    secret: str = field(repr=False)  # must not reach a log


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedToken:
    """A live token that a request carries, and who it belongs to."""

    digest: str
    person: Person
    used_at: datetime | None  # before this request; None: never


class _TokenRow(NamedTuple):
    """A row of API tokens."""

    id: str
    person_id: str
    title: str
    prefix: str
    digest: str
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def add_token(connection: Connection, person: Person, title: str) -> NewApiToken:
    """Store a new token of a person. Raises BadAccount: no title, or too many tokens."""
    named = " ".join(title.split())
    if not 0 < len(named) <= MAX_TOKEN_TITLE:
        raise BadAccount(f"Say what the token is for, in 1 to {MAX_TOKEN_TITLE} characters, not {len(named)}.")
    live = [each for each in list_tokens(connection, person.id) if each.revoked_at is None]
    if len(live) >= MAX_TOKENS:
        raise BadAccount(
            f"{person.name!r} has {len(live)} tokens, which is the most. Revoke one that is no longer used."
        )
    secret = new_token(API_TOKEN)
    values = {"id": new_id(), "title": named, "prefix": secret[: len(API_TOKEN) + 5], "created_at": now()}
    row = {**values, "person_id": person.id, "digest": digest_of(secret)}
    connection.execute(tables.api_tokens.insert().values(**row))
    note(connection, person.name, person.name, PeopleEventKind.TOKEN_MADE, named)
    token = next(each for each in list_tokens(connection, person.id) if each.id == values["id"])
    return NewApiToken(token=token, secret=secret)


def list_tokens(connection: Connection, person_id: str) -> tuple[ApiToken, ...]:
    """Return a person's tokens, the revoked too, the newest first; never their secrets."""
    tokens = tables.api_tokens
    query = select(tokens).where(tokens.c.person_id == person_id).order_by(tokens.c.seq.desc())
    return tuple(_as_token(row) for row in iter_rows(connection, query, _TokenRow))


def find_token(connection: Connection, secret: str) -> UsedToken | None:
    """Return the live token of a secret; None when it was revoked, never was, or its person is inactive."""
    tokens = tables.api_tokens
    query = select(tokens).where(tokens.c.digest == digest_of(secret), tokens.c.revoked_at.is_(None))
    row = one_row(connection, query, _TokenRow)
    person = None if row is None else find_active(connection, row.person_id)
    if row is None or person is None:
        return None
    return UsedToken(digest=row.digest, person=person, used_at=row.used_at)


def note_used(connection: Connection, token: UsedToken) -> None:
    """Record that a token is used now, and that its person was seen."""
    tokens, at = tables.api_tokens, now()
    connection.execute(tokens.update().where(tokens.c.digest == token.digest).values(used_at=at))
    note_seen(connection, token.person.id, at)


def revoke_token(connection: Connection, by: str, person: Person, token_id: str) -> None:
    """Make a person's token useless, for good, and log it; raises NotFound when this person has no such live token."""
    for each in list_tokens(connection, person.id):
        if each.id == token_id and each.revoked_at is None:
            table = tables.api_tokens
            connection.execute(table.update().where(table.c.id == token_id).values(revoked_at=now()))
            note(connection, by, person.name, PeopleEventKind.TOKEN_REVOKED, each.title)
            return
    raise NotFound(f"{person.name!r} has no active token {token_id!r}.")


def revoke_of_person(connection: Connection, person_id: str) -> None:
    """Make all tokens of a person useless."""
    tokens = tables.api_tokens
    live = (tokens.c.person_id == person_id, tokens.c.revoked_at.is_(None))
    connection.execute(tokens.update().where(*live).values(revoked_at=now()))


def revoke_all(connection: Connection) -> int:
    """Make everybody's tokens useless; return how many worked."""
    tokens = tables.api_tokens
    return connection.execute(tokens.update().where(tokens.c.revoked_at.is_(None)).values(revoked_at=now())).rowcount


def _as_token(row: _TokenRow) -> ApiToken:
    return ApiToken(
        id=row.id,
        title=row.title,
        prefix=row.prefix,
        created_at=row.created_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
