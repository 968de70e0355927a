"""Who has an account: people, roles, invitations, and a log of what was done to them. Sign-in is ``storage/accounts/sign_in.py``'s.

A person's name is what every label, event and decision carries. Those rows are never rewritten, so a name is for good; what
pages show, the display name, can be changed. Nobody is ever deleted: an inactive person keeps all work and cannot sign in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select, true

from engine.domain import Origin, Person, Role, now
from storage.accounts.audit_log import PeopleEvent, PeopleEventKind, note, page_of_events
from storage.accounts.invitations import SPENT, Invitation, NewInvitation, add, close, list_open, require_open
from storage.accounts.passwords import hash_password
from storage.database import rows, tables
from storage.database.connection import Database
from storage.errors import BadAccount, InvitationSpent, LastAdmin, NameTaken, NotFound

COMMAND_LINE = "command line"  # who did it, when it was done by python -m storage
JOIN_PATH = "/account/join#"  # + secret: what follows # is never sent to a server, so no access log holds it
MAX_NAME = 40  # characters
RESET_DAYS = 1.0
INVITATION_DAYS = 7.0
_RESERVED = ("anonymous", COMMAND_LINE)  # people without an account annotate under these, or as guest-...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to change of a person; None leaves it as it is."""

    display_name: str | None = None
    role: Role | None = None
    active: bool | None = None


