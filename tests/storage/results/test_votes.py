"""Whose labels count, what agreement is fed with, and how much each person did.

Covers storage/results/anchoring.py.
"""

from collections.abc import Callable

import pytest

from engine.domain import Run, Stage
from engine.evaluation.agreement import measure_agreement
from storage import EventKind, Scope, Store
from storage.database import tables
from storage.results import votes as module
from tests.support.label_events import act, label
from tests.support.store_labelling import read, say, skip, submit, written


def said(store: Store, scope: Scope) -> list[dict[str, str]]:
    return [{who: written(labels) for who, labels in each.ratings.items()} for each in store.results.iter_rated(scope)]


@pytest.fixture
def queue(store: Store, add_run: Callable[..., Run]) -> str:
    return store.labelling.open_run_queue(add_run().id, "A").id


def test_the_newest_blind_labels_of_each_person_count(store: Store, queue: str) -> None:
    task = submit(store, queue, 0, "ada", "+++")
    submit(store, queue, 0, "bea", "+0-")
    store.labelling.save_events(
        "ada", [act(task, EventKind.REOPEN), label(task, 0, None, 20), label(task, 0, read("-"), 21)]
    )
    store.labelling.save_events("ada", [act(task, EventKind.SUBMIT, 22)])
    assert said(store, Scope()) == [{"ada": "-++", "bea": "+0-"}]
    store.labelling.reveal(task, "ada")
    store.labelling.save_events(
        "ada", [act(task, EventKind.REOPEN), label(task, 1, read("0"), 30), act(task, EventKind.SUBMIT, 31)]
    )
    assert said(store, Scope()) == [{"ada": "-++", "bea": "+0-"}]
    assert said(store, Scope(stage=Stage.REVEALED)) == [{"ada": "-0+"}]
    assert said(store, Scope(stage=None)) == [{"ada": "-0+", "bea": "+0-"}]


def test_who_skips_in_the_end_says_nothing(store: Store, queue: str) -> None:
    submit(store, queue, 0, "ada", "+++")
    submit(store, queue, 0, "bea", "+0-")
    skip(store, queue, 0, "ada")
    assert said(store, Scope()) == [{"bea": "+0-"}]


def test_a_queue_and_a_source_narrow_the_scope(store: Store, queue: str, add_run: Callable[..., Run]) -> None:
    task = submit(store, queue, 0, "ada", "+++")
    other = store.labelling.open_run_queue(add_run().id, "B").id
    submit(store, other, 1, "bea", "---")
    say(store, store.labelling.get_task(task, "ada").solution_id, "elsewhere", "000")
    assert said(store, Scope(queue_id=queue)) == [{"ada": "+++"}]
    assert said(store, Scope(queue_id=other)) == [{"bea": "---"}]
    assert said(store, Scope(data_source="test")) == [{"ada": "+++", "elsewhere": "000"}, {"bea": "---"}]
    assert said(store, Scope(data_source="elsewhere")) == []


@pytest.mark.parametrize("role", ["gold", "quiz"])
def test_tasks_with_known_labels_do_not_count(store: Store, queue: str, role: str) -> None:
    hidden = submit(store, queue, 0, "ada", "+++")
    submit(store, queue, 1, "ada", "000")
    with store.database.write() as connection:
        connection.execute(
            tables.tasks.update().where(tables.tasks.c.id == hidden).values(role=role, gold_labels=[1, 1, 1])
        )
    assert said(store, Scope()) == said(store, Scope(queue_id=queue)) == [{"ada": "000"}]


def test_agreement_of_a_queue_page_by_page(
    store: Store, add_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    queue = store.labelling.open_run_queue(add_run(solutions=5).id, "A").id
    for position in range(5):
        submit(store, queue, position, "ada", "+0-")
        submit(store, queue, position, "bea", "+0+" if position == 4 else "+0-")
    overall = measure_agreement(store.results.iter_rated(Scope(queue_id=queue)), resamples=50).overall
    assert (overall.items, overall.steps, overall.people) == (5, 15, 2)
    assert overall.percent.value == pytest.approx(14 / 15)


def test_what_each_person_did(store: Store, add_run: Callable[..., Run]) -> None:
    queue = store.labelling.open_run_queue(add_run(solutions=4).id, "A").id
    for position, seconds in enumerate((4.0, 30.0, 6.0)):
        task = submit(store, queue, position, "bea", "+0-")
        store.labelling.save_events("bea", [act(task, EventKind.REOPEN), label(task, 0, read("-"), 20)])
        store.labelling.save_events("bea", [act(task, EventKind.SUBMIT, 21, seconds=seconds)])
    skip(store, queue, 3, "bea")
    skip(store, queue, 0, "ada")
    ada, bea = store.results.summarise_annotators(Scope())
    assert (ada.name, ada.items, ada.steps, ada.skips, ada.median_seconds) == ("ada", 0, 0, 1, None)
    assert (bea.name, bea.items, bea.steps, bea.skips, bea.median_seconds) == ("bea", 3, 9, 1, 6.0)
    assert bea.last_at <= ada.last_at


def test_anchoring_counts_those_who_looked_and_kept_theirs(store: Store, add_run: Callable[..., Run]) -> None:
    queue = store.labelling.open_run_queue(add_run(solutions=3).id, "A").id
    assert store.results.measure_anchoring().share is None
    changer, keeper, _blind = (submit(store, queue, position, "ada", "+0-") for position in range(3))
    store.labelling.reveal(
        keeper, "ada"
    )  # the scores are below 0.5: all steps are predicted wrong, so "+" is contradicted
    store.labelling.reveal(changer, "ada")
    store.labelling.save_events(
        "ada", [label(changer, 0, read("-"), 30), label(changer, 2, read("+"), 31)]
    )  # one to, one away
    store.labelling.save_events("ada", [act(changer, EventKind.SUBMIT, 32)])
    anchoring = store.results.measure_anchoring(queue)
    assert (anchoring.solutions, anchoring.contradicted, anchoring.changed, anchoring.share) == (2, 2, 1, 0.5)
    assert store.results.measure_anchoring("another queue").solutions == 0
    with store.database.write() as connection:
        connection.execute(tables.tasks.update().where(tables.tasks.c.id == keeper).values(evaluation=True))
    of_slice = store.results.measure_anchoring(evaluation=True)
    assert (of_slice.solutions, of_slice.contradicted, of_slice.changed) == (1, 1, 0)
