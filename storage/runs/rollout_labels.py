"""Labels that rollouts gave solutions, each measurement a row of its own. No person and no file: nothing here is a vote.

Of one policy the newest measurement of a solution counts; those of before stay beside it. Where neither people nor a file labelled
a solution, lists show those of its only policy (``only_rollout_labels``); exports take them where they are asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from engine.domain import Label, Sampling
from engine.outcomes.rollout_labels import RolloutLabels, RolloutMode, RolloutRecord, StepRollouts
from storage.database import tables
from storage.database.membership import is_among
from storage.database.rows import Values
from storage.database.typed_rows import iter_rows
from storage.errors import NotFound
from storage.runs.step_scores import pages_of

_table = tables.rollout_labels


class RolloutLabelsRow(NamedTuple):
    """A row of rollout_labels."""

    id: str
    solution_id: str
    record: dict[str, Any]
    steps: list[dict[str, Any]]
    created_at: datetime


def add_rollout_labels(connection: Connection, found: Sequence[RolloutLabels]) -> None:
    """Insert measurements, each once. Raises NotFound where a solution is not stored (any more)."""
    new = {each.id: each for each in found}
    solutions = tables.solutions.c
    for page in pages_of(list(new)):
        for known in connection.scalars(select(_table.c.id).where(_table.c.id.in_(page))):
            del new[known]
    wanted = list({each.solution_id for each in new.values()})
    stored = {
        each
        for page in pages_of(wanted)
        for each in connection.scalars(select(solutions.id).where(solutions.id.in_(page)))
    }
    if missing := [each for each in wanted if each not in stored]:
        raise NotFound(f"Solution {missing[0]!r} does not exist, or no longer does, so its labels were not stored.")
    if new:
        connection.execute(_table.insert(), [rollout_labels_values(each) for each in new.values()])


def rollout_labels_values(labels: RolloutLabels) -> Values:
    """Write a measurement."""
    record = asdict(labels.record) | {"versions": dict(labels.record.versions)}
    return {
        "id": labels.id,
        "solution_id": labels.solution_id,
        "policy_model": labels.record.policy_model,
        "record": record,
        "steps": [asdict(each) for each in labels.steps],
        "created_at": labels.created_at,
    }


def as_rollout_labels(row: RolloutLabelsRow) -> RolloutLabels:
    """Read a measurement."""
    record = {**row.record, "mode": RolloutMode(row.record["mode"]), "sampling": Sampling(**row.record["sampling"])}
    return RolloutLabels(
        id=row.id,
        solution_id=row.solution_id,
        record=RolloutRecord(**record),
        steps=tuple(StepRollouts(**each) for each in row.steps),
        created_at=row.created_at,
    )


def read_rollout_labels(connection: Connection, solution_ids: Sequence[str]) -> dict[str, tuple[RolloutLabels, ...]]:
    """Return every measurement of each solution, the newest last; solutions without one are left out."""
    found: dict[str, list[RolloutLabels]] = {}
    for page in pages_of(solution_ids):
        query = select(_table).where(is_among(connection, _table.c.solution_id, page)).order_by(_table.c.seq)
        for row in iter_rows(connection, query, RolloutLabelsRow):
            found.setdefault(row.solution_id, []).append(as_rollout_labels(row))
    return {solution_id: tuple(each) for solution_id, each in found.items()}


def measured_as(connection: Connection, solution_ids: Sequence[str], record: RolloutRecord) -> frozenset[str]:
    """Return those of the solutions that were measured in just this way: measured again, they would have the same labels."""
    found = read_rollout_labels(connection, solution_ids)
    return frozenset(one for one, all_of in found.items() if any(each.record.measures_as(record) for each in all_of))


def measured_by(connection: Connection, policy_model: str) -> tuple[str, ...]:
    """Return the solutions that rollouts of a policy measured, each once, in the order they were stored."""
    solutions = tables.solutions.c
    is_measured = select(_table.c.seq).where(
        _table.c.solution_id == solutions.id, _table.c.policy_model == policy_model
    )
    return tuple(connection.scalars(select(solutions.id).where(is_measured.exists()).order_by(solutions.seq)))


def newest_of_policies(found: Sequence[RolloutLabels]) -> Mapping[str, RolloutLabels]:
    """Return the newest measurement by each policy, by its name, in the order of the names."""
    newest = {each.record.policy_model: each for each in found}
    return {name: newest[name] for name in sorted(newest)}


def only_rollout_labels(found: Sequence[RolloutLabels]) -> tuple[Label | None, ...] | None:
    """Return the newest labels by the only policy that measured a solution; None without one, and where several did."""
    newest = newest_of_policies(found)
    return next(iter(newest.values())).labels if len(newest) == 1 else None


def is_rolled_out(policy_model: str | None = None) -> ColumnElement[bool]:
    """Return the condition on solutions that rollouts labelled them. ``policy_model``: whose; None: any policy's."""
    labelled = select(_table.c.seq).where(_table.c.solution_id == tables.solutions.c.id)
    return (labelled if policy_model is None else labelled.where(_table.c.policy_model == policy_model)).exists()
