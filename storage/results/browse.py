"""Looking at solutions: one with its problem and scorings, and pages of them, which ``storage/results/listing.py`` chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Label, Problem, Scoring, Solution
from engine.outcomes.rollout_labels import RolloutLabels
from storage.database import rows, tables
from storage.database.listing_tables import SEPARATOR, listed_solutions
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import NotFound
from storage.results.adjudication import final_of
from storage.results.listing import LabelState, SolutionFilter, SortOrder, page_of_numbers
from storage.results.listing_rows import count_unlisted
from storage.results.votes import read_latest
from storage.runs import records
from storage.runs.imported_rows import ImportedRow, newest_labelled, read_imported
from storage.runs.job_runs import RecordedScoring, newest_of_each_model, recorded_scorings
from storage.runs.rollout_labels import newest_of_policies, read_rollout_labels
from storage.runs.step_scores import newest_scores, spread_scores
from storage.runs.thoughts import with_thoughts

MAX_PAGE = 200  # solutions


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
    rollout_labels: tuple[RolloutLabels, ...]  # every measurement by rollouts, the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSolution:
    """One row of a list of solutions."""

    solution: Solution
    problem: Problem
    labels: tuple[Label | None, ...]  # the final ones of people, one a step
    scores: tuple[float | None, ...] | None  # of the newest scoring, one a step; None: nobody scored it
    mean_score: float | None
    is_right: bool | None  # its answer, beside the reference; None: one of them is missing
    annotators: int  # people who labelled it
    people: tuple[str, ...]  # who labelled or skipped it
    states: tuple[LabelState, ...]  # all that hold, in the order of LabelState
    updated_at: datetime  # when something was last said of it
    file_labels: tuple[ImportedRow, ...]  # the newest row with labels of each file source
    rollout_labels: tuple[RolloutLabels, ...]  # the newest measurement of each policy


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePage:
    """Some of a list of solutions."""

    items: tuple[ListedSolution, ...]
    next: str | None  # where the next page begins; None on the last one
    unlisted: int  # solutions that changed and are not listed as they are now: a large import takes a while


class _FactsRow(NamedTuple):
    """A row of listed_solutions."""

    seq: int
    solution_id: str
    mean_score: float | None
    is_right: bool | None
    is_waiting: bool
    is_annotated: bool
    is_decided: bool
    is_sent_back: bool
    differing: int
    people: str
    updated_at: datetime


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
        solution=with_thoughts(connection, [rows.as_solution(row)])[0],
        problem=records.read_problem(connection, row.problem_id),
        scoring=next(chosen, None),
        scorings=scorings,
        run_id=row.run_id,
        queues=tuple(connection.scalars(query.order_by(queues.seq.desc()))),
        file_labels=newest_labelled(read_imported(connection, [solution_id]).get(solution_id, ())),
        rollout_labels=read_rollout_labels(connection, [solution_id]).get(solution_id, ())[::-1],
    )


def page_of_solutions(
    connection: Connection, wanted: SolutionFilter, order: SortOrder, limit: int, after: str | None
) -> BrowsePage:
    """Return up to ``limit`` solutions.

    Args:
        connection: to read from.
        wanted: which solutions; its scope says which annotations their labels come from.
        order: how they are sorted.
        limit: solutions on a page, at most ``MAX_PAGE``.
        after: the ``next`` of the page before.

    Raises:
        BadSetting: ``after`` is not the ``next`` of a page of this order, or the filter cannot be used.
    """
    numbers, further = page_of_numbers(connection, wanted, order, max(1, min(limit, MAX_PAGE)), after)
    listed, solutions = listed_solutions, tables.solutions
    query = select(listed).where(listed.c.seq.in_(numbers))
    facts = {row.seq: row for row in iter_rows(connection, query, _FactsRow)}
    query_of = select(solutions).where(solutions.c.seq.in_(numbers))
    found = {row.seq: rows.as_solution(row) for row in iter_rows(connection, query_of, rows.SolutionRow)}
    page = [found[seq] for seq in numbers]
    problems = records.read_problems(connection, list({each.problem_id for each in page}))
    ids = [each.id for each in page]
    newest = read_latest(connection, wanted.scope, ids)
    final = final_of(connection, wanted.scope, {each.id: len(each.steps) for each in page}, newest)
    imported, scores = read_imported(connection, ids), newest_scores(connection, ids)
    rollouts = read_rollout_labels(connection, ids)
    items = tuple(
        ListedSolution(
            solution=each,
            problem=problems[each.problem_id],
            labels=tuple(step.label for step in final[each.id].steps),
            scores=tuple(spread_scores(len(each.steps), scores[each.id])) if each.id in scores else None,
            mean_score=row.mean_score,
            is_right=row.is_right,
            annotators=len([one for one in newest.get(each.id, ()) if one.skip_reason is None]),
            people=tuple(row.people.strip(SEPARATOR).split(SEPARATOR)) if row.people else (),
            states=_states_of(row),
            updated_at=row.updated_at,
            file_labels=newest_labelled(imported.get(each.id, ())),
            rollout_labels=tuple(newest_of_policies(rollouts.get(each.id, ())).values()),
        )
        for each, row in zip(page, [facts[seq] for seq in numbers], strict=True)
    )
    return BrowsePage(items=items, next=further, unlisted=count_unlisted(connection))


def _states_of(row: _FactsRow) -> tuple[LabelState, ...]:
    holds = {
        LabelState.OPEN: row.is_waiting and not row.is_annotated and not row.is_decided,
        LabelState.LABELLED: row.is_annotated,
        LabelState.SPLIT: row.differing > 0 and not row.is_decided,
        LabelState.SENT_BACK: row.is_sent_back,
        LabelState.DECIDED: row.is_decided,
    }
    return tuple(state for state, is_so in holds.items() if is_so)
