"""Statements about any number of ids: SQLite takes 32,766 parameters as it comes, PostgreSQL 65,535.

Covers what is asked of a whole pool in storage/labelling/repository.py, and what storage/results/listing.py leaves out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event, select

from engine.domain import Label, Run, new_id
from storage import SolutionFilter, Store
from storage.database import tables
from tests.support.label_events import label
from tests.support.store_projects import fill_project, open_project, work

MOST = 32_766
IDS = 70_000


@contextmanager
def counted_parameters(store: Store) -> Iterator[list[int]]:
    """The number of parameters of each statement inside."""
    counts: list[int] = []

    def note(_connection, _cursor, _statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        counts.append(len(parameters))

    event.listen(store.database._engine, "before_cursor_execute", note)
    yield counts
    event.remove(store.database._engine, "before_cursor_execute", note)


def test_runs_of_a_whole_pool_are_blinded(store: Store, add_run: Callable[..., Run]) -> None:
    """One statement had every run of the pool in it, which no database takes where there are many."""
    run = add_run(solutions=1)
    fill_project(store)
    with counted_parameters(store) as counts:
        ids = [*(new_id() for _ in range(IDS)), run.id]
        assert store.labelling.blinded_runs(ids, "ada") == {run.id}
    assert max(counts) <= MOST


def test_solutions_of_a_whole_pool_are_seen(store: Store) -> None:
    """As for runs; what is submitted is revealed, whichever statement it is in."""
    queue = open_project(store, count=2)
    work(store, queue, "ada")
    first, last = (each.solution.id for each in store.results.list_solutions(SolutionFilter()).items)
    with counted_parameters(store) as counts:
        store.labelling.mark_solutions_seen([first, *(new_id() for _ in range(IDS)), last], "ada")
    assert max(counts) <= MOST
    with store.database.read() as connection:
        assert connection.scalars(select(tables.drafts.c.revealed)).all() == [True, True]


def test_a_list_binds_nothing_of_what_it_hides(store: Store, add_run: Callable[..., Run]) -> None:
    """Every draft of the viewer was a parameter, and drafts have no limit."""
    run = add_run(solutions=9)
    queue = store.labelling.open_run_queue(run.id, "The run").id
    wanted = SolutionFilter(hidden_from="ada")
    store.results.list_solutions(wanted, limit=1)  # brings the list up to date
    with counted_parameters(store) as before:
        store.results.list_solutions(wanted, limit=1)
    for at in range(8):
        task = store.labelling.task_at(queue, at, "ada")
        store.labelling.save_events("ada", [label(task.id, 0, Label.CORRECT)])
    store.results.list_solutions(wanted, limit=1)
    with counted_parameters(store) as after:
        assert len(store.results.list_solutions(wanted, limit=1).items) == 1
    assert len(store.results.list_in_work("ada")) == 8
    assert max(after) == max(before)
