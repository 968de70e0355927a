"""A run, a problem or a picture with everything that was made of it: what exports and deletions are of. Knows no label."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from storage.database import tables
from storage.errors import NotFound
from storage.runs.ownership import samples
from storage.runs.step_scores import pages_of


class TargetKind(StrEnum):
    """What can be exported or deleted as a whole."""

    RUN = "run"
    PROBLEM = "problem"  # with all its runs and imported solutions
    PICTURE = "picture"  # with every problem that shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A run, a problem or a picture."""

    kind: TargetKind
    id: str  # of a picture its hash


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetParts:
    """What a target is made of. Problems: those that nothing else uses, in the order of their ids, and so on."""

    problems: tuple[str, ...]
    runs: tuple[str, ...]  # the passes of reward models over its solutions that go with it among them
    solutions: tuple[str, ...]  # in the order they were stored


def find_parts(connection: Connection, target: Target) -> TargetParts:
    """Return what a target is made of; raises NotFound."""
    runs, solutions, links = tables.runs.c, tables.solutions.c, tables.problem_images.c
    match target.kind:
        case TargetKind.RUN:
            problem = connection.scalar(select(runs.problem_id).where(runs.id == target.id))
            if problem is None:
                raise NotFound(f"There is no run {target.id!r}. It was deleted, or it belongs to another data folder.")
            made = select(solutions.id).where(solutions.run_id == target.id).order_by(solutions.seq)
            solutions_made = tuple(connection.scalars(made))
            if _is_used_by_others(connection, problem, target.id):
                return TargetParts(problems=(), runs=(target.id,), solutions=solutions_made)
            passes = connection.scalars(
                select(runs.id).where(runs.problem_id == problem, ~samples()).order_by(runs.seq)
            )
            return TargetParts(problems=(problem,), runs=(target.id, *passes), solutions=solutions_made)
        case TargetKind.PROBLEM:
            problems = [target.id]
            known = connection.scalar(select(tables.problems.c.id).where(tables.problems.c.id == target.id))
        case TargetKind.PICTURE:
            shown = select(links.problem_id).where(links.sha == target.id).distinct().order_by(links.problem_id)
            problems = list(connection.scalars(shown))
            known = connection.scalar(select(tables.images.c.sha).where(tables.images.c.sha == target.id))
    if known is None:
        raise NotFound(
            f"There is no {target.kind} {target.id!r}. It was deleted, or it belongs to another data folder."
        )
    found_runs: list[str] = []
    found: list[tuple[int, str]] = []
    for page in pages_of(problems):
        found_runs += connection.scalars(select(runs.id).where(runs.problem_id.in_(page)).order_by(runs.seq))
        rows = connection.execute(select(solutions.seq, solutions.id).where(solutions.problem_id.in_(page)))
        found += [(seq, solution) for seq, solution in rows]
    return TargetParts(
        problems=tuple(problems), runs=tuple(found_runs), solutions=tuple(each for _seq, each in sorted(found))
    )


def _is_used_by_others(connection: Connection, problem_id: str, run_id: str) -> bool:
    """Return whether a problem has another run, or a solution of another or of none."""
    runs, solutions = tables.runs.c, tables.solutions.c
    of_run = select(runs.id).where(runs.problem_id == problem_id, runs.id != run_id, samples())
    of_none = select(solutions.id).where(solutions.problem_id == problem_id, solutions.run_id.is_distinct_from(run_id))
    return any(connection.execute(query.limit(1)).first() is not None for query in (of_run, of_none))
