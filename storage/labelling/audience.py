"""Who may label a queue: the one place of these rules, as a condition on the table of queues.

The queue of a run is open to whoever made the run, and to everybody who may label once the run is shared. The queue of a project
is open to everybody who may label, or to its members only. Reviewers and admins may label all. Whoever has begun work in a queue
that is open to them no more keeps that work: they can look at it, finish it, and what their browser still holds of it is taken.

Somebody without an account labels only where nobody signs in, and there they may do all.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Connection, Text, and_, bindparam, or_, select, type_coerce

from engine.domain import Role
from storage.accounts.people import name_key
from storage.database import tables
from storage.labelling.queue_rules import QueueRules, no_queue

_queues, _drafts = tables.queues.c, tables.drafts.c


def may_label(annotator: str) -> ColumnElement[bool]:
    """Return the condition on queues that this person may label them."""
    return _is_open(annotator, name_key(annotator))


def may_enter(annotator: str) -> ColumnElement[bool]:
    """Return the condition on queues that this person finds them: what they may label, and runs' queues where they have work."""
    begun = select(_drafts.task_id).where(_drafts.queue_id == _queues.id, _drafts.annotator == annotator).exists()
    return or_(may_label(annotator), and_(_queues.run_id.is_not(None), begun))


def is_open_to(connection: Connection, rules: QueueRules, annotator: str) -> bool:
    """Return whether this person may label the queue."""
    if rules.leases and not rules.options.members_only:
        return True
    who = {"queue": rules.queue_id, "who": annotator, "key": name_key(annotator)}
    return connection.execute(_OPEN, who).first() is not None


def require_entry(connection: Connection, rules: QueueRules, annotator: str) -> bool:
    """Return whether this person may label the queue; False: they may only go on with what they have begun there.

    Raises NotFound for others, in the same words as for a queue that does not exist.
    """
    if is_open_to(connection, rules, annotator):
        return True
    if connection.execute(_BEGUN, {"queue": rules.queue_id, "who": annotator}).first() is None:
        raise no_queue(rules.queue_id)
    return False


def _is_open(who: str | BindParameter[str], key: str | BindParameter[str]) -> ColumnElement[bool]:
    # aliases: the query around this may read the same tables for another purpose
    people, runs = tables.people.alias().c, tables.runs.alias().c
    projects, members = tables.projects.alias().c, tables.project_members.alias().c
    labels_only = select(people.id).where(people.name_key == key, people.role == Role.ANNOTATOR.value).exists()
    of_run = (
        select(runs.id).where(runs.id == _queues.run_id, or_(runs.made_by == who, runs.shared_at.is_not(None))).exists()
    )
    is_member = select(members.annotator).where(members.project_id == projects.id, members.annotator == who).exists()
    # as storage/database/column_types.py writes it, in every database; options hold no text of people
    members_only = type_coerce(projects.options, Text).contains('"members_only":true')
    of_project = select(projects.id).where(projects.id == _queues.project_id, or_(~members_only, is_member)).exists()
    return or_(~labels_only, of_run, of_project)


# asked for every task of a run's queue: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it
_OPEN = select(_queues.id).where(_queues.id == bindparam("queue"), _is_open(bindparam("who"), bindparam("key")))
_BEGUN = (
    select(_drafts.task_id)
    .where(_drafts.queue_id == bindparam("queue"), _drafts.annotator == bindparam("who"))
    .limit(1)
)
