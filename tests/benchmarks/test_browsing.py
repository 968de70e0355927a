"""The benchmark of the list of solutions fills a small store and asks for every page of it."""

from benchmarks.browsing import FILTERS, measure
from storage import SolutionFilter, Store, open_store


def test_every_filter_is_asked_for_in_every_order(tmp_path):
    with open_store(tmp_path) as store:
        figures = measure(store, 60)
        assert finds(store) >= {"none", "source", "wrong answer", "convincing mistake", "common word", "two words"}
    assert {f"page, {name}, slowest_ms" for name in FILTERS} <= set(figures)
    assert all(value >= 0 for value in figures.values())


def finds(store: Store) -> set[str]:
    """The filters that find something: one that finds nothing measures little."""
    return {
        name
        for name, wanted in FILTERS.items()
        if isinstance(wanted, SolutionFilter) and store.results.list_solutions(wanted).items
    }
