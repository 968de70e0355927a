"""People in the database: their names, roles and changes. How they join is ``storage/accounts/joining.py``'s.

A person's name is what every label, event and decision carries. Those rows are never rewritten, so a name is for good; what
pages show, the display name, can be changed. Nobody is ever deleted: an inactive person keeps all work and cannot sign in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, true

from engine.domain import Person, Role
from storage.accounts import api_tokens, invitations, sessions
from storage.accounts.audit_log import PeopleEventKind, note
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import BadAccount, LastAdmin, NameTaken, NotFound

COMMAND_LINE = "command line"  # who did it, when it was done by python -m storage
MAX_NAME = 40  # characters
_RESERVED = ("anonymous", COMMAND_LINE)  # people without an account annotate under these, or as guest-...


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """What to change of a person; None leaves it as it is."""

    display_name: str | None = None
    role: Role | None = None
    active: bool | None = None


def has_admin(connection: Connection) -> bool:
    """Return whether there is an active admin."""
    return _count_other_admins(connection, "") > 0


def get_person(connection: Connection, name: str) -> Person:
    """Return the person of this name, however it is capitalised; raises NotFound."""
    return rows.as_person(_require(connection, name))


def list_people(connection: Connection, limit: int, after: str | None) -> tuple[Person, ...]:
    """Return people, the inactive too, in the order they joined; ``after`` is the last name of the page before."""
    people = tables.people
    start = 0 if after is None else _require(connection, after).seq
    query = select(people).where(people.c.seq > start).order_by(people.c.seq).limit(limit)
    return tuple(rows.as_person(row) for row in iter_rows(connection, query, rows.PersonRow))


def read_display_names(connection: Connection) -> Mapping[str, str]:
    """Return the display name of everyone, by name."""
    people = tables.people.c
    return {row.name: row.display_name for row in connection.execute(select(people.name, people.display_name))}


def add_person(
    connection: Connection, person: Person, *, password: str | None = None, subject: str | None = None
) -> None:
    """Insert a person, with the hash of their password or with who they are at their origin."""
    secret = {"name_key": name_key(person.name), "password": password, "subject": subject}
    connection.execute(tables.people.insert().values(**rows.person_values(person), **secret))


def update_person(connection: Connection, by: str, name: str, change: PersonChange) -> Person:
    """Change a person and log it. Who is made inactive is signed out everywhere and loses their API tokens; who is no admin any
    more, the links they gave out.

    Raises:
        NotFound: nobody has this name.
        BadAccount: the display name cannot be taken.
        LastAdmin: it would leave no active admin.
    """
    row = _require(connection, name)
    before = rows.as_person(row)
    values = _changed_values(before, change)
    is_admin = values["role"] == Role.ADMIN.value and values["active"]
    if before.role is Role.ADMIN and before.active and not is_admin and not _count_other_admins(connection, row.id):
        raise LastAdmin(f"{before.name!r} is the only admin. Make somebody else an admin first.")
    connection.execute(tables.people.update().where(tables.people.c.id == row.id).values(**values))
    _note_changes(connection, by, before, values)
    if before.active and not values["active"]:
        sessions.end_of_person(connection, row.id)
        api_tokens.revoke_of_person(connection, row.id)
    if not is_admin:
        invitations.withdraw_by(connection, by, before.name)
    return get_person(connection, name)


def clean_name(name: str) -> str:
    """Return a name as it is kept; raises BadAccount for one that cannot be taken."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(cleaned) <= MAX_NAME:
        raise BadAccount(f"A name has 1 to {MAX_NAME} characters, not {len(cleaned)}.")
    if not cleaned.isprintable():
        raise BadAccount(f"The name {cleaned!r} has invisible characters. Leave them out.")
    if cleaned in (".", "..") or "/" in cleaned or "\\" in cleaned:
        raise BadAccount(
            f"The name {cleaned!r} does not fit into an address. Choose one without / and \\ that is not . or .."
        )
    key = name_key(cleaned)
    if key in _RESERVED or key.startswith("guest-") or ":" in cleaned:
        raise BadAccount(
            f"The name {cleaned!r} is reserved for people without an account and for imports. Choose another."
        )
    return cleaned


def name_key(name: str) -> str:
    """Return the form under which names that look alike are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def find_row(connection: Connection, name: str) -> rows.PersonRow | None:
    """Return the row of the person of this name, if there is one."""
    people = tables.people
    return one_row(connection, select(people).where(people.c.name_key == name_key(name)), rows.PersonRow)


def _require(connection: Connection, name: str) -> rows.PersonRow:
    row = find_row(connection, name)
    if row is None:
        raise NotFound(f"There is no account named {name!r}.")
    return row


def require_free(connection: Connection, name: str) -> None:
    """Raise NameTaken when somebody has this name."""
    if find_row(connection, name) is not None:
        raise NameTaken(f"The name {name!r} is taken. Choose another one.")


def _count_other_admins(connection: Connection, person_id: str) -> int:
    people = tables.people.c
    query = select(func.count()).where(
        people.role == Role.ADMIN.value, people.active.is_(true()), people.id != person_id
    )
    return connection.scalar(query) or 0


def free_name(connection: Connection, username: str) -> str:
    """Return a name that nobody has, as near as can be to a username from elsewhere."""
    try:
        wanted = clean_name(username)
    except BadAccount:
        wanted = "member"
    for number in range(1, 1_000_000):
        name = wanted if number == 1 else f"{wanted[: MAX_NAME - 7]} {number}"
        if find_row(connection, name) is None:
            return name
    raise NameTaken(f"Every name like {wanted!r} is taken. Choose another one.")


def _changed_values(person: Person, change: PersonChange) -> rows.Values:
    display = person.display_name if change.display_name is None else " ".join(change.display_name.split())
    if not 0 < len(display) <= MAX_NAME or not display.isprintable():
        raise BadAccount(f"A display name has 1 to {MAX_NAME} characters, all of them visible, unlike {display!r}.")
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
