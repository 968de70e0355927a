"""Deleting a project: its queue, order, quiz and reviews. Its solutions stay in the store, and so do its labels unless asked for.

Labels that stay belong to no project any more: they count like those of any solution. What was said of quiz and gold items,
and what a reviewer sent back, goes in any case, because without the project nothing tells it from labels; so do the versions of its
own guideline. Decisions stay as long as somebody's labels of their solution do, whichever queue they were made in.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, distinct, func, select, update

from engine.domain import Project
from storage.accounts import audit_log
from storage.accounts.audit_log import PeopleEventKind
from storage.database import tables
from storage.errors import DeletionRefused
from storage.labelling.queue_rules import TaskRole
from storage.labelling.task_removal import remove_tasks
from storage.projects import records
from storage.runs.step_scores import pages_of
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDeletion:
    """What goes with a project."""

    title: str
    solutions: int  # they stay in the store
    labels: int  # annotations; they stay unless asked for
    people: int  # whose labels those are
    known_labels: int  # annotations of gold and quiz items: they go in any case
    guidelines: int  # versions of its own guideline: their texts go in any case


def preview_project_deletion(store: Store, project_id: str) -> ProjectDeletion:
    """Return what would go with a project. Raises NotFound."""
    with store.database.read() as connection:
        return _describe(connection, records.get_project(connection, project_id))


def delete_project(store: Store, project_id: str, by: str, *, title: str, labels: bool = False) -> ProjectDeletion:
    """Delete a project; return what that was. ``title``: as it was typed to confirm; ``labels``: people's labels go too.

    Raises NotFound, DeletionRefused: the title is another one.
    """
    with store.database.write() as connection:
        project = records.get_project(connection, project_id)
        if title.strip() != project.title:
            raise DeletionRefused(f"{title.strip()!r} is not the title of this project, which is: {project.title}")
        found = _describe(connection, project)
        for queue in records.list_queues(connection, project_id):
            _delete_queue(connection, queue.id, labels=labels)
        for table in (tables.quizzes, tables.project_members, tables.guidelines):
            connection.execute(delete(table).where(table.c.project_id == project_id))
        connection.execute(delete(tables.projects).where(tables.projects.c.id == project_id))
        gone = f"{found.labels} labels deleted" if labels else f"{found.labels} labels kept"
        audit_log.note(connection, by, None, PeopleEventKind.DELETED, f"project {project.title!r}: {gone}")
    return found


def _describe(connection: Connection, project: Project) -> ProjectDeletion:
    tasks, annotations, queues = tables.tasks.c, tables.annotations.c, tables.queues.c
    is_label = tasks.role == TaskRole.LABEL.value
    of_project = queues.project_id == project.id
    said = (
        select(func.count(), func.count(distinct(annotations.annotator)))
        .select_from(tables.annotations.join(tables.tasks, tasks.id == annotations.task_id).join(tables.queues))
        .where(of_project)
    )
    solutions = select(func.count()).select_from(tables.tasks.join(tables.queues)).where(of_project, is_label)
    labels, people = connection.execute(said.where(is_label)).one()
    known, _people = connection.execute(said.where(~is_label)).one()
    own = select(func.count()).where(tables.guidelines.c.project_id == project.id)
    return ProjectDeletion(
        title=project.title,
        solutions=connection.scalar(solutions) or 0,
        labels=labels,
        people=people,
        known_labels=known,
        guidelines=connection.scalar(own) or 0,
    )


def _delete_queue(connection: Connection, queue_id: str, *, labels: bool) -> None:
    tasks, annotations, decisions = tables.tasks.c, tables.annotations, tables.decisions
    mine = select(tasks.id).where(tasks.queue_id == queue_id)
    if not labels:
        of_labels = connection.scalars(mine.where(tasks.role == TaskRole.LABEL.value)).all()
        for page in pages_of(of_labels):
            theirs = annotations.c.task_id.in_(page)
            connection.execute(delete(annotations).where(theirs, _was_sent_back()))
            connection.execute(update(annotations).where(theirs).values(task_id=None))
    decided = connection.scalars(
        select(decisions.c.solution_id).distinct().where(decisions.c.queue_id == queue_id)
    ).all()
    # a decision counts wherever its solution is labelled, not only in the queue in which it was made
    connection.execute(update(decisions).where(decisions.c.queue_id == queue_id).values(queue_id=None))
    remove_tasks(connection, connection.scalars(mine).all())
    if labels:
        is_labelled = select(annotations.c.id).where(annotations.c.solution_id == decisions.c.solution_id).exists()
        for page in pages_of(decided):
            connection.execute(delete(decisions).where(decisions.c.solution_id.in_(page), ~is_labelled))
    for table in (tables.verdicts, tables.split_events, tables.cursors):
        connection.execute(delete(table).where(table.c.queue_id == queue_id))
    connection.execute(delete(tables.queues).where(tables.queues.c.id == queue_id))


def _was_sent_back() -> ColumnElement[bool]:
    """Return the condition on annotations that a reviewer sent the work back and it was not submitted again.

    Without its draft nothing would tell it from labels that stand.
    """
    drafts, annotations = tables.drafts.c, tables.annotations.c
    return (
        select(drafts.task_id)
        .where(
            drafts.task_id == annotations.task_id,
            drafts.annotator == annotations.annotator,
            drafts.send_back_note.is_not(None),
        )
        .exists()
    )
