"""Projects: making and changing them, filling their queues, and how they go. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, case, func, select, true

from engine.domain import Project, ProjectOptions, new_id, now
from storage.database import tables
from storage.database.connection import Database
from storage.errors import BadProject, NotFound
from storage.labelling import entry_quiz, queue_rules, reopening, slots
from storage.labelling.entry_quiz import QuizResult
from storage.labelling.queue_rules import TaskRole, read_rules
from storage.labelling.queues import MAX_TITLE, Queue, count_tasks
from storage.labelling.slots import Seat
from storage.projects import filling, gold
from storage.projects.filling import Filled, Selection
from storage.projects.gold import Accuracy, Known
from storage.projects.progress import Progress, queue_progress

MAX_SPLIT = 1_000_000  # solutions
_AGAIN = "You may take the quiz again."


class Projects:
    """The projects of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, title: str, options: ProjectOptions | None = None, guideline_version: str = "1") -> Project:
        """Make a project with one empty queue. Raises BadProject."""
        project = Project(title=title.strip(), options=options or ProjectOptions(), guideline_version=guideline_version)
        _require_sound(project)
        with self._database.write() as connection:
            connection.execute(tables.projects.insert().values(**queue_rules.project_values(project)))
            queue = {"id": new_id(), "title": project.title, "project_id": project.id, "open": 0, "created_at": now()}
            connection.execute(tables.queues.insert().values(**queue))
        return project

    def get(self, project_id: str) -> Project:
        """Return a project; raises NotFound."""
        with self._database.read() as connection:
            return _require(connection, project_id)

    def list_projects(self, *, archived: bool = False) -> tuple[Project, ...]:
        """Return the projects, the newest first; ``archived``: those that are closed too."""
        projects = tables.projects
        query = select(projects).order_by(projects.c.seq.desc())
        with self._database.read() as connection:
            found = connection.execute(query if archived else query.where(projects.c.archived.is_(False)))
            return tuple(queue_rules.as_project(row) for row in found)

    def queues_of(self, project_id: str) -> tuple[Queue, ...]:
        """Return the queues of a project, the oldest first."""
        queues = tables.queues
        with self._database.read() as connection:
            found = connection.execute(
                select(queues).where(queues.c.project_id == project_id).order_by(queues.c.seq)
            ).all()
            return tuple(Queue(id=row.id, title=row.title, total=count_tasks(connection, row.id)) for row in found)

    def change(
        self,
        project_id: str,
        *,
        title: str | None = None,
        options: ProjectOptions | None = None,
        guideline_version: str | None = None,
        archived: bool | None = None,
    ) -> Project:
        """Change what is given and return the project. Raises NotFound, BadProject.

        A new overlap counts at once; a new order from the next filling or reordering on.
        """
        with self._database.write() as connection:
            before = _require(connection, project_id)
            after = replace(
                before,
                title=before.title if title is None else title.strip(),
                options=options or before.options,
                guideline_version=guideline_version or before.guideline_version,
                archived=before.archived if archived is None else archived,
            )
            _require_sound(after)
            if after.options.split_size != before.options.split_size:
                _require_unreviewed(connection, project_id)
            table = tables.projects
            connection.execute(
                table.update().where(table.c.id == project_id).values(**queue_rules.project_values(after))
            )
            if after.title != before.title:
                queues = tables.queues
                connection.execute(
                    queues.update().where(queues.c.project_id == project_id).values(title=after.title)
                )  # what annotators see
            if after.options.overlap != before.options.overlap:
                _recount_seats(connection, after)
        return after

    def add_items(self, queue_id: str, selection: Selection) -> Filled:
        """Add the selected solutions that are not in the queue yet, in the project's order.

        Raises NotFound, nothing added: the queue, or a run or solution named.
        """
        with self._database.write() as connection:
            return filling.add_items(connection, _require_rules(connection, queue_id), selection)

    def reorder(self, queue_id: str) -> int:
        """Order anew what nobody has begun, but the evaluation slice; return how many moved. Raises NotFound."""
        with self._database.write() as connection:
            return filling.reorder(connection, _require_rules(connection, queue_id))

    def add_known(self, queue_id: str, role: TaskRole, solutions: Sequence[Known]) -> int:
        """Make quiz or hidden gold tasks of solutions; return how many are new or changed. Raises NotFound, BadProject."""
        if role is TaskRole.LABEL:
            raise BadProject("Only gold and quiz tasks have known labels. Add others as items.")
        with self._database.write() as connection:
            _require_rules(connection, queue_id)
            return gold.add_known(connection, queue_id, role, solutions)

    def gold_accuracy(self, queue_id: str) -> tuple[Accuracy, ...]:
        """Return how each person did on a queue's gold, by name; who met none is left out."""
        with self._database.read() as connection:
            return gold.gold_accuracy(connection, queue_id)

    def quiz_results(self, project_id: str) -> tuple[QuizResult, ...]:
        """Return the result of everybody who finished the quiz, by name."""
        with self._database.read() as connection:
            return entry_quiz.results(connection, project_id)

    def reset_quiz(self, by: str, project_id: str, annotator: str) -> None:
        """Let a person take the quiz again, from blank. Raises NotFound where they have not finished it."""
        with self._database.write() as connection:
            again = entry_quiz.reset(connection, by, project_id, annotator)
            if not again:
                raise NotFound(f"{annotator!r} has no finished quiz in project {project_id!r}.")
            for queue_id, task_id in again:
                found = read_rules(connection, queue_id)
                reopening.give_back(connection, found, task_id, annotator, _AGAIN, blank=True)

    def progress(self, queue_id: str) -> Progress:
        """Return how far a queue is, who does how much of it and how fast. Raises NotFound."""
        with self._database.read() as connection:
            return queue_progress(connection, read_rules(connection, queue_id))