class People:
    """The accounts of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_accounts = False

    def has_accounts(self) -> bool:
        """Say whether there is an active admin: from then on, for good, people sign in."""
        if not self._has_accounts:  # true stays true, because the last admin cannot be removed
            with self._database.read() as connection:
                self._has_accounts = _count_other_admins(connection, "") > 0
        return self._has_accounts

    def get(self, name: str) -> Person:
        """Return the person of this name, however it is capitalised; raises NotFound."""
        with self._database.read() as connection:
            return rows.as_person(_require(connection, name))

    def list_people(self, limit: int = 200, after: str | None = None) -> tuple[Person, ...]:
        """Return people, the inactive too, in the order they joined; ``after`` is the last name of the page before."""
        people = tables.people
        with self._database.read() as connection:
            start = 0 if after is None else _require(connection, after).seq
            query = select(people).where(people.c.seq > start).order_by(people.c.seq).limit(limit)
            return tuple(rows.as_person(row) for row in connection.execute(query))

    def display_names(self) -> Mapping[str, str]:
        """Return the display name of everyone, by name."""
        people = tables.people.c
        with self._database.read() as connection:
            return {row.name: row.display_name for row in connection.execute(select(people.name, people.display_name))}

    def change(self, by: str, name: str, change: Change) -> Person:
        """Change a person and log it. Who is made inactive is signed out everywhere and loses their API tokens; who is no admin any
        more, the links they gave out.

        Raises:
            NotFound: nobody has this name.
            BadAccount: the display name cannot be taken.
            LastAdmin: it would leave no active admin.
        """
        with self._database.write() as connection:
            row = _require(connection, name)
            before = rows.as_person(row)
            values = _changed_values(before, change)
            is_admin = values["role"] == Role.ADMIN.value and values["active"]
            if (
                before.role is Role.ADMIN
                and before.active
                and not is_admin
                and not _count_other_admins(connection, row.id)
            ):
                raise LastAdmin(f"{before.name!r} is the only admin. Make somebody else an admin first.")
            connection.execute(tables.people.update().where(tables.people.c.id == row.id).values(**values))
            _note_changes(connection, by, before, values)
            if before.active and not values["active"]:
                _shut_out(connection, row.id)
            if not is_admin:
                _withdraw_links_of(connection, by, before.name)
            return rows.as_person(_require(connection, name))

    # ---- invitations ----

    def invite(self, by: str, role: Role, name: str | None = None, days: float = INVITATION_DAYS) -> NewInvitation:
        """Invite someone; the secret in the result is shown once and not stored. Without a name the guest chooses one.

        Raises:
            BadAccount: the name cannot be taken.
            NameTaken: somebody has it already.
        """
        wanted = None if name is None else clean_name(name)
        with self._database.write() as connection:
            if wanted is not None:
                _require_free(connection, wanted)
            note(connection, by, wanted, PeopleEventKind.INVITED, f"as {role.value}")
            return add(connection, Invitation(role=role, name=wanted, invited_by=by), days)

    def offer_reset(self, by: str, name: str, days: float = RESET_DAYS) -> NewInvitation:
        """Let a person set a new password by a link; the old one goes on working until then.

        Raises:
            NotFound: nobody has this name.
            BadAccount: the person is inactive, or signs in elsewhere and has no password here.
        """
        with self._database.write() as connection:
            person = rows.as_person(_require(connection, name))
            if not person.active:
                raise BadAccount(f"{person.name!r} is deactivated. Activate the account first.")
            if person.origin is not Origin.LOCAL:
                raise BadAccount(f"{person.name!r} signs in with {person.origin.value} and has no password here.")
            note(connection, by, person.name, PeopleEventKind.RESET_OFFERED)
            offer = Invitation(role=person.role, name=person.name, invited_by=by, is_reset=True)
            return add(connection, offer, days)

    def list_invitations(self) -> tuple[Invitation, ...]:
        """Return the invitations that can still be used, the newest first; never their secrets."""
        with self._database.read() as connection:
            return list_open(connection)

    def withdraw(self, by: str, invitation_id: str) -> None:
        """Make an invitation useless; raises NotFound when it is not open."""
        with self._database.write() as connection:
            gone = next((each for each in list_open(connection) if each.id == invitation_id), None)
            if gone is None:
                raise NotFound(f"There is no open invitation {invitation_id!r}. It may be used or too old.")
            close(connection, gone.id)
            note(connection, by, gone.name, PeopleEventKind.WITHDRAWN)

    def look_up(self, token: str) -> Invitation:
        """Return the open invitation a secret belongs to; raises InvitationSpent."""
        with self._database.read() as connection:
            return require_open(connection, token)

    def accept(self, token: str, password: str, name: str | None = None) -> Person:
        """Use up an invitation: make the person, or set their new password, sign them out everywhere and close their other resets.

        Args:
            token: the invitation's secret.
            password: the new password.
            name: the chosen name; passed over when the invitation has one.

        Raises:
            InvitationSpent: the invitation cannot be used.
            BadAccount: the name or password cannot be taken; the invitation stays open.
        """
        offered = self.look_up(token)
        # the name of a person there is may be one that could not be taken now
        chosen = offered.name if offered.is_reset and offered.name else clean_name(offered.name or name or "")
        hashed = hash_password(password, chosen)  # slow: not while holding the write lock
        with self._database.write() as connection:
            invitation = require_open(connection, token)
            if invitation.is_reset:
                person = _set_password(connection, chosen, hashed)
            else:
                _require_free(connection, chosen)
                person = Person(name=chosen, display_name=chosen, role=invitation.role)
                connection.execute(tables.people.insert().values(**_new_values(person, password=hashed)))
                note(connection, invitation.invited_by, person.name, PeopleEventKind.JOINED, f"as {person.role.value}")
            close(connection, invitation.id)
            return person

    # ---- people who sign in elsewhere ----

    def welcome(self, subject: str, username: str, role: Role = Role.ANNOTATOR) -> Person:
        """Return the person of a Hugging Face account, made at the first sign-in and raised to ``role`` when it is higher.

        Args:
            subject: the account's permanent id ("sub"); usernames there can change hands.
            username: wanted as name; the name gets a number when it is taken here.
            role: what the settings say of this account.

        An inactive person is returned as such: it is for the caller not to let them in.
        """
        people = tables.people
        mine = select(people).where(people.c.origin == Origin.HUGGINGFACE.value, people.c.subject == subject)
        with self._database.read() as connection:
            row = connection.execute(mine).one_or_none()
        if row is not None and Role(row.role).includes(role):
            return rows.as_person(row)
        with self._database.write() as connection:
            row = connection.execute(mine).one_or_none()
            if row is None:
                name = _free_name(connection, username)
                person = Person(name=name, display_name=username, role=role, origin=Origin.HUGGINGFACE)
                connection.execute(people.insert().values(**_new_values(person, subject=subject)))
                note(connection, "settings", name, PeopleEventKind.JOINED, f"as {role.value}, by Hugging Face")
                return person
            before = rows.as_person(row)
            values = _changed_values(before, Change(role=role))
            connection.execute(people.update().where(people.c.id == before.id).values(**values))
            _note_changes(connection, "settings", before, values)
            return rows.as_person(_require(connection, before.name))

    # ---- the log ----

    def log(self, limit: int = 100, before: int | None = None) -> tuple[PeopleEvent, ...]:
        """Return what was done to accounts, the newest first; ``before``: the last ``seq`` of the page before."""
        with self._database.read() as connection:
            return page_of_events(connection, limit, before)


def clean_name(name: str) -> str:
    """Return a name as it is kept; raises BadAccount for one that cannot be taken."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(cleaned) <= MAX_NAME:
        raise BadAccount(f"A name has 1 to {MAX_NAME} characters, not {len(cleaned)}.")
    if not cleaned.isprintable():
        raise BadAccount(f"The name {cleaned!r} has characters that cannot be seen. Leave them out.")
    if cleaned in (".", "..") or "/" in cleaned or "\\" in cleaned:
        raise BadAccount(
            f"The name {cleaned!r} does not fit into an address. Choose one without / and \\ that is not . or .."
        )
    key = name_key(cleaned)
    if key in _RESERVED or key.startswith("guest-") or ":" in cleaned:
        raise BadAccount(f"The name {cleaned!r} is kept for people without an account and for imports. Choose another.")
    return cleaned


