"""Whose a run is, and who may open it: the one place of these rules, as conditions on the table of runs.

A run belongs to whoever started it; a guest's becomes the person's who signs in in the same browser. Others open it once it is
shared: its address is the key, and no list has it. Reviewers and admins see every run. What background jobs made is in nobody's
list, and their passes of a reward model are not opened as runs. Which role somebody has is not known here; :class:`Viewer` says
what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Text, and_, false, func, literal, or_, select, true, type_coerce

from engine.domain import Run, now
from storage.database import rows, tables
from storage.database.column_types import UtcDateTime
from storage.database.typed_rows import one_row
from storage.errors import BadSetting, NotFound

_runs = tables.runs.c
_LABEL = "label"  # TaskRole.LABEL, which stands above: any other role has known labels
NOTHING_SAMPLED: Mapping[str, object] = {}  # in place of a Sampling, all of whose fields are always written


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks for a run or a picture, as far as the answer depends on it."""

    name: str | None = None  # under which they start runs and send pictures; None: cannot be told from others
    may_label: bool = False  # and so sees the pictures of what there is to label
    sees_all: bool = False  # a reviewer or an admin


EVERYTHING = Viewer(may_label=True, sees_all=True)  # for scripts of whoever holds the data folder


def is_own(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on runs that this viewer started them."""
    return false() if viewer.name is None else _runs.made_by == viewer.name


def may_list(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on runs that they stand in this viewer's list: their own, for reviewers and admins all."""
    return and_(_is_own_press(), true() if viewer.sees_all else is_own(viewer))


def may_open(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on runs that this viewer may open them: their own, and shared ones."""
    return true() if viewer.sees_all else or_(is_own(viewer), _runs.shared_at.is_not(None))


def get_open_run(connection: Connection, run_id: str, viewer: Viewer) -> Run:
    """Return a run that the viewer may open. Raises NotFound, in the same words for one that is not shared and for none."""
    row = one_row(connection, select(tables.runs).where(_runs.id == run_id, samples(), may_open(viewer)), rows.RunRow)
    if row is None:
        raise no_run(run_id, viewer)
    return rows.as_run(row)


def samples() -> ColumnElement[bool]:
    """Return the condition on runs that they sampled something, and are no pass of a reward model alone."""
    return _runs.sampling != literal(NOTHING_SAMPLED, _runs.sampling.type)


def set_shared(connection: Connection, run_id: str, *, shared: bool) -> None:
    """Let everybody with its address open a run, or its maker alone again. Sharing it twice changes nothing.

    Raises BadSetting: a solution of it is a quiz or gold item of a project that is not archived. Who labels could do it here first,
    and the known labels would stand in dispute.
    """
    if shared and _has_gold(connection, run_id):
        raise BadSetting(
            "Solutions of this run are labelled in a project, where nobody may have seen them before. Share the run once that "
            "project is archived."
        )
    value = func.coalesce(_runs.shared_at, literal(now(), UtcDateTime())) if shared else None
    connection.execute(tables.runs.update().where(_runs.id == run_id).values(shared_at=value))


def _has_gold(connection: Connection, run_id: str) -> bool:
    tasks, queues, projects, solutions = tables.tasks.c, tables.queues.c, tables.projects.c, tables.solutions.c
    joined = tables.tasks.join(tables.queues, queues.id == tasks.queue_id)
    joined = joined.join(tables.projects, projects.id == queues.project_id).join(tables.solutions)
    known = (solutions.run_id == run_id, tasks.role != _LABEL, projects.archived.is_(false()))
    return connection.execute(select(tasks.id).select_from(joined).where(*known).limit(1)).first() is not None


def give(connection: Connection, giver: str, taker: str) -> int:
    """Make the runs and the uploads of ``giver`` those of ``taker``, who is the same person; return the number of runs.

    What they made from steps of runs on goes with them.
    """
    uploads = tables.image_uploads
    theirs = select(uploads.c.sha).where(uploads.c.uploader == taker)
    connection.execute(uploads.delete().where(uploads.c.uploader == giver, uploads.c.sha.in_(theirs)))
    connection.execute(uploads.update().where(uploads.c.uploader == giver).values(uploader=taker))
    for table in (tables.rollouts, tables.continuations):
        connection.execute(table.update().where(table.c.made_by == giver).values(made_by=taker))
    return connection.execute(tables.runs.update().where(_runs.made_by == giver).values(made_by=taker)).rowcount


def no_run(run_id: str, viewer: Viewer) -> NotFound:
    """Return the error about a run that is not there, or not there for this viewer."""
    if viewer.sees_all:
        return NotFound(f"There is no run {run_id!r}. It was deleted, or it belongs to another data folder.")
    return NotFound(
        f"There is no run {run_id!r} that you may open: it was deleted, or is not shared. Check the address, or ask whoever made "
        "the run to share it."
    )


def _is_own_press() -> ColumnElement[bool]:
    """Return the condition on runs that no background job made them."""
    # as storage/database/column_types.py writes it; a quote in a text for people has a backslash before it
    return or_(_runs.record.is_(None), ~type_coerce(_runs.record, Text).contains('"job":"'))
