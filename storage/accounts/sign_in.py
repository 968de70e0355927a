"""Signing in: passwords, sessions and API tokens. Who the people are is ``storage/accounts/people.py``'s.

Of every secret only a hash is stored; the secret itself is given out once, by the call that makes it. A session or token is
looked up with its person each time, so that signing out, a changed role and a deactivated account count at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Table, select, true

from engine.domain import Person, new_id, now
from storage.accounts import invitations
from storage.accounts.audit_log import PeopleEventKind, note
from storage.accounts.login_throttle import Throttle
from storage.accounts.passwords import hash_password, is_outdated, is_password, rehash
from storage.accounts.people import MAX_NAME, close_resets, find_row, name_key
from storage.accounts.tokens import API_TOKEN, SESSION, digest_of, new_token
from storage.database import rows, tables
from storage.database.connection import Database
from storage.errors import BadAccount, NotFound, SignInFailed, TooManyTries

IDLE = timedelta(days=14)  # a session ends after so long without a request
LONGEST = timedelta(days=90)  # and after so long in any case
SEEN_EVERY = timedelta(minutes=10)  # how exact "last seen" is: a write for every request would hold up label saves
MAX_TITLE = 80  # characters
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
class EndedAccess:
    """How much worked until :meth:`SignIn.end_access`."""

    sessions: int
    tokens: int
    invitations: int  # password resets too


class SignIn:
    """The passwords, sessions and API tokens of one store."""

    def __init__(self, database: Database, throttle: Throttle | None = None) -> None:
        self._database = database
        self._throttle = throttle or Throttle()

    # ---- sessions ----

    def with_password(self, name: str, password: str, address: str) -> str:
        """Check a password and return the secret of a new session, to be kept in the browser's cookie.

        A name that nobody has takes as long and gets the same answer as a wrong password.

        Args:
            name: as typed.
            password: as typed.
            address: of the client, to slow down who guesses.

        Raises:
            SignInFailed: they do not belong together, or the person is inactive.
            TooManyTries: this name or address has to wait; the password was not looked at.
        """
        return self.open_session(self._checked(name, password, address))

    def open_session(self, person: Person) -> str:
        """Return the secret of a new session for someone known by other means: an accepted invitation, Hugging Face."""
        secret, at = new_token(SESSION), now()
        sessions = tables.sessions
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.expires_at <= at))
            values = {"created_at": at, "seen_at": at, "expires_at": at + IDLE}
            connection.execute(sessions.insert().values(digest=digest_of(secret), person_id=person.id, **values))
            _see(connection, person.id, at)
        return secret

    def of_session(self, secret: str) -> Person | None:
        """Return who a live session belongs to, and let it live on; None when it ended or never was."""
        sessions, at = tables.sessions, now()
        with self._database.read() as connection:
            row = _find(connection, sessions, secret)
            person = None if row is None or row.expires_at <= at else _active(connection, row.person_id)
        if row is None or person is None:
            return None
        if at - row.seen_at >= SEEN_EVERY:
            ends = min(at + IDLE, row.created_at + LONGEST)
            with self._database.write() as connection:
                mine = sessions.update().where(sessions.c.digest == row.digest)
                connection.execute(mine.values(seen_at=at, expires_at=ends))
                _see(connection, row.person_id, at)
        return person

    def sign_out(self, secret: str) -> None:
        """End a session; one that is not there is no error."""
        sessions = tables.sessions
        with self._database.write() as connection:
            connection.execute(sessions.delete().where(sessions.c.digest == digest_of(secret)))

    def sign_out_everywhere(self, person: Person) -> int:
        """End all sessions of a person; return how many there were."""
        with self._database.write() as connection:
            return _end_sessions(connection, person.id)

    def change_password(self, person: Person, old: str, new: str, address: str) -> str:
        """Set a person's own new password, sign them out everywhere, close their resets, and return the secret of a new session.

        Raises:
            SignInFailed, TooManyTries: the old password is wrong; guesses count as at sign-in.
            BadAccount: the new one cannot be taken.
        """
        self._checked(person.name, old, address)
        hashed = hash_password(new, person.name)
        with self._database.write() as connection:
            _store_password(connection, person.id, hashed)
            _end_sessions(connection, person.id)
            close_resets(connection, person.name)
            note(connection, person.name, person.name, PeopleEventKind.PASSWORD_SET)
        return self.open_session(person)

    def end_access(self, by: str) -> EndedAccess:
        """End every session, token and open invitation of everybody: after a backup came back, which knows not what ended since."""
        sessions, tokens, at = tables.sessions, tables.api_tokens, now()
        with self._database.write() as connection:
            live = connection.execute(sessions.delete().where(sessions.c.expires_at > at)).rowcount
            connection.execute(sessions.delete())
            revoke = tokens.update().where(tokens.c.revoked_at.is_(None)).values(revoked_at=at)
            ended = EndedAccess(
                sessions=live, tokens=connection.execute(revoke).rowcount, invitations=invitations.close_all(connection)
            )
            text = f"{ended.sessions} sessions, {ended.tokens} tokens and {ended.invitations} invitations ended"
            note(connection, by, None, PeopleEventKind.RESTORED, text)
        return ended

    # ---- API tokens ----

    def add_token(self, person: Person, title: str) -> NewApiToken:
        """Make a token that may do what its person may; its secret is shown once and not stored.

        Raises:
            BadAccount: no title, or too many tokens.
        """
        named = " ".join(title.split())
        if not 0 < len(named) <= MAX_TITLE:
            raise BadAccount(f"Say in 1 to {MAX_TITLE} characters what the token is for, not {len(named)}.")
        secret = new_token(API_TOKEN)
        values = {"id": new_id(), "title": named, "prefix": secret[: len(API_TOKEN) + 5], "created_at": now()}
        with self._database.write() as connection:
            live = [each for each in _tokens_of(connection, person.id) if each.revoked_at is None]
            if len(live) >= MAX_TOKENS:
                raise BadAccount(f"{person.name!r} has {len(live)} tokens. Revoke one that is not used any more.")
            row = {**values, "person_id": person.id, "digest": digest_of(secret)}
            connection.execute(tables.api_tokens.insert().values(**row))
            note(connection, person.name, person.name, PeopleEventKind.TOKEN_MADE, named)
            token = next(each for each in _tokens_of(connection, person.id) if each.id == values["id"])
        return NewApiToken(token=token, secret=secret)

    def list_tokens(self, person: Person) -> tuple[ApiToken, ...]:
        """Return a person's tokens, the revoked too, the newest first; never their secrets."""
        with self._database.read() as connection:
            return _tokens_of(connection, person.id)

    def revoke_token(self, by: str, person: Person, token_id: str) -> None:
        """Make a person's token useless, for good; raises NotFound when this person has no such live token."""
        with self._database.write() as connection:
            for each in _tokens_of(connection, person.id):
                if each.id == token_id and each.revoked_at is None:
                    table = tables.api_tokens
                    connection.execute(table.update().where(table.c.id == token_id).values(revoked_at=now()))
                    note(connection, by, person.name, PeopleEventKind.TOKEN_REVOKED, each.title)
                    return
        raise NotFound(f"{person.name!r} has no live token {token_id!r}.")

    def of_token(self, secret: str) -> Person | None:
        """Return who a live token belongs to; None when it was revoked or never was."""
        tokens, at = tables.api_tokens, now()
        with self._database.read() as connection:
            row = _find(connection, tokens, secret)
            person = None if row is None or row.revoked_at is not None else _active(connection, row.person_id)
        if row is None or person is None:
            return None
        if row.used_at is None or at - row.used_at >= SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(tokens.update().where(tokens.c.digest == row.digest).values(used_at=at))
                _see(connection, row.person_id, at)
        return person

    def _checked(self, name: str, password: str, address: str) -> Person:
        key = name_key(name)[:MAX_NAME]
        wait = self._throttle.take_try(key, address)
        if wait > 0:
            seconds = int(wait) + 1
            raise TooManyTries(f"Too many wrong passwords. Try again in {seconds} s.", seconds)
        with self._database.read() as connection:
            row = find_row(connection, name)
        stored = row.password if row is not None and row.active else None
        if not is_password(password, stored) or row is None:
            raise SignInFailed("This name and password do not belong together.")
        self._throttle.note_right(key, address)
        if is_outdated(row.password):
            with self._database.write() as connection:
                _store_password(connection, row.id, rehash(password))
        return rows.as_person(row)


