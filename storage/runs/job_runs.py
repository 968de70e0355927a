"""Runs that background jobs made: stored whole, once they have ended, and known by the job in their record.

A job that samples makes a run like those of Explore for each problem. A job that scores solutions that are there makes a
:class:`ScoringRun`: a row of runs with nothing sampled (``{}``), whose record says how its scorings came about. Neither stands in
the list of earlier runs. Nothing half done of a job is stored, so whoever takes it up again asks what is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from engine.domain import Run, RunRecord, RunState, Sampling, Scoring, Solution, StepScore, new_id, now
from engine.metering.usage import ServerUsage, add_up
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows
from storage.runs import records
from storage.runs.ownership import NOTHING_SAMPLED, samples
from storage.runs.searches import is_independent
from storage.runs.step_scores import pages_of

MEASURED = 500  # scorings that the speed of a model is read from
MEASURED_RUNS = 100  # that the speed of a pair is read from

_runs, _scorings = tables.runs.c, tables.scorings.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRun:
    """A reward model's pass over solutions of one problem that were there already."""

    id: str = field(default_factory=new_id)
    problem_id: str
    record: RunRecord
    seconds: float | None = None  # start to finish
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedScoring:
    """A scoring with what is known of how it came about."""

    scoring: Scoring
    record: RunRecord | None  # None: it came from elsewhere, or its run had not begun to record
    run_id: str | None  # None: it came from elsewhere
    created_at: datetime

    @property
    def model(self) -> tuple[str, str | None]:
        """The reward model and its revision, as far as it is known."""
        return self.scoring.reward_model, None if self.record is None else self.record.reward_model_revision

    @property
    def prompt_version(self) -> str | None:
        """The version of the prompts that it was asked with, as far as it is known."""
        return None if self.record is None else self.record.prompt_version


class _RecordedRow(NamedTuple):
    """A scoring with the record of its run."""

    id: str
    solution_id: str
    run_id: str | None
    reward_model: str
    step_scores: rows.StoredScores
    created_at: datetime
    record: dict[str, object] | None


class _TimedRow(NamedTuple):
    """A scoring with the record of its pass and how long that took."""

    run_id: str
    step_scores: rows.StoredScores
    record: dict[str, object] | None
    seconds: float


def add_scoring_run(connection: Connection, run: ScoringRun, scorings: Sequence[Scoring]) -> None:
    """Insert a pass of a reward model with its scorings. Raises NotFound when its problem or a solution is not stored."""
    as_stored = Run(
        id=run.id,
        problem_id=run.problem_id,
        sampling=Sampling(),
        record=run.record,
        state=RunState.DONE,
        created_at=run.created_at,
        seconds=run.seconds,
    )
    records.require_problem(connection, run.problem_id)
    values = rows.run_values(as_stored) | {"sampling": NOTHING_SAMPLED}
    connection.execute(tables.runs.insert().values(**values))
    for each in scorings:
        records.add_scoring(connection, run.id, each)


def add_finished_run(
    connection: Connection, run: Run, solutions: Sequence[Solution], scorings: Sequence[Scoring]
) -> bool:
    """Insert a run that has ended with all it made; return whether it was new: one that is there stays as it is.

    Raises NotFound.
    """
    if known_runs(connection, [run.id]):
        return False
    records.add_run(connection, run, None)
    for solution in solutions:
        records.add_solution(connection, run.id, solution)
    for each in scorings:
        records.add_scoring(connection, run.id, each)
    return True


