"""Problems, runs, solutions and scorings in the database. Each is written once, as it arrives; only a run changes.

Functions take a connection inside a transaction (``storage/store.py`` opens it) and domain values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, func, select

from engine.choosing import Candidate, rank_candidates
from engine.domain import Aggregation, FinishReason, Problem, Run, RunState, Scoring, Solution, now
from engine.outcomes.guided_search import GuidedSearch
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import iter_rows, one_row, wanted_columns
from storage.errors import NotFound
from storage.runs.ownership import EVERYTHING, Viewer, may_list, no_run
from storage.runs.searches import search_of, searching_runs
from storage.runs.thoughts import add_thoughts, with_thoughts

ORPHANED = "The program stopped while this run was working. What was finished is kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A run with everything it made so far."""

    run: Run
    problem: Problem
    solutions: tuple[Solution, ...]  # in the order they were drawn
    scorings: tuple[Scoring, ...]  # in the order they arrived
    search: GuidedSearch | None = None  # how the solutions were searched for; None: they are independent


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run in one line of a list."""

    run: Run
    problem: Problem
    solutions: int  # finished so far
    is_search: bool  # a guided search, of which the solutions are not independent
    best_answer: str | None  # of the solution with the highest mean step score; None: none takes part in Best-of-N


class _ScoredRow(NamedTuple):
    """A scoring of a run with its solution."""

    run_id: str
    answer: str | None
    finish: str
    steps: list[str]
    solution_id: str
    step_scores: rows.StoredScores


def add_problem(connection: Connection, problem: Problem) -> None:
    """Insert a problem once; its images must be in the store."""
    if connection.scalar(select(tables.problems.c.id).where(tables.problems.c.id == problem.id)) is not None:
        return
    known = set(connection.scalars(select(tables.images.c.sha).where(tables.images.c.sha.in_(problem.images))))
    for sha in problem.images:
        if sha not in known:
            raise NotFound(
                f"Problem {problem.id!r} shows image {sha!r}, which is not stored. Add it first: store.images.add."
            )
    connection.execute(tables.problems.insert().values(**rows.problem_values(problem, now())))
    links = [{"problem_id": problem.id, "position": at, "sha": sha} for at, sha in enumerate(problem.images)]
    if links:
        connection.execute(tables.problem_images.insert(), links)


def read_problems(connection: Connection, ids: Sequence[str]) -> dict[str, Problem]:
    """Return the problems of these ids, by id."""
    links = tables.problem_images.c
    images: dict[str, list[str]] = {}
    query = (
        select(links.problem_id, links.sha)
        .where(is_among(connection, links.problem_id, ids))
        .order_by(links.problem_id, links.position)
    )
    for problem_id, sha in connection.execute(query):
        images.setdefault(problem_id, []).append(sha)
    asked = select(*wanted_columns(tables.problems, rows.ProblemRow)).where(
        is_among(connection, tables.problems.c.id, ids)
    )
    found = iter_rows(connection, asked, rows.ProblemRow)
    return {row.id: rows.as_problem(row, tuple(images.get(row.id, ()))) for row in found}


def page_of_problems(connection: Connection, data_source: str | None, after: str, limit: int) -> tuple[Problem, ...]:
    """Return up to ``limit`` problems in the order of their ids, starting after one; "" begins."""
    problems = tables.problems.c
    query = select(problems.id).where(problems.id > after).order_by(problems.id).limit(limit)
    if data_source is not None:
        query = query.where(problems.data_source == data_source)
    ids = list(connection.scalars(query))
    found = read_problems(connection, ids)
    return tuple(found[each] for each in ids)


def read_problem(connection: Connection, problem_id: str) -> Problem:
    """Return one problem; raises NotFound."""
    found = read_problems(connection, [problem_id])
    if problem_id not in found:
        raise NotFound(f"There is no problem {problem_id!r}.")
    return found[problem_id]


def require_problem(connection: Connection, problem_id: str) -> None:
    """Raise NotFound for a problem that is not stored."""
    if _missing(connection, tables.problems.c.id, problem_id):
        raise NotFound(f"The problem {problem_id!r} is not stored. If it was deleted in the meantime, start again.")


def add_run(connection: Connection, run: Run, owner: str | None) -> None:
    """Insert a run once, with the process that works on it, None where it has ended; its problem must be in the store."""
    if _missing(connection, tables.runs.c.id, run.id):
        require_problem(connection, run.problem_id)
        connection.execute(tables.runs.insert().values(**rows.run_values(run), owner=owner))


def update_run(connection: Connection, run: Run) -> None:
    """Overwrite what changes while a run works: record, state, message, seconds."""
    values = rows.run_values(run)
    changing = {name: values[name] for name in ("record", "state", "message", "seconds")}
    done = connection.execute(tables.runs.update().where(tables.runs.c.id == run.id).values(**changing))
    if done.rowcount == 0:
        raise NotFound(f"There is no run {run.id!r} to update. Add it first: store.runs.add_run.")


def add_solution(connection: Connection, run_id: str | None, solution: Solution) -> None:
    """Insert a finished solution once; ``run_id`` is None for an imported one."""
    if _missing(connection, tables.solutions.c.id, solution.id):
        require_problem(connection, solution.problem_id)
        if run_id is not None:
            _require_run(connection, run_id)
        connection.execute(tables.solutions.insert().values(**rows.solution_values(solution, run_id, now())))
        add_thoughts(connection, [solution])


def add_scoring(connection: Connection, run_id: str | None, scoring: Scoring) -> None:
    """Insert a scoring once; its solution must be in the store."""
    if _missing(connection, tables.scorings.c.id, scoring.id):
        if run_id is not None:
            _require_run(connection, run_id)
        if _missing(connection, tables.solutions.c.id, scoring.solution_id):
            raise NotFound(f"Scoring {scoring.id!r} is of solution {scoring.solution_id!r}, which is not stored.")
        connection.execute(tables.scorings.insert().values(**rows.scoring_values(scoring, run_id, now())))


def get_run(connection: Connection, run_id: str) -> RunResult:
    """Return a run with all it made; raises NotFound."""
    row = _require_run(connection, run_id)
    if not row.sampling:  # a pass of a reward model: storage/runs/job_runs.py
        raise no_run(run_id, EVERYTHING)
    run = rows.as_run(row)
    solutions = tables.solutions.c
    of_run = (solutions.run_id == run_id, is_draw())
    drawn = select(tables.solutions).where(*of_run).order_by(solutions.draw, solutions.seq)
    scored = select(tables.scorings).where(tables.scorings.c.run_id == run_id).order_by(tables.scorings.c.seq)
    return RunResult(
        run=run,
        problem=read_problem(connection, run.problem_id),
        solutions=with_thoughts(
            connection, [rows.as_solution(row) for row in iter_rows(connection, drawn, rows.SolutionRow)]
        ),
        scorings=tuple(rows.as_scoring(row) for row in iter_rows(connection, scored, rows.ScoringRow)),
        search=search_of(connection, run_id),
    )


def list_runs(connection: Connection, limit: int, before: str | None, viewer: Viewer) -> tuple[RunSummary, ...]:
    """Return up to ``limit`` runs of the viewer's list, the newest first, starting after the run ``before`` of that list."""
    listed = may_list(viewer)
    query = select(tables.runs).where(listed).order_by(tables.runs.c.seq.desc()).limit(max(0, limit))
    if before is not None:
        last = connection.scalar(select(tables.runs.c.seq).where(tables.runs.c.id == before, listed))
        if last is None:
            raise no_run(before, viewer)
        query = query.where(tables.runs.c.seq < last)
    runs = [rows.as_run(row) for row in iter_rows(connection, query, rows.RunRow)]
    ids = [run.id for run in runs]
    problems = read_problems(connection, [run.problem_id for run in runs])
    counts = _count_solutions(connection, ids)
    best, searching = _best_answers(connection, ids), searching_runs(connection, ids)
    return tuple(
        RunSummary(
            run=run,
            problem=problems[run.problem_id],
            solutions=counts.get(run.id, 0),
            is_search=run.id in searching,
            best_answer=best.get(run.id),
        )
        for run in runs
    )


