"""Finding solutions of the list by words: whole and half-typed, in what changes, in pages by newest change.

Covers storage/database/text_search.py and storage/results/listing.py.
"""

from dataclasses import replace

import pytest

from engine.domain import (
    Annotation,
    Stage,
)
from storage import (
    BadSetting,
    LabelState,
    SolutionFilter,
    SortKey,
    SortOrder,
    Store,
)
from storage.database.text_search import MOST_EXPANDED
from storage.results import listing
from tests.support.listed_solutions import add, found
from tests.support.store_labelling import say


def test_every_word_must_be_there_and_the_last_may_be_half_typed(store: Store) -> None:
    circle = add(store, question="The diameter of the circle $\\odot O$?")
    step = add(store, steps=("Read the naïve chart.",), answer="seven")
    assert found(store, search="circle DIAM") == [circle]
    assert found(store, search="odot") == [circle]
    assert found(store, search="chart, read") == [step]
    assert found(store, search="seve") == [step]
    assert found(store, search="diameter chart") == []
    assert found(store, search="diam circle") == []  # the last word alone may be the beginning of one
    assert found(store, search="ameter") == []


def test_remarks_are_found_until_they_change(store: Store) -> None:
    one = add(store)
    for note in ("An odd remark", "Taken back"):
        said = Annotation(solution_id=one, annotator="ada", stage=Stage.BLIND, labels=(None,) * 3, note=note)
        store.results.add_annotation(said)
        assert found(store, search="odd remark") == ([one] if note.startswith("An") else [])
    assert found(store, search="taken") == [one]


def test_the_beginnings_of_few_and_of_many_words_find_the_same(store: Store) -> None:
    """SQLite's index is asked for few words by their names, for more by their beginning, and without their accents."""
    many = add(store, question="Élan " + " ".join(f"many{at}" for at in range(MOST_EXPANDED + 1)))
    few = add(store, question="Élan " + " ".join(f"few{at}" for at in range(MOST_EXPANDED)))
    add(store, question="fe man elanx")
    assert found(store, search="many") == [many]
    assert found(store, search="Few") == [few]
    assert found(store, search="few4") == [few]
    assert found(store, search="few4x") == []
    assert set(found(store, search="éla")) >= {many, few}


def test_a_search_by_newest_change_reads_the_newest_alone_and_misses_none(store: Store) -> None:
    """Everything that had a common word was read and sorted, which took a fifth of a second among 400,000."""
    every = [add(store, question=f"A circle {at}") for at in range(40)]
    for at in (3, 30, 31, 8):  # changed last, in this order
        say(store, every[at], "ada", "+++")
    wanted, newest = SolutionFilter(search="circle"), SortOrder(key=SortKey.UPDATED, descending=True)
    assert found(store, newest, search="circle")[:4] == [every[8], every[31], every[30], every[3]]
    pages, after = [], None
    while (page := store.results.list_solutions(wanted, newest, 4, after)).next is not None:
        pages += [each.solution.id for each in page.items]
        after = page.next
    pages += [each.solution.id for each in page.items]
    assert pages == found(store, newest)
    with store.database.read() as connection:
        first = listing._first_of_newest(connection, wanted, newest, 30, None)
        assert first == (None if connection.dialect.name == "postgresql" else 4)  # of the fourth, which was changed
        assert (
            listing._first_of_newest(connection, replace(wanted, state=LabelState.LABELLED), newest, 30, None) is None
        )


def test_no_search_is_a_language(store: Store) -> None:
    add(store)
    for search in ("'; DROP TABLE x; --", "a:*", "NEAR(x", "NOT one", '"three" OR "one', "漢字", "x" * 900):
        assert found(store, search=search) == [], search


def test_a_search_without_a_word_says_so(store: Store) -> None:
    with pytest.raises(BadSetting, match="has no word to search for"):
        store.results.list_solutions(SolutionFilter(search=" ∠ "))
    with pytest.raises(BadSetting, match="at most 20"):
        store.results.list_solutions(SolutionFilter(search=" ".join(f"w{at}" for at in range(21))))