def known_runs(connection: Connection, run_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the runs that are stored."""
    return frozenset(
        each for page in pages_of(run_ids) for each in connection.scalars(select(_runs.id).where(_runs.id.in_(page)))
    )


def recorded_scorings(
    connection: Connection, solution_ids: Sequence[str], reward_model: str | None = None
) -> dict[str, list[RecordedScoring]]:
    """Return every scoring of each solution, the newest last; solutions without one are left out.

    ``reward_model``: only those by the model of this name; None: by any.
    """
    found: dict[str, list[RecordedScoring]] = {}
    for page in pages_of(solution_ids):
        query = (
            select(tables.scorings, _runs.record)
            .outerjoin(tables.runs, _runs.id == _scorings.run_id)
            .where(_scorings.solution_id.in_(page))
            .order_by(_scorings.seq)
        )
        if reward_model is not None:
            query = query.where(_scorings.reward_model == reward_model)
        for row in iter_rows(connection, query, _RecordedRow):
            found.setdefault(row.solution_id, []).append(_as_recorded(row))
    return found


def usage_of_scoring(scorings: Iterable[RecordedScoring]) -> tuple[ServerUsage, ...]:
    """Return what reward models' servers were asked in the runs that these scorings are of; each run counts once, as a whole."""
    runs = {each.run_id: each.record for each in scorings if each.record is not None}
    return add_up(each for record in runs.values() for each in record.usage if each.model == record.reward_model)


def newest_of_each_model(scorings: Sequence[RecordedScoring]) -> tuple[RecordedScoring, ...]:
    """Return of each model and revision the newest scoring, the newest of all first."""
    newest = {each.model: each for each in scorings}
    return tuple(sorted(newest.values(), key=scorings.index, reverse=True))


def unscored(
    connection: Connection, steps_of: Mapping[str, int], reward_model: str, revision: str, prompt_version: str = ""
) -> tuple[str, ...]:
    """Return which solutions no complete scoring of this model in this revision is stored of.

    Args:
        connection: to read with.
        steps_of: each solution's number of steps.
        reward_model: its name. revision: of its weights.
        prompt_version: that it was asked with; "": any.
    """
    scored = scorings_by(connection, steps_of, reward_model, revision, prompt_version)
    return tuple(each for each in steps_of if each not in scored)


def scorings_by(
    connection: Connection, steps_of: Mapping[str, int], reward_model: str, revision: str, prompt_version: str = ""
) -> dict[str, RecordedScoring]:
    """Return the newest complete scoring of each solution by this model in this revision; those without one are left out.

    ``steps_of``: each solution's number of steps.
    """
    return {
        solution_id: each
        for solution_id, scorings in recorded_scorings(connection, list(steps_of), reward_model).items()
        for each in scorings
        if each.model == (reward_model, revision)
        and prompt_version in ("", each.prompt_version)
        and is_complete(steps_of[solution_id], each.scoring.step_scores)
    }


def unsolved(connection: Connection, problem_ids: Sequence[str]) -> tuple[str, ...]:
    """Return those of the problems that no solution is stored of, in their order."""
    problem = tables.solutions.c.problem_id
    solved = {
        each
        for page in pages_of(problem_ids)
        for each in connection.scalars(select(problem).where(problem.in_(page)).distinct())
    }
    return tuple(each for each in problem_ids if each not in solved)


def seconds_a_step(connection: Connection, reward_model: str, revision: str) -> float | None:
    """Return how long this model took for a step of solutions that were there, by its newest passes; None without any."""
    query = (
        select(tables.scorings, _runs.record, _runs.seconds)
        .join(tables.runs, _runs.id == _scorings.run_id)
        .where(_scorings.reward_model == reward_model, ~samples(), _runs.seconds.is_not(None))
        .order_by(_scorings.seq.desc())
        .limit(MEASURED)
    )
    seconds, steps = dict[str, float](), 0
    for row in iter_rows(connection, query, _TimedRow):
        if row.record is not None and rows.as_record(row.record).reward_model_revision == revision:
            seconds[row.run_id] = row.seconds
            steps += sum(each.last - each.first + 1 for each in rows.as_step_scores(row.step_scores))
    return sum(seconds.values()) / steps if steps else None


def seconds_a_solution(
    connection: Connection, policy: str, policy_revision: str, reward_model: str, reward_model_revision: str
) -> float | None:
    """Return how long these models took to sample and score a solution, by their newest runs; None: nothing was measured."""
    wanted = (policy, policy_revision, reward_model, reward_model_revision)
    query = (
        select(tables.runs)
        .where(samples(), is_independent(), _runs.state == RunState.DONE.value, _runs.seconds.is_not(None))
        .order_by(_runs.seq.desc())
        .limit(MEASURED_RUNS)
    )
    seconds, solutions = 0.0, 0
    for run in (rows.as_run(row) for row in iter_rows(connection, query, rows.RunRow)):
        if run.record is not None and _models(run.record) == wanted:
            seconds += run.seconds or 0.0
            solutions += run.sampling.n
    return seconds / solutions if solutions else None


def _models(record: RunRecord) -> tuple[str, ...]:
    return record.policy_model, record.policy_revision, record.reward_model, record.reward_model_revision


def is_complete(steps: int, scores: Collection[StepScore]) -> bool:
    """Return whether every step has a score: a run that was stopped leaves scorings of fewer."""
    return steps > 0 and {at for each in scores for at in range(each.first, each.last + 1)} >= set(range(steps))


def read_solutions(connection: Connection, solution_ids: Sequence[str]) -> dict[str, Solution]:
    """Return the solutions of these ids, by id; those that are not stored are left out."""
    return {each.id: each for each in _iter_solutions(connection, solution_ids)}


def solutions_of_runs(connection: Connection, run_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of what runs sampled, and of what goes on from its steps, run by run."""
    solutions = tables.solutions.c
    made: dict[str, list[str]] = {}
    for page in pages_of(run_ids):
        query = select(solutions.id, solutions.run_id).where(solutions.run_id.in_(page))
        for solution_id, run_id in connection.execute(query.order_by(solutions.draw.is_(None), solutions.draw)):
            made.setdefault(str(run_id), []).append(solution_id)
    return tuple(each for run_id in run_ids for each in made.get(run_id, ()))


def list_scored_by(connection: Connection, solution_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the runs that scored any of the solutions."""
    found: dict[str, None] = {}
    for page in pages_of(solution_ids):
        query = select(_scorings.run_id).where(_scorings.solution_id.in_(page), _scorings.run_id.is_not(None))
        found.update(dict.fromkeys(connection.scalars(query.distinct())))
    return tuple(found)


def remove_empty_scoring_runs(connection: Connection, run_ids: Sequence[str]) -> None:
    """Delete those of the runs that are passes of reward models without a scoring (any more)."""
    has_scoring = select(_scorings.seq).where(_scorings.run_id == _runs.id).exists()
    for page in pages_of(run_ids):
        connection.execute(delete(tables.runs).where(_runs.id.in_(page), ~samples(), ~has_scoring))


def _iter_solutions(connection: Connection, solution_ids: Sequence[str]) -> Iterator[Solution]:
    for page in pages_of(solution_ids):
        query = select(tables.solutions).where(tables.solutions.c.id.in_(page))
        yield from (rows.as_solution(row) for row in iter_rows(connection, query, rows.SolutionRow))


def _as_recorded(row: _RecordedRow) -> RecordedScoring:
    scores = rows.as_step_scores(row.step_scores)
    return RecordedScoring(
        scoring=Scoring(id=row.id, solution_id=row.solution_id, reward_model=row.reward_model, step_scores=scores),
        record=None if row.record is None else rows.as_record(row.record),
        run_id=row.run_id,
        created_at=row.created_at,
    )