def newest_made_by(connection: Connection, maker: str, limit: int) -> tuple[str, ...]:
    """Return the ids of up to ``limit`` runs that somebody started, the newest first."""
    runs = tables.runs.c
    query = select(runs.id).where(runs.made_by == maker).order_by(runs.seq.desc()).limit(limit)
    return tuple(connection.scalars(query))


def request_stop(connection: Connection, run_id: str) -> bool:
    """Ask the process that works on a run to stop it; return whether it was still running."""
    running = (tables.runs.c.id == run_id, tables.runs.c.state == RunState.RUNNING.value)
    return connection.execute(tables.runs.update().where(*running).values(stop_requested=True)).rowcount > 0


def is_stop_requested(connection: Connection, run_id: str) -> bool:
    """Return whether another process was asked to stop this run; one that is not there any more is to stop, too."""
    return connection.scalar(select(tables.runs.c.stop_requested).where(tables.runs.c.id == run_id)) is not False


def stop_orphaned_runs(connection: Connection, is_alive: Callable[[str], bool]) -> int:
    """Turn the running runs of dead processes into stopped ones; return how many."""
    running = select(tables.runs.c.id, tables.runs.c.owner).where(tables.runs.c.state == RunState.RUNNING.value)
    found = connection.execute(running).all()
    dead = {owner for owner in {row.owner for row in found} if owner is None or not is_alive(owner)}
    ids = [row.id for row in found if row.owner in dead]
    for run_id in ids:
        stopped = {"state": RunState.STOPPED.value, "message": ORPHANED}
        connection.execute(tables.runs.update().where(tables.runs.c.id == run_id).values(**stopped))
    return len(ids)


