"""The count of open disagreements: what the list of them comes to, however it changes, and counted no oftener than that."""

from collections.abc import Callable

import pytest

from engine.domain import Cause, Decision, Label, Run
from storage import DisagreementFilter, Store
from storage.deletion.removal import delete_target
from storage.results import disagreement_count
from tests.storage.projects.test_standing import send_back
from tests.support.store_deletion import run_target
from tests.support.store_labelling import read, say
from tests.support.store_projects import fill_project, work


def counted(store: Store) -> int:
    """Return the count, which must be the list's."""
    found = store.results.count_open_disagreements()
    assert found == store.results.list_disagreements(DisagreementFilter(open_only=True)).total
    return found


def decision(solution_id: str, labels: str) -> Decision:
    return Decision(solution_id=solution_id, labels=tuple(map(read, labels)), by="rev", cause=Cause.SLIP)


def test_it_follows_labels_decisions_work_sent_back_and_deletions(store: Store, add_run: Callable[..., Run]) -> None:
    run = add_run(solutions=4)
    queue = fill_project(store, overlap=2, review_share=0.5, split_size=2)
    assert counted(store) == 0
    work(store, queue, "ada")
    assert counted(store) == 0
    tasks = work(store, queue, "bob", Label.WRONG)
    assert counted(store) == 4
    steps = len(tasks[0].steps)
    store.results.add_decision(decision(tasks[0].solution_id, "-" * steps))
    assert counted(store) == 3
    send_back(store, queue)
    assert (before := counted(store)) < 3, "work that was sent back does not count"
    work(store, queue, "bob", Label.WRONG)
    work(store, queue, "ada")
    assert counted(store) == 3 > before
    say(store, tasks[1].solution_id, "ada", "-" * steps)
    assert counted(store) == 2, "they agree now"
    delete_target(store, run_target(run), "ada", labels_of="How many?")
    assert counted(store) == 0


def test_nothing_is_counted_again_while_nothing_that_counts_has_changed(
    store: Store, add_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page of a reviewer read all labels of the store once a minute."""
    add_run(solutions=2)
    queue = fill_project(store, overlap=2)
    for who, label in (("ada", Label.CORRECT), ("bob", Label.WRONG)):
        work(store, queue, who, label)
    count, counts = disagreement_count.page_of_disagreements, []

    def counting(*args: object) -> object:
        counts.append(args)
        return count(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(disagreement_count, "page_of_disagreements", counting)
    assert [store.results.count_open_disagreements() for _ in range(3)] == [2, 2, 2]
    add_run(solutions=2)
    assert (store.results.count_open_disagreements(), len(counts)) == (2, 1)
    first = next(iter(store.results.iter_annotations()))
    say(store, first.solution_id, "cy", "+" * len(first.labels))
    store.results.count_open_disagreements()
    assert len(counts) == 2
