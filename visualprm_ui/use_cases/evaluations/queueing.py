"""Solutions of an evaluation put into a queue for labelling: blind, so that no score is seen before the labels are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain import ProjectOptions
from storage import BadSetting, Selection, Store
from visualprm_ui.use_cases.dataset_transfer import project_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedQueue:
    """What joined a queue."""

    project: str  # id
    queue: str  # id
    added: int
    total: int  # in the queue now


def queue_solutions(store: Store, solutions: Sequence[str], *, project: str | None, title: str | None) -> JoinedQueue:
    """Add solutions to the queue of a project that is there, or of a new one with this title.

    Raises:
        BadSetting: there are none any more, not exactly one of project and title is given, or the project is not blind.
        NotFound: the project is not there.
        BadProject: the title is no title.
    """
    if (project is None) == (title is None):
        raise BadSetting("Name the project whose queue they join, or the title of a new one: one of the two.")
    there = store.runs.read_solutions(solutions)
    wanted = tuple(each for each in solutions if each in there)
    if not wanted:  # a selection of none would be one of all
        raise BadSetting("No step matches (any more), so there is nothing to queue. Choose another filter.")
    if project is None:
        project = store.projects.add_project(title or "", ProjectOptions(blind=True)).id
    elif not store.projects.get_project(project).options.blind:
        raise BadSetting(
            "That project shows scores before the labels are there, which would anchor them. Choose a blind project, or a new one."
        )
    queue = project_queue(store.projects, project)
    filled = store.projects.add_items(queue.id, Selection(solutions=wanted))
    return JoinedQueue(project=project, queue=queue.id, added=filled.added, total=filled.total)
