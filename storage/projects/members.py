"""The members of a project, who alone label it where its option ``members_only`` says so (``storage/labelling/audience.py``)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from engine.domain import Project, now
from storage.accounts.people import get_person
from storage.database import tables
from storage.errors import NotFound
from storage.labelling import audience
from storage.labelling.assignment import release_leases
from storage.labelling.queue_rules import read_rules

_members = tables.project_members


def list_members(connection: Connection, project_id: str) -> tuple[str, ...]:
    """Return the names of the members, in alphabetical order."""
    names = select(_members.c.annotator).where(_members.c.project_id == project_id)
    return tuple(connection.scalars(names.order_by(_members.c.annotator)))


def add_member(connection: Connection, project_id: str, name: str) -> bool:
    """Make a person a member; return whether they were none. Raises NotFound: nobody has this name."""
    person = get_person(connection, name)
    if person.name in list_members(connection, project_id):
        return False
    values = {"project_id": project_id, "annotator": person.name, "added_at": now()}
    connection.execute(_members.insert().values(**values))
    return True


def remove_member(connection: Connection, project_id: str, name: str) -> None:
    """Remove a member. Raises NotFound where nobody of this name is one."""
    person = get_person(connection, name)
    mine = (_members.c.project_id == project_id, _members.c.annotator == person.name)
    if connection.execute(delete(_members).where(*mine)).rowcount == 0:
        raise NotFound(f"{person.name!r} is no member of this project.")


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
