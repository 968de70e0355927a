"""In which order solutions are labelled, and which of them no score orders: the evaluation slice."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy import Connection, select

from engine.aggregate import aggregate
from engine.answers import answers_equal
from engine.domain import Aggregation, FinishReason, Order, ProjectOptions
from storage.database import tables
from storage.runs.step_scores import disagreement, newest_labels, newest_scores, pages_of, uncertainty


def order_solutions(connection: Connection, solution_ids: Sequence[str], options: ProjectOptions) -> list[str]:
    """Return the solutions, given as they were imported, in the order of the project."""
    ordered = list(solution_ids)
    if options.order is Order.RANDOM:
        random.Random(f"order/{options.order_seed}").shuffle(ordered)
    elif options.order is not Order.AS_IMPORTED:
        urgency = _urgencies(connection, ordered, options.order)
        ordered.sort(key=lambda each: (each not in urgency, -urgency.get(each, 0.0)))  # stable: equals as imported
    return ordered


def draw_evaluation(solution_ids: Sequence[str], present: int, options: ProjectOptions) -> list[str]:
    """Return the seeded random slice that no score may order, itself in random order.

    ``present`` solutions are in the queue already: every addition has a draw of its own. The fraction of a size is
    rounded at random, so that solutions added one by one make the slice that they would make together.
    """
    chance = random.Random(f"evaluation/{options.order_seed}/{present}")
    size = int(options.evaluation_share * len(solution_ids) + chance.random())
    return chance.sample(list(solution_ids), size)


def interleave(ordered: Sequence[str], evaluation: Sequence[str]) -> list[str]:
    """Return both in one list, the evaluation slice spread evenly through it."""
    merged: list[str] = []
    rest, slice_, total = iter(ordered), iter(evaluation), len(ordered) + len(evaluation)
    for position in range(total):
        of_slice = (position + 1) * len(evaluation) // total > position * len(evaluation) // total
        merged.append(next(slice_ if of_slice else rest))
    return merged


def _urgencies(connection: Connection, solution_ids: Sequence[str], order: Order) -> dict[str, float]:
    """Return how early each solution comes, the highest first; those without a value follow as imported."""
    scores = newest_scores(connection, solution_ids)
    if order is Order.UNCERTAIN:
        return {each: uncertainty(steps) for each, steps in scores.items()}
    if order is Order.DISAGREEMENT:
        labels = newest_labels(connection, list(scores))
        shares = {each: disagreement(scores[each], labelled) for each, labelled in labels.items()}
        return {each: share for each, share in shares.items() if share is not None}
    wrong = _wrong_answers(connection, list(scores))
    means = {each: aggregate(scores[each], Aggregation.MEAN) for each in wrong}
    return {each: mean for each, mean in means.items() if mean is not None}


def _wrong_answers(connection: Connection, solution_ids: Sequence[str]) -> list[str]:
    solutions, problems = tables.solutions, tables.problems
    wrong: list[str] = []
    for page in pages_of(solution_ids):
        query = select(
            solutions.c.id, solutions.c.answer, problems.c.question, problems.c.answer.label("reference")
        ).join(problems)
        complete = solutions.c.finish == FinishReason.STOP.value  # others state no answer
        for row in connection.execute(query.where(solutions.c.id.in_(page), complete)):
            if row.answer is None or row.reference is None:
                continue
            # without algebra: this runs inside a transaction
            if not answers_equal(row.answer, row.reference, question=row.question, algebra=False):
                wrong.append(row.id)
    return wrong
