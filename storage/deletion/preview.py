"""What hangs on a run, a problem or a picture: counted before it is deleted. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, func, select

from engine.domain import RunState
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows
from storage.files.repository import APP, NOBODYS
from storage.labelling import draft_rows
from storage.labelling.draft_rows import DraftRow
from storage.labelling.events import Draft
from storage.runs.ownership import samples
from storage.runs.step_scores import pages_of
from storage.runs.targets import Target, TargetKind, TargetParts, find_parts

MAX_NAME = 40  # characters of a question that name it
PICTURE_NAME = 12  # characters of a hash that name a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTasks:
    """Tasks that go from one queue."""

    queue_id: str
    title: str
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPreview:
    """What goes with a target. What people did is counted once a person and solution, or task."""

    target: Target
    name: str  # to be typed where labels go too
    made_by: str | None  # who made the run; None: nobody who can be told from others, or it is no run
    is_running: bool  # a run of it is in progress
    is_of_app: bool  # a picture of the examples, which come with the app
    problems: int
    runs: int
    solutions: int
    scorings: int
    queues: tuple[QueueTasks, ...]  # the oldest first
    known_labels: int  # gold and quiz tasks, whose right labels were given
    drafts: int  # work that somebody began and has not submitted
    annotations: int  # submitted or skipped solutions, once a person
    labels: int  # steps labelled, in drafts and annotations
    decisions: int
    verdicts: int  # of reviewers
    people: int  # who labelled, decided or reviewed any of it
    file_rows: int  # what files said of the solutions
    rollout_labels: int  # measurements of the solutions by rollouts
    pictures: int  # that nothing else uses

    @property
    def tasks(self) -> int:
        """Tasks that go, from all queues."""
        return sum(each.tasks for each in self.queues)

    @property
    def has_labels(self) -> bool:
        """Whether anybody's work goes with it."""
        return any((self.drafts, self.annotations, self.decisions, self.verdicts, self.known_labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingRows:
    """The ids of what goes with a target."""

    parts: TargetParts
    tasks: tuple[str, ...]
    queues: tuple[str, ...]  # of the runs
    pictures: tuple[str, ...]


def find_going(connection: Connection, target: Target) -> GoingRows:
    """Return the ids of what goes with a target. Raises NotFound."""
    parts = find_parts(connection, target)
    pictures = _unused_pictures(connection, parts)
    return GoingRows(
        parts=parts,
        tasks=_ids(connection, tables.tasks.c.id, tables.tasks.c.solution_id, parts.solutions),
        queues=_ids(connection, tables.queues.c.id, tables.queues.c.run_id, parts.runs),
        pictures=tuple(sorted(pictures | ({target.id} if target.kind is TargetKind.PICTURE else set()))),
    )


def describe(connection: Connection, target: Target, going: GoingRows) -> DeletionPreview:
    """Count what goes with a target."""
    parts = going.parts
    work = _Work()
    for page in pages_of(going.tasks):
        work.add_drafts(connection, page)
    for page in pages_of(parts.solutions):
        work.add_annotations(connection, page)
        work.add_people(connection, tables.decisions, tables.decisions.c.solution_id, page)
    for page in pages_of(going.tasks):
        work.add_people(connection, tables.verdicts, tables.verdicts.c.task_id, page)
    running = (tables.runs.c.state == RunState.RUNNING.value,)
    states = [select(func.count()).where(tables.runs.c.id.in_(page), *running) for page in pages_of(parts.runs)]
    sampled = [select(func.count()).where(tables.runs.c.id.in_(page), samples()) for page in pages_of(parts.runs)]
    return DeletionPreview(
        target=target,
        name=_name_of(connection, target),
        made_by=_maker_of(connection, target),
        is_of_app=target.kind is TargetKind.PICTURE and _is_of_app(connection, target.id),
        is_running=any(connection.scalar(query) for query in states),
        problems=len(parts.problems),
        runs=sum(connection.scalar(query) or 0 for query in sampled),
        solutions=len(parts.solutions),
        scorings=_count(connection, tables.scorings, tables.scorings.c.solution_id, parts.solutions),
        queues=_tasks_by_queue(connection, going.tasks),
        known_labels=_count_known_labels(connection, going.tasks),
        drafts=work.drafts,
        annotations=len(work.annotated),
        labels=work.labels,
        decisions=_count(connection, tables.decisions, tables.decisions.c.solution_id, parts.solutions),
        verdicts=_count(connection, tables.verdicts, tables.verdicts.c.task_id, going.tasks),
        people=len(work.people),
        file_rows=_count(connection, tables.imported_rows, tables.imported_rows.c.solution_id, parts.solutions),
        rollout_labels=_count(connection, tables.rollout_labels, tables.rollout_labels.c.solution_id, parts.solutions),
        pictures=len(going.pictures),
    )


class _Work:
    """What people did, added up page by page."""

    def __init__(self) -> None:
        self.people: set[str] = set()
        self.drafts = self.labels = 0
        self.annotated: set[tuple[str, str]] = set()  # solution and person

    def add_drafts(self, connection: Connection, tasks: Sequence[str]) -> None:
        """Add what people did in tasks; a task that was only given to somebody holds nothing."""
        drafts = tables.drafts
        for row in iter_rows(connection, select(drafts).where(drafts.c.task_id.in_(tasks)), DraftRow):
            if _is_begun(draft_rows.as_draft(row)):
                self.people.add(row.annotator)
                self.drafts += not row.submitted
                self.labels += sum(label is not None for label in row.labels)

    def add_annotations(self, connection: Connection, solutions: Sequence[str]) -> None:
        """Add annotations; the labels of those made in a task are in its draft."""
        table = tables.annotations
        query = select(table).where(table.c.solution_id.in_(solutions)).order_by(table.c.seq)
        elsewhere: dict[tuple[str, str], rows.StoredLabels] = {}
        for row in connection.execute(query):
            self.annotated.add((row.solution_id, row.annotator))
            self.people.add(row.annotator)
            if row.task_id is None:
                elsewhere[row.solution_id, row.annotator] = row.labels  # the newest counts
        self.labels += sum(label is not None for labels in elsewhere.values() for label in labels)

    def add_people(self, connection: Connection, table: Table, key: Column[str], ids: Sequence[str]) -> None:
        """Add who decided or reviewed."""
        self.people.update(connection.scalars(select(table.c.by).where(key.in_(ids)).distinct()))


def _is_begun(draft: Draft) -> bool:
    return draft.submitted or draft != Draft(
        labels=(None,) * len(draft.labels),
        revealed=draft.revealed,
        seconds=draft.seconds,
        times=draft.times,
    )


def _unused_pictures(connection: Connection, parts: TargetParts) -> set[str]:
    """Return the pictures of problems that go which no other problem shows, and nobody but who made the runs uploaded."""
    links, uploads = tables.problem_images.c, tables.image_uploads.c
    going = set(parts.problems)
    shas = set(_ids(connection, links.sha, links.problem_id, parts.problems))
    makers = {*_ids(connection, tables.runs.c.made_by, tables.runs.c.id, parts.runs), NOBODYS}
    used: set[str] = set()
    for page in pages_of(sorted(shas)):
        shown = connection.execute(select(links.sha, links.problem_id).where(links.sha.in_(page)))
        used.update(sha for sha, problem in shown if problem not in going)
        given = connection.execute(select(uploads.sha, uploads.uploader).where(uploads.sha.in_(page)))
        used.update(sha for sha, uploader in given if uploader not in makers)
    return shas - used


def _name_of(connection: Connection, target: Target) -> str:
    """Return what has to be typed: the first line of the question, shortened, or the beginning of the hash."""
    if target.kind is TargetKind.PICTURE:
        return target.id[:PICTURE_NAME]
    problems, runs = tables.problems.c, tables.runs.c
    query = select(problems.question).where(problems.id == target.id)
    if target.kind is TargetKind.RUN:
        query = select(problems.question).join(tables.runs, runs.problem_id == problems.id).where(runs.id == target.id)
    lines = (" ".join(line.split()) for line in (connection.scalar(query) or "").splitlines())
    first = next((line for line in lines if line), target.id[:PICTURE_NAME])
    return first[:MAX_NAME].rstrip()


def _is_of_app(connection: Connection, sha: str) -> bool:
    uploads = tables.image_uploads.c
    return bool(
        connection.scalar(select(select(uploads.sha).where(uploads.sha == sha, uploads.uploader == APP).exists()))
    )


def _maker_of(connection: Connection, target: Target) -> str | None:
    runs = tables.runs.c
    is_run = target.kind is TargetKind.RUN
    return connection.scalar(select(runs.made_by).where(runs.id == target.id)) if is_run else None


def _tasks_by_queue(connection: Connection, tasks: Sequence[str]) -> tuple[QueueTasks, ...]:
    queues, counts = tables.queues.c, dict[tuple[int, str, str], int]()
    for page in pages_of(tasks):
        query = select(queues.seq, queues.id, queues.title, func.count()).join(tables.tasks)
        query = query.where(tables.tasks.c.id.in_(page)).group_by(queues.seq, queues.id, queues.title)
        for seq, queue_id, title, count in connection.execute(query):
            counts[seq, queue_id, title] = counts.get((seq, queue_id, title), 0) + count
    return tuple(
        QueueTasks(queue_id=queue_id, title=title, tasks=count)
        for (_seq, queue_id, title), count in sorted(counts.items())
    )


def _count_known_labels(connection: Connection, tasks: Sequence[str]) -> int:
    table = tables.tasks.c
    counts = [
        select(func.count()).where(table.id.in_(page), table.gold_labels.is_not(None)) for page in pages_of(tasks)
    ]
    return sum(connection.scalar(query) or 0 for query in counts)


def _ids(connection: Connection, wanted: Column[str], key: Column[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Return one column of the rows of these ids, each value once; None is left out."""
    found: dict[str, None] = {}
    for page in pages_of(ids):
        query = select(wanted).where(key.in_(page), wanted.is_not(None)).distinct()
        found.update(dict.fromkeys(connection.scalars(query)))
    return tuple(found)


def _count(connection: Connection, table: Table, key: Column[str], ids: Sequence[str]) -> int:
    return sum(
        connection.scalar(select(func.count()).select_from(table).where(key.in_(page))) or 0 for page in pages_of(ids)
    )
