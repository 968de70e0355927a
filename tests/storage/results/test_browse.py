"""The list of solutions, page by page. What its states mean is in tests/storage/projects/test_repository.py."""

import pytest

from engine.domain import Cause, Decision, Label
from storage import BadSetting, LabelState, Scope, SolutionFilter, Store
from storage.results.browse import MAX_PAGE
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, fill_project


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_every_solution_is_on_one_page(store: Store, limit: int) -> None:
    added = add_solutions(store, 5)
    fill_project(store)
    pages, after = [], None
    while not pages or (after is not None and len(pages) < 5):
        page = store.results.list_solutions(limit=limit, after=after)
        pages.append([each.solution.id for each in page.items])
        after = page.next
    assert pages == [added[start : start + limit] for start in range(0, 5, limit)]


def test_a_page_has_1_to_200_solutions(store: Store) -> None:
    add_solutions(store, MAX_PAGE + 1)
    fill_project(store)
    assert [len(store.results.list_solutions(limit=limit).items) for limit in (-1, 0, 200, 201)] == [*(1, 1, 200, 200)]


def test_a_queue_has_states_of_its_own(store: Store) -> None:
    one, two, three, four = add_solutions(store, 4)
    queue = fill_project(store, overlap=2)
    (known,) = add_solutions(store, 1)
    say(store, two, "ada", "+-")
    say(store, known, "ada", "+-")
    store.results.add_decision(Decision(solution_id=three, labels=(Label.WRONG,) * 2, by="rev", cause=Cause.SLIP))

    def listed(scope: Scope, state: LabelState) -> list[str]:
        return [
            each.solution.id for each in store.results.list_solutions(SolutionFilter(scope=scope, state=state)).items
        ]

    assert listed(Scope(stage=None), LabelState.OPEN) == [one, four]
    assert listed(Scope(stage=None), LabelState.LABELLED) == [two, known]
    assert listed(Scope(stage=None), LabelState.DECIDED) == [three]
    assert listed(Scope(stage=None, queue_id=queue), LabelState.OPEN) == [one, two, four]
    assert listed(Scope(stage=None, queue_id=queue), LabelState.LABELLED) == []


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "²", "9" * 19])
def test_what_is_no_cursor_is_refused(store: Store, after: str) -> None:
    with pytest.raises(BadSetting, match="is not a cursor"):
        store.results.list_solutions(after=after)
