"""How somebody becomes a person, or a person gets a new password: by an invitation, or by an account elsewhere."""

from __future__ import annotations

from sqlalchemy import Connection, delete, or_, select

from engine.domain import Origin, Person, Role
from storage.accounts import invitations, people, sessions
from storage.accounts.audit_log import PeopleEventKind, note
from storage.accounts.invitations import SPENT, Invitation, NewInvitation
from storage.database import rows, tables
from storage.database.typed_rows import one_row
from storage.errors import BadAccount, InvitationSpent

JOIN_PATH = "/account/join#"  # + secret: what follows # is never sent to a server, so no access log holds it
RESET_DAYS = 1.0
INVITATION_DAYS = 7.0
_SETTINGS = "settings"  # who did it: the operator, by naming somebody in the settings


def invite(connection: Connection, by: str, role: Role, name: str | None, days: float) -> NewInvitation:
    """Invite someone, under a clean name or one that they choose. Raises NameTaken."""
    if name is not None:
        people.require_free(connection, name)
    note(connection, by, name, PeopleEventKind.INVITED, f"as {role.value}")
    return invitations.add(connection, Invitation(role=role, name=name, invited_by=by), days)


def offer_reset(connection: Connection, by: str, name: str, days: float) -> NewInvitation:
    """Let a person set a new password by a link. Raises NotFound, BadAccount."""
    person = people.get_person(connection, name)
    if not person.active:
        raise BadAccount(f"{person.name!r} is deactivated. Activate the account first.")
    if person.origin is not Origin.LOCAL:
        raise BadAccount(f"{person.name!r} signs in with {person.origin.value} and has no password here.")
    note(connection, by, person.name, PeopleEventKind.RESET_OFFERED)
    offer = Invitation(role=person.role, name=person.name, invited_by=by, is_reset=True)
    return invitations.add(connection, offer, days)


def chosen_name(invitation: Invitation, name: str | None) -> str:
    """Return the name that whoever accepts the invitation gets; raises BadAccount."""
    # the name of a person there is may be one that could not be taken now
    if invitation.is_reset and invitation.name:
        return invitation.name
    return people.clean_name(invitation.name or name or "")


def accept(connection: Connection, token: str, name: str, hashed: str) -> Person:
    """Use up an invitation: make the person, or set their new password and sign them out everywhere.

    Args:
        connection: to write to.
        token: the invitation's secret.
        name: what :func:`chosen_name` gave.
        hashed: the hash of the new password.

    Raises:
        InvitationSpent, NameTaken: nothing is changed, and an open invitation stays open.
    """
    invitation = invitations.require_open(connection, token)
    if invitation.is_reset:
        person = people.get_person(connection, name)
        if not person.active:
            raise InvitationSpent(SPENT)
        set_password(connection, person, hashed)
    else:
        people.require_free(connection, name)
        _forget_memberships(connection, name, invitation)
        person = Person(name=name, display_name=name, role=invitation.role)
        people.add_person(connection, person, password=hashed)
        note(connection, invitation.invited_by, person.name, PeopleEventKind.JOINED, f"as {person.role.value}")
    invitations.close(connection, invitation.id)
    return person


def _forget_memberships(connection: Connection, name: str, accepted: Invitation | None = None) -> None:
    """End what was granted to somebody else: whoever was invited by a name that another person takes now.

    A membership carries a name, not an invitation. So what is older than the accepted invitation was granted by another one.
    """
    members = tables.project_members
    key = people.name_key(name)
    granted = {
        each for each in connection.scalars(select(members.c.annotator).distinct()) if people.name_key(each) == key
    }
    if not granted:
        return
    query = delete(members).where(members.c.annotator.in_(granted))
    if accepted is not None and accepted.name is not None:
        query = query.where(or_(members.c.annotator != accepted.name, members.c.added_at < accepted.created_at))
    connection.execute(query)


def find_of_subject(connection: Connection, subject: str) -> Person | None:
    """Return the person of a Hugging Face account, if there is one."""
    people_ = tables.people
    mine = select(people_).where(people_.c.origin == Origin.HUGGINGFACE.value, people_.c.subject == subject)
    row = one_row(connection, mine, rows.PersonRow)
    return None if row is None else rows.as_person(row)


def ensure_of_subject(connection: Connection, subject: str, username: str, role: Role) -> Person:
    """Return the person of a Hugging Face account: made when it is new, raised to ``role`` when that is higher."""
    person = find_of_subject(connection, subject)
    if person is None:
        name = people.free_name(connection, username)
        _forget_memberships(connection, name)
        person = Person(name=name, display_name=username, role=role, origin=Origin.HUGGINGFACE)
        people.add_person(connection, person, subject=subject)
        note(connection, _SETTINGS, name, PeopleEventKind.JOINED, f"as {role.value}, by Hugging Face")
        return person
    if person.role.includes(role):
        return person
    return people.update_person(connection, _SETTINGS, person.name, people.PersonChange(role=role))


def set_password(connection: Connection, person: Person, hashed: str) -> None:
    """Store a person's new password, sign them out everywhere, close their resets, and log it."""
    sessions.store_password(connection, person.id, hashed)
    sessions.end_of_person(connection, person.id)
    invitations.close_resets(connection, person.name)
    note(connection, person.name, person.name, PeopleEventKind.PASSWORD_SET)
