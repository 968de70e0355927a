"""Who may see a picture: the one place of this rule, as one query whose parts each read a few rows of an index.

Whoever sent it; whoever may open a run whose problem shows it; whoever may label a queue that has it, or has begun to. Reviewers
and admins see all. A picture that somebody sent who cannot be told from others is open to everybody who knows its hash.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_, select

from storage.database import tables
from storage.database.connection import Database
from storage.files.repository import APP, NOBODYS, no_image
from storage.labelling import audience
from storage.runs.ownership import Viewer, may_open

_uploads, _shown, _solutions = tables.image_uploads.c, tables.problem_images.c, tables.solutions.c
_tasks, _drafts = tables.tasks.c, tables.drafts.c


class ImageAccess:
    """Which pictures of one store somebody may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def may_see(self, sha: str, viewer: Viewer) -> bool:
        """Return whether the viewer may see a picture, whether or not there is one."""
        if viewer.sees_all:
            return True
        with self._database.read() as connection:
            return bool(connection.scalar(select(_is_visible(sha, viewer))))

    def require(self, shas: Iterable[str], viewer: Viewer) -> None:
        """Raise NotFound, in the words for a picture that is not there, where the viewer may not see one of these."""
        for sha in shas:
            if not self.may_see(sha, viewer):
                raise no_image(sha)


def _is_visible(sha: str, viewer: Viewer) -> ColumnElement[bool]:
    names = [NOBODYS, APP] if viewer.name is None else [NOBODYS, APP, viewer.name]
    sent = select(_uploads.sha).where(_uploads.sha == sha, _uploads.uploader.in_(names)).exists()
    runs = tables.problem_images.join(tables.runs, tables.runs.c.problem_id == _shown.problem_id)
    in_run = select(_shown.sha).select_from(runs).where(_shown.sha == sha, may_open(viewer)).exists()
    return or_(sent, in_run, _is_labelled(sha, viewer))


def _is_labelled(sha: str, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a task which the viewer may get, or has begun, shows the picture."""
    if not viewer.may_label or viewer.name is None:
        return false()
    tasks = (
        tables.problem_images.join(tables.solutions, _solutions.problem_id == _shown.problem_id)
        .join(tables.tasks, _tasks.solution_id == _solutions.id)
        .join(tables.queues, tables.queues.c.id == _tasks.queue_id)
    )
    begun = select(_drafts.task_id).where(_drafts.task_id == _tasks.id, _drafts.annotator == viewer.name).exists()
    allowed = or_(audience.may_label(viewer.name), begun)
    return select(_tasks.id).select_from(tasks).where(_shown.sha == sha, allowed).exists()
