"""Browsing solutions: one with its problem and score, and lists of them by queue and state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Table, func, literal, select

from engine.domain import Label, Problem, Scoring, Solution
from storage.database import rows, tables
from storage.database.typed_rows import all_rows, one_row
from storage.errors import BadSetting, NotFound
from storage.labelling.queue_rules import TaskRole
from storage.results.adjudication import final_of, is_decided
from storage.results.votes import Scope, asked_in, counts, read_latest
from storage.runs import records
from storage.runs.imported_rows import ImportedRow, is_imported, newest_labelled, read_imported
from storage.runs.job_runs import RecordedScoring, newest_of_each_model, recorded_scorings

MAX_PAGE = 200  # solutions
FEW = 20_000  # rows that are quickly read through for each page


class LabelState(StrEnum):
    """How far a solution is."""

    OPEN = "open"  # to be labelled in a queue, and nobody has annotated it there
    LABELLED = "labelled"  # somebody has annotated it; gold and quiz answers are none
    DECIDED = "decided"  # somebody has adjudicated it


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionRecord:
    """A solution with what it answers and what reward models say of it."""

    solution: Solution
    problem: Problem
    scoring: Scoring | None  # the newest of all, or of the model that was asked for; None: there is none
    scorings: tuple[RecordedScoring, ...]  # of each model and revision the newest, the newest of all first
    run_id: str | None  # None: imported
    queues: tuple[str, ...]  # it is labelled in these, the newest first
    file_labels: tuple[ImportedRow, ...]  # the newest row with labels of each file source


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSolution:
    """One row of a list of solutions."""

    solution: Solution
    problem: Problem
    labels: tuple[Label | None, ...]  # the final ones of people, one a step
    annotators: int  # people who labelled it
    file_labels: tuple[ImportedRow, ...]  # the newest row with labels of each file source


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePage:
    """Some of a list of solutions."""

    items: tuple[ListedSolution, ...]
    next: str | None  # where the next page begins; None on the last one


def get_solution(connection: Connection, solution_id: str, reward_model: str | None = None) -> SolutionRecord:
    """Return a solution with its problem and scorings; raises NotFound.

    ``reward_model``: the name of the model whose newest scoring is ``scoring``; None: the newest of all.
    """
    solutions = tables.solutions
    row = one_row(connection, select(solutions).where(solutions.c.id == solution_id), rows.SolutionRow)
    if row is None:
        raise NotFound(f"There is no solution {solution_id!r}. It was deleted, or it belongs to another data folder.")
    scorings = newest_of_each_model(recorded_scorings(connection, [solution_id]).get(solution_id, ()))
    chosen = (each.scoring for each in scorings if reward_model in (None, each.scoring.reward_model))
    tasks, queues = tables.tasks.c, tables.queues.c
    query = select(queues.id).join(tables.tasks, tasks.queue_id == queues.id).where(tasks.solution_id == solution_id)
    return SolutionRecord(
        solution=rows.as_solution(row),
        problem=records.read_problem(connection, row.problem_id),
        scoring=next(chosen, None),
        scorings=scorings,
        run_id=row.run_id,
        queues=tuple(connection.scalars(query.order_by(queues.seq.desc()))),
        file_labels=newest_labelled(read_imported(connection, [solution_id]).get(solution_id, ())),
    )


def page_of_solutions(
    connection: Connection, scope: Scope, state: LabelState | None, limit: int, after: str | None
) -> BrowsePage:
    """Return up to ``limit`` solutions in the order they were stored.

    Args:
        connection: to read from.
        scope: the queue and slice to look into, and which annotations count.
        state: None for all that wait in a queue, are annotated or decided, or, in no queue or slice, come from a file.
        limit: of the page, 1 to 200.
        after: the ``next`` of the page before.

    Raises:
        BadSetting: ``after`` is not the ``next`` of a page.
    """
    solutions, tasks, annotations = tables.solutions, tables.tasks.c, tables.annotations.c
    waits = select(tasks.id).where(tasks.solution_id == solutions.c.id, tasks.role == TaskRole.LABEL.value)
    waits = waits.where(*asked_in(scope))
    is_open: ColumnElement[bool] = waits.exists()
    theirs = select(annotations.seq).where(annotations.solution_id == solutions.c.id, counts(scope))
    is_annotated: ColumnElement[bool] = theirs.exists()
    decided = is_decided(scope)
    if state is LabelState.OPEN and _are_few(connection, tables.tasks):
        of_tasks = select(tasks.solution_id).where(tasks.role == TaskRole.LABEL.value, *asked_in(scope))
        is_open = solutions.c.id.in_(of_tasks)
    elif state is LabelState.LABELLED and _are_few(connection, tables.annotations):
        is_annotated = solutions.c.id.in_(select(annotations.solution_id).where(counts(scope)))
    elif state is LabelState.DECIDED and _are_few(connection, tables.decisions):
        decided &= solutions.c.id.in_(select(tables.decisions.c.solution_id))
    conditions = {
        LabelState.OPEN: is_open & ~is_annotated & ~decided,
        LabelState.LABELLED: is_annotated,
        LabelState.DECIDED: decided,
        None: waits.exists() | is_annotated | decided | is_imported(),
    }
    query = select(solutions).where(solutions.c.seq > _read_cursor(after), conditions[state])
    if asked_in(scope):
        query = query.where(waits.exists())
    size = max(1, min(limit, MAX_PAGE))
    found = all_rows(connection, query.order_by(solutions.c.seq).limit(size + 1), rows.SolutionRow)
    page = [rows.as_solution(row) for row in found[:size]]
    problems = records.read_problems(connection, list({each.problem_id for each in page}))
    newest = read_latest(connection, scope, [each.id for each in page])
    final = final_of(connection, scope, {each.id: len(each.steps) for each in page}, newest)
    imported = read_imported(connection, [each.id for each in page])
    items = tuple(
        ListedSolution(
            solution=each,
            problem=problems[each.problem_id],
            labels=tuple(step.label for step in final[each.id].steps),
            annotators=len([one for one in newest.get(each.id, ()) if one.skip_reason is None]),
            file_labels=newest_labelled(imported.get(each.id, ())),
        )
        for each in page
    )
    return BrowsePage(items=items, next=str(found[size - 1].seq) if len(found) > size else None)


def _are_few(connection: Connection, table: Table) -> bool:
    """Return whether to begin at the rows that solutions are listed for, and not to look for them at every solution.

    In a store of many solutions of which few are labelled, a page would else be looked for through all of them.
    """
    some = select(literal(1)).select_from(table).limit(FEW + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) <= FEW


def _read_cursor(after: str | None) -> int:
    if after is None:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise BadSetting(f"{after!r} is no cursor of this list. Begin without one, then pass the one you are given.")
    return int(after)
