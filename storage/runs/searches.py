"""Guided searches of runs in the database: the plan is written with the run, each round as it comes.

Functions take a connection inside a transaction and values of ``engine/outcomes/guided_search.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, exists, select

from engine.domain import Aggregation, FinishReason, RunState
from engine.outcomes.guided_search import BeamPlan, GuidedSearch, SearchRound, SearchTry
from storage.database import tables
from storage.database.typed_rows import one_row
from storage.runs.ownership import Viewer, may_list

MOST_CANDIDATES = 20

_searches = tables.searches.c
_runs = tables.runs.c
_searching = tables.runs.alias("searching").c


class SearchRow(NamedTuple):
    """A row of searches."""

    run_id: str
    plan: dict[str, Any]
    rounds: list[dict[str, Any]]


def add_search(connection: Connection, run_id: str, search: GuidedSearch) -> None:
    """Insert how a run, which is there, searches for its solutions, and how far it is."""
    rounds = [asdict(each) for each in search.rounds]
    connection.execute(tables.searches.insert().values(run_id=run_id, plan=asdict(search.plan), rounds=rounds))


def add_round(connection: Connection, run_id: str, search_round: SearchRound) -> None:
    """Append a round to a run's search; nothing where it has none, any more."""
    rounds = connection.scalar(select(_searches.rounds).where(_searches.run_id == run_id).with_for_update())
    if rounds is not None:
        changed = tables.searches.update().where(_searches.run_id == run_id)
        connection.execute(changed.values(rounds=[*rounds, asdict(search_round)]))


def search_of(connection: Connection, run_id: str) -> GuidedSearch | None:
    """Return the search of a run; None where its solutions are independent."""
    row = one_row(connection, select(tables.searches).where(_searches.run_id == run_id), SearchRow)
    return None if row is None else as_search(row)


def as_search(row: SearchRow) -> GuidedSearch:
    """Read a search."""
    plan = BeamPlan(**row.plan | {"how": Aggregation(row.plan["how"])})
    return GuidedSearch(plan=plan, rounds=tuple(_as_round(each) for each in row.rounds))


def searching_runs(connection: Connection, run_ids: Sequence[str]) -> frozenset[str]:
    """Return those of some runs that are guided searches."""
    return frozenset(connection.scalars(select(_searches.run_id).where(_searches.run_id.in_(run_ids))))


def is_independent() -> ColumnElement[bool]:
    """Return the condition on runs that their solutions are independent, and no search made them."""
    return ~exists().where(_searches.run_id == _runs.id)


def independent_runs(connection: Connection, run_id: str, viewer: Viewer) -> tuple[str, ...]:
    """Return runs of the viewer's list that sampled independent solutions of a run's question and have ended, the newest first.

    They were started by whoever started that run. The question is the same where its words and its pictures are. At most
    ``MOST_CANDIDATES`` runs are looked at.
    """
    problems = tables.problems.c
    asked = select(_runs.problem_id).where(_runs.id == run_id).scalar_subquery()
    maker = select(_searching.made_by).where(_searching.id == run_id).scalar_subquery()
    question = select(problems.question).where(problems.id == asked).scalar_subquery()
    candidates = connection.execute(
        select(_runs.id, _runs.problem_id)
        .join(tables.problems, problems.id == _runs.problem_id)
        .where(
            problems.question == question,
            # before the limit: with a question that every problem asks, others' runs would be all that is looked at
            _first_picture(problems.id).is_not_distinct_from(_first_picture(asked)),
            _runs.state == RunState.DONE.value,
            may_list(viewer),
            _runs.made_by.is_not_distinct_from(maker),
            is_independent(),
        )
        .order_by(_runs.seq.desc())
        .limit(MOST_CANDIDATES)
    ).all()
    links = tables.problem_images.c

    def pictures_of(problem_id: str) -> list[str]:
        query = select(links.sha).where(links.problem_id == problem_id).order_by(links.position)
        return list(connection.scalars(query))

    problem_id = connection.scalar(select(asked))
    if problem_id is None:
        return ()
    wanted = pictures_of(problem_id)
    return tuple(each.id for each in candidates if pictures_of(each.problem_id) == wanted)


def _first_picture(problem_id: ColumnElement[str]) -> ScalarSelect[str]:
    """Return the query for the address of a problem's first picture; NULL where it has none."""
    links = tables.problem_images.alias()
    first = select(links.c.sha).where(links.c.problem_id == problem_id, links.c.position == 0)
    return first.correlate(tables.problems).scalar_subquery()


def _as_round(stored: Mapping[str, Any]) -> SearchRound:
    return SearchRound(step=stored["step"], tokens=stored["tokens"], tries=tuple(map(_as_try, stored["tries"])))


def _as_try(stored: Mapping[str, Any]) -> SearchTry:
    finish = stored["finish"]
    return SearchTry(**{**stored, "finish": None if finish is None else FinishReason(finish)})
