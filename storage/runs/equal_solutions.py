"""Equal solutions: those of one run that say word for word the same and end alike. One of them stands for all; knows no label.

What is equal, :func:`engine.solution_text.steps.wording` says. Imported solutions have no run: each is its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from engine.domain import FinishReason
from engine.solution_text.steps import Wording, wording
from storage.database import tables
from storage.runs.records import is_draw
from storage.runs.step_scores import pages_of

_solutions = tables.solutions.c


class _Said(NamedTuple):
    """What a solution says, in its run."""

    run_id: str
    wording: Wording


def without_equals(connection: Connection, solution_ids: Sequence[str], present: Collection[str] = ()) -> list[str]:
    """Return the solutions, in order, without those that are equal to an earlier one or to one of ``present``."""
    said = {one: text for page in pages_of(solution_ids) for one, text in _read(connection, _solutions.id.in_(page))}
    seen: set[_Said] = set()
    if present:  # most of a large queue is of other runs
        seen = {text for one, text in _of_runs(connection, said.values()) if one in present}
    kept = []
    for each in solution_ids:
        text = said.get(each)
        if text is None or text not in seen:
            kept.append(each)
        if text is not None:
            seen.add(text)
    return kept


def count_equals(connection: Connection, solution_ids: Sequence[str]) -> dict[str, int]:
    """Return how many finished solutions of its run are equal to each, itself among them; 1 for one without a run.

    Those that go on from a step of another one are 1, and are not counted.
    """
    said = {
        one: text
        for page in pages_of(solution_ids)
        for one, text in _read(connection, _solutions.id.in_(page), is_draw())
    }
    counts = Counter(text for _one, text in _of_runs(connection, said.values(), is_draw()))
    return {each: max(1, counts[said[each]]) if each in said else 1 for each in solution_ids}


def _of_runs(
    connection: Connection, said: Collection[_Said], *which: ColumnElement[bool]
) -> Iterator[tuple[str, _Said]]:
    """Iterate over the finished solutions of all runs that these are of."""
    finished = _solutions.finish != FinishReason.CANCELLED.value
    for page in pages_of(sorted({each.run_id for each in said})):
        yield from _read(connection, _solutions.run_id.in_(page), finished, *which)


def _read(connection: Connection, *which: ColumnElement[bool]) -> Iterator[tuple[str, _Said]]:
    query = select(_solutions.id, _solutions.run_id, _solutions.steps, _solutions.finish)
    for one, run_id, steps, finish in connection.execute(query.where(_solutions.run_id.is_not(None), *which)):
        yield one, _Said(run_id=run_id, wording=wording(steps, FinishReason(finish)))
