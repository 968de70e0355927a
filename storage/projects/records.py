"""Projects and their queues in the database: making, reading and changing them."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select, true

from engine.domain import Project, new_id, now
from storage.database import tables
from storage.database.typed_rows import all_rows, iter_rows, one_row
from storage.errors import BadProject, NotFound
from storage.labelling import queue_rules, slots
from storage.labelling.queue_rules import ProjectRow, TaskRole
from storage.labelling.queues import MAX_QUEUE_TITLE, Queue, QueueRow, count_tasks
from storage.labelling.slots import SlotState

MAX_SPLIT = 1_000_000  # solutions
MAX_GOLD_EVERY = 1000  # items of a list


def add_project(connection: Connection, project: Project) -> None:
    """Insert a project with one empty queue. Raises BadProject."""
    _require_valid(project)
    connection.execute(tables.projects.insert().values(**queue_rules.project_values(project)))
    queue = {"id": new_id(), "title": project.title, "project_id": project.id, "open_tasks": 0, "created_at": now()}
    connection.execute(tables.queues.insert().values(**queue))


def get_project(connection: Connection, project_id: str) -> Project:
    """Return a project; raises NotFound."""
    row = one_row(connection, select(tables.projects).where(tables.projects.c.id == project_id), ProjectRow)
    if row is None:
        raise NotFound(f"There is no project {project_id!r}. It may belong to another data folder.")
    return queue_rules.as_project(row)


def list_projects(connection: Connection, *, archived: bool) -> tuple[Project, ...]:
    """Return the projects, the newest first; ``archived``: those that are closed too."""
    projects = tables.projects
    query = select(projects).order_by(projects.c.seq.desc())
    found = iter_rows(connection, query if archived else query.where(projects.c.archived.is_(False)), ProjectRow)
    return tuple(queue_rules.as_project(row) for row in found)


def list_queues(connection: Connection, project_id: str) -> tuple[Queue, ...]:
    """Return the queues of a project, the oldest first."""
    queues = tables.queues
    found = all_rows(
        connection, select(queues).where(queues.c.project_id == project_id).order_by(queues.c.seq), QueueRow
    )
    return tuple(Queue(id=row.id, title=row.title, total=count_tasks(connection, row.id)) for row in found)


def update_project(connection: Connection, before: Project, after: Project) -> None:
    """Store a changed project. A new overlap takes effect at once; a new order when items are next added or reordered.

    Raises:
        BadProject: a title or an option that a project cannot have, or other splits once there are verdicts.
    """
    _require_valid(after)
    if after.options.split_size != before.options.split_size:
        _require_unreviewed(connection, after.id)
    projects, queues = tables.projects, tables.queues
    connection.execute(projects.update().where(projects.c.id == after.id).values(**queue_rules.project_values(after)))
    if after.title != before.title:  # what annotators see
        connection.execute(queues.update().where(queues.c.project_id == after.id).values(title=after.title))
    if after.options.overlap != before.options.overlap:
        _recount_slots(connection, after)


def require_rules(connection: Connection, queue_id: str) -> queue_rules.QueueRules:
    """Return the rules of a project's queue; raises NotFound, also for the queue of a run."""
    found = queue_rules.read_rules(connection, queue_id)
    if not found.leases:
        raise NotFound(f"Queue {queue_id!r} belongs to a run, not to a project.")
    return found


def _require_valid(project: Project) -> None:
    options = project.options
    checks = (
        (
            0 < len(project.title) <= MAX_QUEUE_TITLE,
            f"A title has 1 to {MAX_QUEUE_TITLE} characters, not {len(project.title)}.",
        ),
        (
            options.overlap is None or 0 < options.overlap <= 100,
            f"An overlap is 1 to 100 people, not {options.overlap!r}.",
        ),
        (
            0 < options.lease_minutes <= 10_080,
            f"A lease lasts 1 to 10,080 minutes (a week), not {options.lease_minutes!r}.",
        ),
        (0 < options.split_size <= MAX_SPLIT, f"A split has 1 to {MAX_SPLIT} solutions, not {options.split_size!r}."),
        (0 <= options.review_share <= 1, f"The reviewed share is from 0 to 1, not {options.review_share!r}."),
        (
            0 <= options.review_limit <= MAX_SPLIT,
            f"The limit of wrong items in a sample is 0 to {MAX_SPLIT}, not {options.review_limit!r}.",
        ),
        (
            1 < options.gold_every <= MAX_GOLD_EVERY,
            f"One item in 2 to {MAX_GOLD_EVERY} can be hidden gold, not one in {options.gold_every!r}.",
        ),
        (
            0 <= options.evaluation_share < 1,
            f"The evaluation share is at least 0 and below 1, not {options.evaluation_share!r}.",
        ),
        (
            options.quiz_pass is None or 0 < options.quiz_pass <= 1,
            f"The share of a quiz to get right is above 0 and at most 1, not {options.quiz_pass!r}.",
        ),
    )
    for is_sound, message in checks:
        if not is_sound:
            raise BadProject(message)


def _require_unreviewed(connection: Connection, project_id: str) -> None:
    queues, verdicts, ends = tables.queues, tables.verdicts, tables.split_events
    for table in (verdicts, ends):
        query = select(table.c.seq).join(queues, queues.c.id == table.c.queue_id)
        if connection.execute(query.where(queues.c.project_id == project_id).limit(1)).first() is not None:
            raise BadProject("The size of the splits can no longer change: some of them have been reviewed.")


def _recount_slots(connection: Connection, project: Project) -> None:
    """Recompute which tasks have an open slot; everybody looks through the queue from its beginning once."""
    tasks, drafts, queues = tables.tasks, tables.drafts, tables.queues
    ours = select(queues.c.id).where(queues.c.project_id == project.id)
    counted = (
        select(func.count())
        .where(drafts.c.task_id == tasks.c.id, drafts.c.counts_toward_overlap.is_(true()))
        .scalar_subquery()
    )
    overlap = project.options.overlap
    slot_state = (
        int(SlotState.OPEN)
        if overlap is None
        else case((counted < overlap, int(SlotState.OPEN)), else_=int(SlotState.FULL))
    )
    labelling = (tasks.c.queue_id.in_(ours), tasks.c.role == TaskRole.LABEL.value)
    connection.execute(tasks.update().where(*labelling).values(slot_state=slot_state))
    connection.execute(tables.cursors.update().where(tables.cursors.c.queue_id.in_(ours)).values(position=0))
    for queue_id in connection.scalars(ours).all():
        slots.recount_open_tasks(connection, queue_id)