def _count_solutions(connection: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    run = tables.solutions.c.run_id
    counted = select(run, func.count()).where(run.in_(run_ids), is_draw()).group_by(run)
    return {row[0]: row[1] for row in connection.execute(counted)}


def _best_answers(connection: Connection, run_ids: Sequence[str]) -> dict[str, str | None]:
    """Best-of-N by the mean (the paper's choice), as a run's own page has it: by the run's own scorings, of each the latest.

    What other reward models scored later does not change what the run chose.
    """
    solutions, scorings = tables.solutions, tables.scorings
    query = (
        select(solutions.c.run_id, solutions.c.answer, solutions.c.finish, solutions.c.steps, scorings)
        .join(scorings, (scorings.c.solution_id == solutions.c.id) & (scorings.c.run_id == solutions.c.run_id))
        .where(solutions.c.run_id.in_(run_ids), is_draw())
        .order_by(solutions.c.draw, solutions.c.seq, scorings.c.seq)
    )
    scored: dict[str, dict[str, Candidate]] = {}
    for row in iter_rows(connection, query, _ScoredRow):
        scored.setdefault(row.run_id, {})[row.solution_id] = Candidate(
            answer=row.answer,
            finish=FinishReason(row.finish),
            steps=len(row.steps),
            step_scores=rows.as_step_scores(row.step_scores),
        )
    best: dict[str, str | None] = {}
    for run_id, by_solution in scored.items():
        candidates = list(by_solution.values())
        ranking = rank_candidates(candidates, Aggregation.MEAN)
        best[run_id] = candidates[ranking[0]].stated_answer if ranking else None
    return best


def _require_run(connection: Connection, run_id: str) -> rows.RunRow:
    row = one_row(connection, select(tables.runs).where(tables.runs.c.id == run_id), rows.RunRow)
    if row is None:
        raise no_run(run_id, EVERYTHING)
    return row


def is_draw() -> ColumnElement[bool]:
    """Return the condition on the solutions of runs that they are draws of them, and none that goes on from another one's step.

    Those are of the run too (storage/runs/branches.py), but take no part in what it counts and chooses.
    """
    return tables.solutions.c.draw.is_not(None)


def _missing(connection: Connection, key: Column[str], value: str) -> bool:
    return connection.scalar(select(key).where(key == value)) is None
