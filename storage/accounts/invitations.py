"""Invitations: a secret that lets one guest make an account, or one person set a new password, once and for a limited time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select

from engine.domain import Role, new_id, now
from storage.accounts.audit_log import PeopleEventKind, note
from storage.accounts.tokens import INVITATION, digest_of, new_token
from storage.database import tables
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import InvitationSpent, NotFound

SPENT = "This invitation cannot be used: it is unknown, used, withdrawn or too old. Ask an admin for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who is invited, as what, by whom and until when; without its secret."""

    id: str = field(default_factory=new_id)
    role: Role
    name: str | None  # None: the guest chooses one
    invited_by: str
    is_reset: bool = False  # a new password for a person there is
    created_at: datetime = field(default_factory=now)
    expires_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """An invitation just made: the only moment at which its secret is known."""

    invitation: Invitation
    token: str = field(repr=False)  # must not reach a log


class _InvitationRow(NamedTuple):
    """A row of invitations."""

    id: str
    role: str
    name: str | None
    invited_by: str
    is_reset: bool
    created_at: datetime
    expires_at: datetime


def add(connection: Connection, invitation: Invitation, days: float) -> NewInvitation:
    """Store an invitation that ends after so many days, and give it a secret."""
    token = new_token(INVITATION)
    made = replace(invitation, expires_at=invitation.created_at + timedelta(days=days))
    connection.execute(
        tables.invitations.insert().values(
            id=made.id,
            digest=digest_of(token),
            role=made.role.value,
            name=made.name,
            is_reset=made.is_reset,
            invited_by=made.invited_by,
            created_at=made.created_at,
            expires_at=made.expires_at,
        )
    )
    return NewInvitation(invitation=made, token=token)


def require_open(connection: Connection, token: str) -> Invitation:
    """Return the open invitation of a secret; raises InvitationSpent, the same for every reason."""
    query = select(tables.invitations).where(tables.invitations.c.digest == digest_of(token), _is_open())
    row = one_row(connection, query, _InvitationRow)
    if row is None:
        raise InvitationSpent(SPENT)
    return _as_invitation(row)


def list_open(connection: Connection) -> tuple[Invitation, ...]:
    """Return the invitations that can still be used, the newest first."""
    query = select(tables.invitations).where(_is_open()).order_by(tables.invitations.c.seq.desc())
    return tuple(_as_invitation(row) for row in iter_rows(connection, query, _InvitationRow))


def close(connection: Connection, invitation_id: str) -> None:
    """Make an invitation useless: it was used or withdrawn."""
    table = tables.invitations
    connection.execute(table.update().where(table.c.id == invitation_id).values(closed_at=now()))


def close_all(connection: Connection) -> int:
    """Close every open invitation; return how many there were."""
    return connection.execute(tables.invitations.update().where(_is_open()).values(closed_at=now())).rowcount


def withdraw(connection: Connection, by: str, invitation_id: str) -> None:
    """Close an open invitation, end the memberships granted by it and log it; raises NotFound when it is not open."""
    found = next((each for each in list_open(connection) if each.id == invitation_id), None)
    if found is None:
        raise NotFound(
            f"There is no open invitation {invitation_id!r}. It may have been used, withdrawn, or have expired."
        )
    _withdraw(connection, by, found)


def withdraw_by(connection: Connection, by: str, inviter: str) -> None:
    """Withdraw every open invitation that a person gave out."""
    for each in list_open(connection):
        if each.invited_by == inviter:
            _withdraw(connection, by, each)


def close_resets(connection: Connection, name: str) -> None:
    """Make every link useless that would set this person's password."""
    for each in list_open(connection):
        if each.is_reset and each.name == name:
            close(connection, each.id)


def _withdraw(connection: Connection, by: str, invitation: Invitation) -> None:
    close(connection, invitation.id)
    if invitation.name is not None and not invitation.is_reset:
        _end_memberships(connection, invitation.name)
    note(connection, by, invitation.name, PeopleEventKind.WITHDRAWN)


def _end_memberships(connection: Connection, name: str) -> None:
    """End what was granted under a name that nobody has and nobody is invited by any more."""
    has_person = connection.scalar(select(exists().where(tables.people.c.name == name)))
    if has_person or any(each.name == name for each in list_open(connection)):
        return
    connection.execute(delete(tables.project_members).where(tables.project_members.c.annotator == name))


def _is_open() -> ColumnElement[bool]:
    table = tables.invitations.c
    return and_(table.closed_at.is_(None), table.expires_at > now())


def _as_invitation(row: _InvitationRow) -> Invitation:
    return Invitation(
        id=row.id,
        role=Role(row.role),
        name=row.name,
        invited_by=row.invited_by,
        is_reset=row.is_reset,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
