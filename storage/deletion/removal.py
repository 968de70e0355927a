"""Deleting: the rows in one transaction, the files of pictures after it. Killed in between, it leaves only what ``tidy`` finds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, delete, update

from storage.accounts import audit_log
from storage.accounts.audit_log import PeopleEventKind
from storage.database import tables
from storage.deletion.preview import DeletionPreview, GoingRows, describe, find_going
from storage.errors import DeletionRefused
from storage.labelling.task_removal import remove_tasks
from storage.runs.job_runs import list_scored_by, remove_empty_scoring_runs
from storage.runs.step_scores import pages_of
from storage.runs.targets import Target
from storage.store import Store


def preview_deletion(store: Store, target: Target) -> DeletionPreview:
    """Return what would go with a target. Raises NotFound."""
    with store.database.read() as connection:
        return describe(connection, target, find_going(connection, target))


def delete_target(store: Store, target: Target, by: str, *, labels_of: str | None = None) -> DeletionPreview:
    """Delete a target with everything that hangs on it; return what that was.

    Args:
        store: to delete from.
        target: what to delete.
        by: who does it, for the log.
        labels_of: the target's name as it was typed: people's labels may go too; None: they may not.

    Raises:
        NotFound: there is no such run, problem or picture.
        DeletionRefused: a run of it is in progress, people's labels hang on it and were not asked for by its name, or it is a
            picture of the examples.
    """
    with store.database.write() as connection:
        going = find_going(connection, target)
        found = describe(connection, target, going)
        require_allowed(found, labels_of)
        _delete_rows(connection, going)
        audit_log.note(connection, by, None, PeopleEventKind.DELETED, _log_text(found))
    store.images.remove_unnamed(going.pictures)
    return found


def require_allowed(found: DeletionPreview, labels_of: str | None) -> None:
    """Raise DeletionRefused where a run is in progress, labels would go that were not asked for by name, or it is the app's own."""
    if found.is_of_app:
        raise DeletionRefused("This picture belongs to the examples on Explore, which come with the app: it stays.")
    if found.is_running:
        raise DeletionRefused("A run is in progress. Stop it first, then delete it.")
    if not found.has_labels:
        return
    if labels_of is None:
        raise DeletionRefused(
            f"{labels_sentence(found)} To delete them too, ask for it by the name of the {found.target.kind}: {found.name}"
        )
    if labels_of.strip() != found.name:
        raise DeletionRefused(
            f"{labels_of.strip()!r} is not the name of this {found.target.kind}, which is: {found.name}"
        )


def labels_sentence(found: DeletionPreview) -> str:
    """Say how much of whose work hangs on a target, in a sentence for people."""
    work = (
        (found.annotations, "annotation"),
        (found.drafts, "draft"),
        (found.decisions, "decision"),
        (found.verdicts, "verdict"),
        (found.known_labels, "gold or quiz task"),
    )
    parts = ", ".join(_counted(count, noun) for count, noun in work if count)
    people = "1 person" if found.people == 1 else f"{found.people} people"
    hang = "hangs" if found.labels == 1 else "hang"
    return f"{_counted(found.labels, 'label')} of {people} {hang} on this {found.target.kind} ({parts})."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _log_text(found: DeletionPreview) -> str:
    """Return the line of the log: no word of the question."""
    return (
        f"{found.target.kind} {found.target.id}: {_counted(found.solutions, 'solution')}, {_counted(found.labels, 'label')} of "
        f"{'1 person' if found.people == 1 else f'{found.people} people'}"
    )


def _delete_rows(connection: Connection, going: GoingRows) -> None:
    """Delete what goes, each row before those that it points to."""
    parts = going.parts
    scored_by = list_scored_by(connection, parts.solutions)
    remove_tasks(connection, going.tasks)
    of_solutions = (tables.annotations, tables.decisions, tables.imported_rows, tables.scorings)
    branches = (tables.rollouts, tables.continuations, tables.branch_usages)
    for table in (*of_solutions, *branches, tables.rollout_labels, tables.thoughts):
        _delete_where(connection, table.c.solution_id, parts.solutions)
    _delete_where(connection, tables.scorings.c.run_id, parts.runs)
    _delete_where(connection, tables.solutions.c.id, parts.solutions)
    decided = tables.decisions.c.queue_id  # about a solution that stays, made from a queue that goes
    for page in pages_of(going.queues):
        connection.execute(update(tables.decisions).where(decided.in_(page)).values(queue_id=None))
    for table in (tables.cursors, tables.split_events):
        _delete_where(connection, table.c.queue_id, going.queues)
    _delete_where(connection, tables.queues.c.id, going.queues)
    _delete_where(connection, tables.searches.c.run_id, parts.runs)
    _delete_where(connection, tables.runs.c.id, parts.runs)
    remove_empty_scoring_runs(connection, scored_by)
    _delete_where(connection, tables.problem_images.c.problem_id, parts.problems)
    _delete_where(connection, tables.problems.c.id, parts.problems)
    _delete_where(connection, tables.image_uploads.c.sha, going.pictures)
    _delete_where(connection, tables.images.c.sha, going.pictures)


def _delete_where(connection: Connection, key: Column[str], ids: Sequence[str]) -> None:
    for page in pages_of(ids):
        connection.execute(delete(key.table).where(key.in_(page)))