def name_key(name: str) -> str:
    """Return the form under which names that look alike are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def find_row(connection: Connection, name: str) -> Row[tuple[object, ...]] | None:
    """Return the row of the person of this name, if there is one."""
    people = tables.people
    return connection.execute(select(people).where(people.c.name_key == name_key(name))).one_or_none()


def close_resets(connection: Connection, name: str) -> None:
    """Make every link useless that would set this person's password."""
    for each in list_open(connection):
        if each.is_reset and each.name == name:
            close(connection, each.id)


def _require(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    row = find_row(connection, name)
    if row is None:
        raise NotFound(f"There is no person {name!r}.")
    return row


def _require_free(connection: Connection, name: str) -> None:
    if find_row(connection, name) is not None:
        raise NameTaken(f"Somebody is called {name!r} already. Choose another name.")


def _count_other_admins(connection: Connection, person_id: str) -> int:
    people = tables.people.c
    query = select(func.count()).where(
        people.role == Role.ADMIN.value, people.active.is_(true()), people.id != person_id
    )
    return connection.scalar(query) or 0


def _free_name(connection: Connection, username: str) -> str:
    try:
        wanted = clean_name(username)
    except BadAccount:
        wanted = "member"
    for number in range(1, 1_000_000):
        name = wanted if number == 1 else f"{wanted[: MAX_NAME - 7]} {number}"
        if find_row(connection, name) is None:
            return name
    raise NameTaken(f"Every name like {wanted!r} is taken.")


def _changed_values(person: Person, change: Change) -> rows.Values:
    display = person.display_name if change.display_name is None else " ".join(change.display_name.split())
    if not 0 < len(display) <= MAX_NAME or not display.isprintable():
        raise BadAccount(f"A display name has 1 to {MAX_NAME} characters that can be seen, unlike {display!r}.")
    return {
        "display_name": display,
        "role": (change.role or person.role).value,
        "active": person.active if change.active is None else change.active,
    }


def _note_changes(connection: Connection, by: str, before: Person, values: rows.Values) -> None:
    if values["display_name"] != before.display_name:
        note(connection, by, before.name, PeopleEventKind.RENAMED, f"{before.display_name} to {values['display_name']}")
    if values["role"] != before.role.value:
        note(connection, by, before.name, PeopleEventKind.ROLE_CHANGED, f"{before.role.value} to {values['role']}")
    if values["active"] != before.active:
        kind = PeopleEventKind.ACTIVATED if values["active"] else PeopleEventKind.DEACTIVATED
        note(connection, by, before.name, kind)


def _shut_out(connection: Connection, person_id: str) -> None:
    sessions, tokens = tables.sessions, tables.api_tokens
    connection.execute(sessions.delete().where(sessions.c.person_id == person_id))
    live = (tokens.c.person_id == person_id, tokens.c.revoked_at.is_(None))
    connection.execute(tokens.update().where(*live).values(revoked_at=now()))


def _withdraw_links_of(connection: Connection, by: str, name: str) -> None:
    for each in list_open(connection):
        if each.invited_by == name:
            close(connection, each.id)
            note(connection, by, each.name, PeopleEventKind.WITHDRAWN)


def _set_password(connection: Connection, name: str, hashed: str) -> Person:
    row = _require(connection, name)
    if not row.active:
        raise InvitationSpent(SPENT)
    connection.execute(tables.people.update().where(tables.people.c.id == row.id).values(password=hashed))
    connection.execute(tables.sessions.delete().where(tables.sessions.c.person_id == row.id))
    close_resets(connection, row.name)
    note(connection, row.name, row.name, PeopleEventKind.PASSWORD_SET)
    return rows.as_person(row)


def _new_values(person: Person, *, password: str | None = None, subject: str | None = None) -> rows.Values:
    secret = {"name_key": name_key(person.name), "password": password, "subject": subject}
    return rows.person_values(person) | secret