def _find(connection: Connection, table: Table, secret: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(table).where(table.c.digest == digest_of(secret))).one_or_none()


def _active(connection: Connection, person_id: str) -> Person | None:
    people = tables.people
    query = select(people).where(people.c.id == person_id, people.c.active.is_(true()))
    row = connection.execute(query).one_or_none()
    return None if row is None else rows.as_person(row)


def _store_password(connection: Connection, person_id: str, hashed: str) -> None:
    people = tables.people
    connection.execute(people.update().where(people.c.id == person_id).values(password=hashed))


def _see(connection: Connection, person_id: str, at: datetime) -> None:
    people = tables.people
    connection.execute(people.update().where(people.c.id == person_id).values(last_seen_at=at))


def _end_sessions(connection: Connection, person_id: str) -> int:
    sessions = tables.sessions
    return connection.execute(sessions.delete().where(sessions.c.person_id == person_id)).rowcount


def _tokens_of(connection: Connection, person_id: str) -> tuple[ApiToken, ...]:
    tokens = tables.api_tokens
    query = select(tokens).where(tokens.c.person_id == person_id).order_by(tokens.c.seq.desc())
    return tuple(
        ApiToken(
            id=row.id,
            title=row.title,
            prefix=row.prefix,
            created_at=row.created_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
        )
        for row in connection.execute(query)
    )
