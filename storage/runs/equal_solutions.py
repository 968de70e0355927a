"""Equal solutions: those of one run whose steps are word for word the same. One of them stands for all; knows no label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from engine.domain import FinishReason
from storage.database import tables
from storage.runs.step_scores import pages_of

_Text = tuple[str | None, tuple[str, ...]]  # run, steps


def without_equals(connection: Connection, solution_ids: Sequence[str], present: Collection[str] = ()) -> list[str]:
    """Return the solutions, in order, without those that are equal to an earlier one or to one of ``present``."""
    text_of = _texts(connection, [*present, *solution_ids])
    seen = {text_of[each] for each in present if each in text_of}
    kept = []
    for each in solution_ids:
        text = text_of[each]
        if text[0] is None or text not in seen:  # without a run, an imported one, each is its own
            kept.append(each)
            seen.add(text)
    return kept


def count_equals(connection: Connection, solution_ids: Sequence[str]) -> dict[str, int]:
    """Return how many finished solutions of its run are equal to each, itself among them; 1 for one without a run."""
    text_of = _texts(connection, solution_ids)
    solutions = tables.solutions.c
    counts: Counter[_Text] = Counter()
    for page in pages_of(list({run for run, _steps in text_of.values() if run is not None})):
        finished = (solutions.run_id.in_(page), solutions.finish != FinishReason.CANCELLED.value)
        query = select(solutions.run_id, solutions.steps).where(*finished)
        counts.update((row.run_id, tuple(row.steps)) for row in connection.execute(query))
    return {each: max(1, counts[text]) for each, text in text_of.items()}


def _texts(connection: Connection, solution_ids: Sequence[str]) -> dict[str, _Text]:
    solutions = tables.solutions.c
    found: dict[str, _Text] = {}
    for page in pages_of(solution_ids):
        query = select(solutions.id, solutions.run_id, solutions.steps).where(solutions.id.in_(page))
        found |= {row.id: (row.run_id, tuple(row.steps)) for row in connection.execute(query)}
    return found
