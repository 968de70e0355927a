"""Decisions on disputed solutions, and the final labels they and the annotators' votes come to, with their provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, func, select, true

from engine.domain import Annotation, Cause, Decision, FinalLabel, FinalLabels, FinalRule, Label
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import iter_rows
from storage.errors import BadDecision, NotFound
from storage.labelling.events import MAX_NOTE
from storage.labelling.queue_rules import TaskRole
from storage.results.votes import Scope, asked_in, page_of_latest, read_latest

_UNLABELLED = FinalLabel(label=None, rule=FinalRule.NONE, by=(), at=None)
Votes = tuple[Label | None, ...]  # on one step, one a person


def add_decision(connection: Connection, decision: Decision) -> bool:
    """Append a decision once; return whether it was new. The newest of a solution counts.

    Raises:
        NotFound: there is no such solution or queue.
        BadDecision: its labels do not fit the solution, it labels nothing, or its note is too long.
    """
    table = tables.decisions
    if connection.scalar(select(table.c.seq).where(table.c.id == decision.id)) is not None:
        return False
    steps = _count_steps(connection, decision.solution_id)
    if len(decision.labels) != steps:
        raise BadDecision(f"The decision has {len(decision.labels)} labels, the solution has {steps} steps.")
    if decision.cause is not Cause.BAD_SPLIT and all(label is None for label in decision.labels):
        raise BadDecision("The decision labels no step. Give at least one label, or the cause 'bad_split'.")
    if len(decision.note) > MAX_NOTE:
        raise BadDecision(f"The note has {len(decision.note)} characters; at most {MAX_NOTE} can be kept.")
    if decision.queue_id is not None:
        _require_queue(connection, decision.queue_id)
    connection.execute(table.insert().values(**rows.decision_values(decision)))
    return True


def count_causes(connection: Connection, queue_id: str | None) -> Mapping[Cause, int]:
    """Return how many solutions were decided for each cause, by the newest decision of each."""
    table = tables.decisions
    newest = select(func.max(table.c.seq)).group_by(table.c.solution_id)
    if queue_id is not None:
        newest = newest.where(table.c.queue_id == queue_id)
    query = select(table.c.cause, func.count()).where(table.c.seq.in_(newest)).group_by(table.c.cause)
    found = {row[0]: row[1] for row in connection.execute(query)}
    return {cause: found.get(cause.value, 0) for cause in Cause}


def final_labels(connection: Connection, solution_id: str, scope: Scope) -> FinalLabels:
    """Return the final labels of a solution; raises NotFound."""
    steps = _count_steps(connection, solution_id)
    annotations = read_latest(connection, scope, [solution_id]).get(solution_id, ())
    return _combine(
        solution_id, steps, annotations, _newest_decisions(connection, scope, [solution_id]).get(solution_id)
    )


def final_of(
    connection: Connection, scope: Scope, steps: Mapping[str, int], annotations: Mapping[str, Sequence[Annotation]]
) -> dict[str, FinalLabels]:
    """Return the final labels of some solutions, given how many steps and which newest annotations each has."""
    decisions = _newest_decisions(connection, scope, list(steps))
    return {
        solution_id: _combine(solution_id, count, annotations.get(solution_id, ()), decisions.get(solution_id))
        for solution_id, count in steps.items()
    }


def page_of_final(connection: Connection, scope: Scope, after: int) -> tuple[tuple[FinalLabels, ...], int | None]:
    """Return the final labels of solutions stored after row ``after``, and where to go on (None at the end)."""
    page, further = page_of_latest(connection, scope, after, also=is_decided(scope))
    decisions = _newest_decisions(connection, scope, [each.solution_id for each in page])
    final = []
    for each in page:
        decision = decisions.get(each.solution_id)
        steps = len(decision.labels if decision is not None else each.annotations[0].labels)
        final.append(_combine(each.solution_id, steps, each.annotations, decision))
    return tuple(final), further


def is_decided(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on solutions that somebody has adjudicated them."""
    table = tables.decisions.c
    return select(table.seq).where(table.solution_id == tables.solutions.c.id, _decided_in(scope)).exists()


def _count_steps(connection: Connection, solution_id: str) -> int:
    solutions = tables.solutions.c
    row = connection.execute(select(solutions.steps).where(solutions.id == solution_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no solution {solution_id!r}. It was deleted, or it belongs to another data folder.")
    return len(row.steps)


def _require_queue(connection: Connection, queue_id: str) -> None:
    queues = tables.queues.c
    if connection.scalar(select(queues.seq).where(queues.id == queue_id)) is None:
        raise NotFound(f"There is no queue {queue_id!r}. It was deleted, or it belongs to another data folder.")


def _decided_in(scope: Scope) -> ColumnElement[bool]:
    """A decision is about the solution: it counts in every queue that has it to label, whichever it was made from."""
    asked, tasks = asked_in(scope), tables.tasks.c
    if not asked:
        return true()
    mine = (tasks.solution_id == tables.decisions.c.solution_id, tasks.role == TaskRole.LABEL.value)
    return select(tasks.id).where(*mine, *asked).exists()


def _newest_decisions(connection: Connection, scope: Scope, solution_ids: Sequence[str]) -> dict[str, Decision]:
    table = tables.decisions
    query = (
        select(table)
        .where(is_among(connection, table.c.solution_id, solution_ids), _decided_in(scope))
        .order_by(table.c.seq)
    )
    found = iter_rows(connection, query, rows.DecisionRow)
    return {row.solution_id: rows.as_decision(row) for row in found}  # a later one replaces it


def _combine(solution_id: str, steps: int, annotations: Sequence[Annotation], decision: Decision | None) -> FinalLabels:
    """A decision overrides the votes; else more than half of the votes decide; a single vote has a rule of its own."""
    voters = [each for each in annotations if each.skip_reason is None]
    if decision is None and not voters:  # as all solutions of a file that nobody labelled yet
        return FinalLabels(solution_id=solution_id, steps=(_UNLABELLED,) * steps, decision=None)
    decided = (None,) * steps if decision is None else decision.labels
    voted: Iterable[Votes] = zip(*(each.labels for each in voters), strict=True) if voters else ((),) * steps
    elected: dict[Votes, FinalLabel] = {}  # steps with the same votes have the same outcome, and most have
    final = []
    for label, votes in zip(decided, voted, strict=True):
        if decision is not None and label is not None:
            rule = FinalRule.ADJUDICATED
            final.append(FinalLabel(label=label, rule=rule, by=(decision.by,), at=decision.at))
            continue
        if votes not in elected:
            elected[votes] = _vote(votes, voters)
        final.append(elected[votes])
    return FinalLabels(solution_id=solution_id, steps=tuple(final), decision=decision)


def _vote(votes: Votes, voters: Sequence[Annotation]) -> FinalLabel:
    label, rule = _elect([each for each in votes if each is not None])
    givers = [
        voter
        for voter, vote in zip(voters, votes, strict=True)
        if vote is not None and (label is None or vote is label)
    ]
    return FinalLabel(
        label=label,
        rule=rule,
        by=tuple(each.annotator for each in givers),
        at=max((each.created_at for each in givers), default=None),
    )


def _elect(votes: Sequence[Label]) -> tuple[Label | None, FinalRule]:
    for label in votes:  # few: counting each is faster than a Counter
        if 2 * votes.count(label) > len(votes):
            return label, FinalRule.SINGLE if len(votes) == 1 else FinalRule.MAJORITY
    return None, FinalRule.NONE