def _require(connection: Connection, project_id: str) -> Project:
    row = connection.execute(select(tables.projects).where(tables.projects.c.id == project_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no project {project_id!r}. It may belong to another data folder.")
    return queue_rules.as_project(row)


def _require_rules(connection: Connection, queue_id: str) -> queue_rules.Rules:
    found = read_rules(connection, queue_id)
    if not found.leases:
        raise NotFound(f"Queue {queue_id!r} belongs to a run, not to a project.")
    return found


def _require_sound(project: Project) -> None:
    options = project.options
    checks = (
        (0 < len(project.title) <= MAX_TITLE, f"A title has 1 to {MAX_TITLE} characters, not {len(project.title)}."),
        (options.overlap is None or 0 < options.overlap <= 100, f"Overlap {options.overlap!r} is not 1 to 100 people."),
        (
            0 < options.lease_minutes <= 10_080,
            f"A lease of {options.lease_minutes!r} minutes is not 1 minute to a week.",
        ),
        (0 < options.split_size <= MAX_SPLIT, f"A split of {options.split_size!r} solutions is not 1 to {MAX_SPLIT}."),
        (0 <= options.review_share <= 1, f"The reviewed share {options.review_share!r} is not in 0 to 1."),
        (
            0 <= options.evaluation_share < 1,
            f"The evaluation share {options.evaluation_share!r} is not in 0 to below 1.",
        ),
        (
            options.quiz_pass is None or 0 < options.quiz_pass <= 1,
            f"The share of a quiz to get right, {options.quiz_pass!r}, is not above 0 and up to 1.",
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
            raise BadProject("The size of the splits cannot change any more: some of them were reviewed.")


def _recount_seats(connection: Connection, project: Project) -> None:
    """Say anew which tasks have a free seat; everybody looks through the queue from its beginning once."""
    tasks, drafts, queues = tables.tasks, tables.drafts, tables.queues
    ours = select(queues.c.id).where(queues.c.project_id == project.id)
    sitting = select(func.count()).where(drafts.c.task_id == tasks.c.id, drafts.c.seated.is_(true())).scalar_subquery()
    overlap = project.options.overlap
    seat = int(Seat.FREE) if overlap is None else case((sitting < overlap, int(Seat.FREE)), else_=int(Seat.FULL))
    labelling = (tasks.c.queue_id.in_(ours), tasks.c.role == TaskRole.LABEL.value)
    connection.execute(tasks.update().where(*labelling).values(seat=seat))
    connection.execute(tables.cursors.update().where(tables.cursors.c.queue_id.in_(ours)).values(position=0))
    for queue_id in connection.scalars(ours).all():
        slots.recount_open(connection, queue_id)
