"""Labels of rollouts in a store: side by side, each once, and where lists and histories show them.

Covers engine/outcomes/rollout_labels.py, storage/runs/rollout_labels.py.
"""

from pathlib import Path

import pytest

from engine.domain import Label, Sampling
from engine.outcomes.rollout_labels import RolloutMode, StepRollouts
from storage import HistoryKind, NotFound, SolutionFilter, StepCondition, Store, open_store
from storage.database import migrations
from storage.runs.imported_rows import ImportedRow
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured, record
from tests.support.store_labelling import say

RIGHT, WRONG = Label.CORRECT, Label.WRONG


def test_not_measured_is_no_label_and_no_share() -> None:
    one, none = StepRollouts(reached=0, drawn=4, is_correct=False), StepRollouts(reached=0, drawn=0, is_correct=None)
    assert (one.share, one.label, none.share, none.label) == (0.0, WRONG, None, None)
    found = StepRollouts(reached=0, drawn=0, is_correct=True)  # a binary search says so, and looked elsewhere
    assert (found.share, found.label) == (None, RIGHT)


def test_a_measurement_is_kept_once_and_beside_those_of_before(store: Store) -> None:
    _problem, (solution, other) = add_problem(store, "Q", ["a", "b"], ["c"])
    first, second = measured(solution, (3, 4), None), measured(solution, (0, 4), (1, 1))
    store.runs.add_rollout_labels([first])
    store.runs.add_rollout_labels([first, second])
    assert store.runs.list_rollout_labels([solution, other]) == {solution: (first, second)}
    assert [each.labels for each in (first, second)] == [(RIGHT, None), (WRONG, RIGHT)]
    assert store.results.get_solution(solution).rollout_labels == (second, first), "the newest first"


def test_a_solution_that_is_gone_is_named(store: Store) -> None:
    _problem, (solution,) = add_problem(store, "Q", ["a"])
    with pytest.raises(NotFound, match="Solution 'gone' does not exist"):
        store.runs.add_rollout_labels([measured(solution, (1, 1)), measured("gone", (1, 1))])
    assert store.runs.list_rollout_labels([solution]) == {}


def test_the_solutions_that_a_policy_measured_are_listed_once_in_their_order(store: Store) -> None:
    _problem, solutions = add_problem(store, "Q", ["a"], ["b"], ["c"])
    again = [measured(solutions[0], (1, 1)), measured(solutions[0], (0, 1))]
    store.runs.add_rollout_labels([measured(solutions[2], (1, 1)), *again, measured(solutions[1], (1, 1), policy="p")])
    assert store.runs.list_measured_by("policy") == (solutions[0], solutions[2])
    assert store.runs.list_measured_by("p") == (solutions[1],)
    assert store.runs.list_measured_by("nobody") == ()


def test_what_was_measured_in_the_same_way_is_known(store: Store) -> None:
    _problem, (solution,) = add_problem(store, "Q", ["a"])
    store.runs.add_rollout_labels([measured(solution, (1, 1))])
    assert store.runs.list_measured([solution], record(job="another", device="cuda")) == {solution}
    for unlike in (
        record("other"),
        record(policy_revision="2"),
        record(mode=RolloutMode.FIRST_ERROR),
        record(completions=8),
        record(sampling=Sampling(n=1, temperature=1.0, top_k=50, seed=7)),
    ):
        assert store.runs.list_measured([solution], unlike) == frozenset()


def wrong_steps(store: Store) -> list[str]:
    """The solutions that a list finds by a step labelled wrong."""
    wanted = SolutionFilter(step=StepCondition(label=WRONG))
    return [each.solution.id for each in store.results.list_solutions(wanted).items]


def test_lists_show_them_where_nobody_and_no_file_labelled_a_solution(store: Store) -> None:
    _problem, (solution, labelled, filed, twice) = add_problem(store, "Q", ["a"], ["b"], ["c"], ["d"])
    assert wrong_steps(store) == []
    store.runs.add_rollout_labels([measured(each, (0, 4)) for each in (solution, labelled, filed, twice)])
    assert wrong_steps(store) == [solution, labelled, filed, twice]
    say(store, labelled, "ada", "+")
    store.runs.add_imported_row(ImportedRow(solution_id=filed, source="file", labels=(RIGHT,)))
    store.runs.add_rollout_labels([measured(twice, (0, 4), policy="other")])
    assert wrong_steps(store) == [solution], "of several policies none stands for the others"
    listed = {each.solution.id: each.rollout_labels for each in store.results.list_solutions().items}
    assert [len(listed[each]) for each in (solution, labelled, filed, twice)] == [1, 1, 1, 2]


def test_the_history_says_whose_completions_labelled_it(store: Store) -> None:
    _problem, (solution,) = add_problem(store, "Q", ["a", "b"])
    store.runs.add_rollout_labels([measured(solution, (3, 4), (0, 1), policy="nano")])
    entry = store.results.get_history(solution).entries[-1]
    assert (entry.kind, entry.who, entry.text) == (HistoryKind.ROLLED_OUT, None, "nano")
    assert entry.labels == (RIGHT, WRONG)


@pytest.mark.sqlite
def test_a_store_of_the_version_before_opens_and_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every, before = migrations.MIGRATIONS, 10
    monkeypatch.setattr(migrations, "MIGRATIONS", every[:before])
    monkeypatch.setattr(migrations, "VERSION", before)
    with open_store(tmp_path) as store:
        _problem, (solution,) = add_problem(store, "Q", ["a"])
    monkeypatch.undo()
    with open_store(tmp_path) as store:
        store.runs.add_rollout_labels([measured(solution, (0, 4))])
        assert wrong_steps(store) == [solution]
