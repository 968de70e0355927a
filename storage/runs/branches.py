"""What was made from steps of a run's solutions on: rollouts, which are counted, and continuations, which are solutions.

A continuation belongs to the run of its parent but is none of its draws: it has no number there, and takes no part in what the run
counts and chooses. It is scored, labelled and exported as any solution. Each is written once, as it arrives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Sampling, Scoring, Solution, new_id, now
from engine.metering.usage import ServerUsage, read_usage
from engine.outcomes.tally import AnswerCount, CompletionTally
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import iter_rows
from storage.errors import NotFound
from storage.runs import records
from storage.runs.thoughts import with_thoughts

_solutions, _continuations, _rollouts = tables.solutions.c, tables.continuations.c, tables.rollouts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """What completions after a step came to."""

    id: str = field(default_factory=new_id)
    solution_id: str
    first: int  # the steps that were measured, 0-based: several where they were merged
    last: int
    policy_model: str
    policy_revision: str
    sampling: Sampling  # of the completions
    tally: CompletionTally  # its answers are empty where they were not kept
    tokens: int | None = None  # written for them
    seconds: float | None = None
    made_by: str | None = None  # a principal's name; None: nobody who can be told from others
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """Where a solution goes on from."""

    solution_id: str
    parent_id: str
    step: int  # of the parent, 0-based: the last that both have, or the edited one
    edit: str | None  # what a person made of that step; None: it is the parent's
    press: str  # those that were asked for together have the same
    position: int  # among them
    sampling: Sampling
    made_by: str | None = None  # a principal's name; None: nobody who can be told from others


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedSolution:
    """A solution that goes on from another one's step."""

    continuation: Continuation
    solution: Solution
    scoring: Scoring | None  # by the run's reward model, the newest; None: it was not scored


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBranches:
    """All that was made from steps of a run's solutions on, the oldest first."""

    rollouts: tuple[Rollout, ...]
    solutions: tuple[ContinuedSolution, ...]
    usages: Mapping[
        str, tuple[ServerUsage, ...]
    ]  # a rollout's id, or a press, -> what servers were asked for it, if any


class _UsageRow(NamedTuple):
    """A row of branch_usages."""

    branch_id: str
    usage: list[dict[str, object]]


class _RolloutRow(NamedTuple):
    """A row of rollouts."""

    id: str
    solution_id: str
    first: int
    last: int
    policy_model: str
    policy_revision: str
    sampling: dict[str, object]
    drawn: int
    reached: int | None
    cut_off: int
    unread: int
    answers: list[tuple[str, int, bool | None]] | None
    tokens: int | None
    seconds: float | None
    made_by: str | None
    created_at: datetime


class _ContinuationRow(NamedTuple):
    """A row of continuations."""

    solution_id: str
    parent_id: str
    step: int
    edit: str | None
    press: str
    position: int
    sampling: dict[str, object]
    made_by: str | None


def add_rollout(connection: Connection, rollout: Rollout) -> None:
    """Insert a measurement. Raises NotFound when its solution is not stored, any more."""
    _require_solution(connection, rollout.solution_id)
    connection.execute(tables.rollouts.insert().values(**_rollout_values(rollout)))


def add_continuation(connection: Connection, run_id: str, solution: Solution, continuation: Continuation) -> None:
    """Insert a solution that goes on from another one of its run. Raises NotFound when run or parent are not stored, any more."""
    _require_solution(connection, continuation.parent_id)
    records.add_solution(connection, run_id, solution)
    values = {**asdict(continuation), "sampling": asdict(continuation.sampling)}
    connection.execute(tables.continuations.insert().values(**values))


def add_usage(connection: Connection, branch_id: str, solution_id: str, usage: Sequence[ServerUsage]) -> None:
    """Insert what model servers were asked for a rollout or a press. Raises NotFound when its solution is not stored, any more."""
    _require_solution(connection, solution_id)
    values = {"branch_id": branch_id, "solution_id": solution_id, "usage": [asdict(each) for each in usage]}
    connection.execute(tables.branch_usages.insert().values(**values))


