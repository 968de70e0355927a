"""The members of a project, who alone label it where its option ``members_only`` says so (``storage/labelling/audience.py``).

A member is a person, or a name that somebody is invited under, who finds the project when they join by that invitation. Whoever
takes the name otherwise, or by a later invitation, is no member (``storage/accounts/joining.py``); a withdrawn invitation takes
its memberships with it (``storage/accounts/invitations.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from engine.domain import Project, Role, now
from storage.accounts import invitations, joining
from storage.accounts.invitations import NewInvitation
from storage.accounts.people import clean_name, find_row, get_person, name_key
from storage.database import tables
from storage.errors import BadAccount, NotFound
from storage.labelling import audience
from storage.labelling.assignment import release_leases
from storage.labelling.queue_rules import read_rules

_members = tables.project_members


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedMembers:
    """What came of inviting several people into a project."""

    invited: tuple[NewInvitation, ...]
    refused: dict[str, str]  # name -> why nobody was invited by it


def list_members(connection: Connection, project_id: str) -> tuple[str, ...]:
    """Return the names of the members, in alphabetical order."""
    names = select(_members.c.annotator).where(_members.c.project_id == project_id)
    return tuple(connection.scalars(names.order_by(_members.c.annotator)))


def add_member(connection: Connection, project_id: str, name: str) -> bool:
    """Make a person, or somebody who is invited by this name, a member; return whether they were none.

    Raises NotFound: nobody has this name or is invited by it.
    """
    invited = _invited_name(connection, name)
    known = invited or get_person(connection, name).name
    values = {"project_id": project_id, "annotator": known, "added_at": now()}
    if known in list_members(connection, project_id):
        if invited is not None:  # may be left from an earlier invitation: the time says that the newest one has it too
            mine = (_members.c.project_id == project_id, _members.c.annotator == known)
            connection.execute(update(_members).where(*mine).values(added_at=now()))
        return False
    connection.execute(_members.insert().values(**values))
    return True


def invite_members(
    connection: Connection, project_id: str, by: str, names: Iterable[str], role: Role
) -> InvitedMembers:
    """Invite people by name, who are members once they join. A name that cannot be taken keeps nobody else from being invited.

    Of names that look alike the first counts; another spelling is refused, and the same one is no second name.
    """
    invited: list[NewInvitation] = []
    refused: dict[str, str] = {}
    once: dict[str, str] = {}
    for each in names:
        name = each.strip()
        first = once.setdefault(name_key(name), name)
        if name != first:
            refused[name] = f"{name!r} is the same name as {first!r}, which was given before it. Invite them once."
    for name in once.values():
        try:
            clean = clean_name(name)
            made = joining.invite(connection, by, role, clean, joining.INVITATION_DAYS)
        except BadAccount as error:  # the links of the others are shown this once: one bad name must not lose them
            refused[name] = str(error)
            continue
        add_member(connection, project_id, clean)
        invited.append(made)
    return InvitedMembers(invited=tuple(invited), refused=refused)


def remove_member(connection: Connection, project_id: str, name: str) -> None:
    """Remove a member, whoever else may have that name meanwhile. Raises NotFound where nobody of this name is one."""
    found = [each for each in list_members(connection, project_id) if name_key(each) == name_key(name)]
    if not found:
        known = get_person(connection, name).name
        raise NotFound(f"{known!r} is not a member of this project.")
    mine = (_members.c.project_id == project_id, _members.c.annotator.in_(found))
    connection.execute(delete(_members).where(*mine))


def _invited_name(connection: Connection, name: str) -> str | None:
    """Return the name of an open invitation, as it was written there; None where nobody is invited by it, or has it already."""
    if find_row(connection, name) is not None:
        return None
    named = (each.name for each in invitations.list_open(connection) if each.name is not None and not each.is_reset)
    return next((each for each in named if name_key(each) == name_key(name)), None)


def release_outsiders(connection: Connection, project: Project) -> int:
    """Give others what is held by people who may not label the project; return how many solutions that were. Drafts stay."""
    if not project.options.members_only:
        return 0
    drafts, queues = tables.drafts.c, tables.queues.c
    released = 0
    for queue_id in connection.scalars(select(queues.id).where(queues.project_id == project.id)).all():
        rules = read_rules(connection, queue_id)
        holding = (
            select(drafts.annotator)
            .where(drafts.queue_id == queue_id, drafts.leased_until.is_not(None), drafts.submitted.is_(False))
            .distinct()
        )
        for annotator in connection.scalars(holding).all():
            if not audience.is_open_to(connection, rules, annotator):
                released += release_leases(connection, rules, annotator)
    return released