def branches_of(connection: Connection, run_id: str) -> RunBranches:
    """Return all that was made from steps of a run's solutions on; empty for a run that is not there."""
    of_run = select(_solutions.id).where(_solutions.run_id == run_id)
    measured = select(tables.rollouts).where(_rollouts.solution_id.in_(of_run)).order_by(_rollouts.seq)
    asked = select(tables.branch_usages).where(tables.branch_usages.c.solution_id.in_(of_run))
    mine = select(_continuations.solution_id).where(_continuations.solution_id.in_(of_run))
    continuations = {
        row.solution_id: _as_continuation(row)
        for row in iter_rows(
            connection,
            select(tables.continuations).where(_continuations.solution_id.in_(of_run)),
            _ContinuationRow,
        )
    }
    written = select(tables.solutions).where(_solutions.id.in_(mine)).order_by(_solutions.seq)
    scored = (
        select(tables.scorings)
        .where(tables.scorings.c.solution_id.in_(mine), tables.scorings.c.run_id == run_id)
        .order_by(tables.scorings.c.seq)
    )
    scorings = {row.solution_id: rows.as_scoring(row) for row in iter_rows(connection, scored, rows.ScoringRow)}
    bare = [rows.as_solution(row) for row in iter_rows(connection, written, rows.SolutionRow)]
    return RunBranches(
        rollouts=tuple(_as_rollout(row) for row in iter_rows(connection, measured, _RolloutRow)),
        solutions=tuple(
            ContinuedSolution(continuation=continuations[each.id], solution=each, scoring=scorings.get(each.id))
            for each in with_thoughts(connection, bare)
        ),
        usages={row.branch_id: read_usage(row.usage) for row in iter_rows(connection, asked, _UsageRow)},
    )


def edited_among(connection: Connection, solution_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the solutions that hold a step that a person rewrote: they go on from it, or from one that does."""
    found: set[str] = set()
    # an ancestor -> those of the solutions that hold its beginning, and the last step that each has of it
    asked: dict[str, list[tuple[str, int | None]]] = {each: [(each, None)] for each in solution_ids}
    while asked:
        columns = (_continuations.solution_id, _continuations.parent_id, _continuations.step, _continuations.edit)
        query = select(*columns).where(is_among(connection, _continuations.solution_id, list(asked)))
        further: dict[str, list[tuple[str, int | None]]] = {}
        for solution_id, parent_id, step, edit in connection.execute(query):
            for one, last in asked[solution_id]:
                if edit is not None and (last is None or step <= last):
                    found.add(one)
                else:
                    further.setdefault(parent_id, []).append((one, step if last is None else min(last, step)))
        asked = further
    return frozenset(found)


def continuations_of(connection: Connection, solution_ids: Sequence[str]) -> dict[str, Continuation]:
    """Return where each of up to a page of solutions goes on from; those that go on from none are left out."""
    query = select(tables.continuations).where(_continuations.solution_id.in_(solution_ids))
    return {row.solution_id: _as_continuation(row) for row in iter_rows(connection, query, _ContinuationRow)}


def _require_solution(connection: Connection, solution_id: str) -> None:
    if connection.scalar(select(_solutions.id).where(_solutions.id == solution_id)) is None:
        raise NotFound(f"Solution {solution_id!r} no longer exists: it was deleted in the meantime.")


def _rollout_values(rollout: Rollout) -> rows.Values:
    tally = rollout.tally
    return {
        "id": rollout.id,
        "solution_id": rollout.solution_id,
        "first": rollout.first,
        "last": rollout.last,
        "policy_model": rollout.policy_model,
        "policy_revision": rollout.policy_revision,
        "sampling": asdict(rollout.sampling),
        "drawn": tally.drawn,
        "reached": tally.reached,
        "cut_off": tally.cut_off,
        "unread": tally.unread,
        "answers": [[each.text, each.count, each.matches] for each in tally.answers] or None,
        "tokens": rollout.tokens,
        "seconds": rollout.seconds,
        "made_by": rollout.made_by,
        "created_at": rollout.created_at,
    }


def _as_rollout(row: _RolloutRow) -> Rollout:
    answers = tuple(AnswerCount(text=text, count=count, matches=matches) for text, count, matches in row.answers or ())
    return Rollout(
        id=row.id,
        solution_id=row.solution_id,
        first=row.first,
        last=row.last,
        policy_model=row.policy_model,
        policy_revision=row.policy_revision,
        sampling=Sampling(**row.sampling),  # type: ignore[arg-type]  # JSON has no types
        tally=CompletionTally(
            drawn=row.drawn, reached=row.reached, cut_off=row.cut_off, unread=row.unread, answers=answers
        ),
        tokens=row.tokens,
        seconds=row.seconds,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def _as_continuation(row: _ContinuationRow) -> Continuation:
    return Continuation(
        solution_id=row.solution_id,
        parent_id=row.parent_id,
        step=row.step,
        edit=row.edit,
        press=row.press,
        position=row.position,
        sampling=Sampling(**row.sampling),  # type: ignore[arg-type]  # JSON has no types
        made_by=row.made_by,
    )
