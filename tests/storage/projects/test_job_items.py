"""What a job of the models works on: solutions problem by problem, and problems."""

import pytest

from engine.domain import FinishReason, Problem, Solution
from storage import NotFound, ProblemSelection, Selection, Store
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.model_jobs import add_problem
from tests.support.run_records import score_again
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, fill_project


def test_solutions_come_problem_by_problem_in_the_order_they_were_stored(store: Store) -> None:
    one, two = add_solutions(store, 2), add_solutions(store, 1)
    late = Solution(problem_id=store.results.get_solution(one[0]).problem.id, steps=("x",), policy_model="q")
    cut = Solution(problem_id=late.problem_id, steps=("x",), policy_model="q", finish=FinishReason.CANCELLED)
    for each in (late, cut):
        store.runs.add_solution(None, each)
    found = store.projects.list_selected(Selection())
    assert [each.solutions for each in found] == [(*one, late.id), tuple(two)]
    assert found[0].problem_id == late.problem_id
    (only,) = store.projects.list_selected(Selection(policy_model="q"))
    assert only.solutions == (late.id,)
    named = store.projects.list_selected(Selection(solutions=(two[0], one[1])))
    assert [each.solutions for each in named] == [(one[1],), (two[0],)]
    assert store.projects.list_selected(Selection(data_source="nowhere")) == ()


def test_a_queue_is_a_selection(store: Store) -> None:
    queued = add_solutions(store, 2)
    queue = fill_project(store)
    others = add_solutions(store, 1)
    (found,) = store.projects.list_selected(Selection(queue=queue))
    assert found.solutions == tuple(queued)
    assert store.projects.list_problems(ProblemSelection(queue=queue)) == (found.problem_id,)
    assert len(store.projects.list_problems(ProblemSelection())) == 2
    for ask in (Selection(queue="gone"), Selection(solutions=(others[0], "gone")), Selection(runs=("gone",))):
        with pytest.raises(NotFound):
            store.projects.list_selected(ask)


def test_problems_are_taken_with_or_without_solutions(store: Store) -> None:
    add_solutions(store, 1)
    lone = [Problem(question=str(number), data_source="geo") for number in range(3)]
    for each in lone:
        store.runs.add_problem(each)
    ids = tuple(each.id for each in lone)
    assert store.projects.list_problems(ProblemSelection(data_source="geo")) == tuple(sorted(ids))
    assert store.projects.list_problems(ProblemSelection(problems=(ids[2], ids[0]))) == (ids[2], ids[0])
    assert store.projects.list_problems(ProblemSelection(problems=ids, data_source="test")) == ()
    for unknown in (ProblemSelection(problems=("gone",)), ProblemSelection(queue="gone")):
        with pytest.raises(NotFound):
            store.projects.list_problems(unknown)


def test_scores_of_a_named_model_choose(store: Store) -> None:
    low, high = add_solutions(store, 2)
    for solution, score in ((low, 0.1), (high, 0.9)):
        score_again(store, solution, "a", [score, score])
        score_again(store, solution, "b", [0.5, 0.5])  # the newest
    assert store.projects.list_selected(Selection(min_score=0.8)) == ()
    (found,) = store.projects.list_selected(Selection(min_score=0.8, reward_model="a"))
    assert found.solutions == (high,)


def test_the_built_in_benchmark_is_worked_on_only_where_it_is_named(store: Store) -> None:
    """A job of "everything" scored the 800 solutions of the benchmark, which projects and exports leave out."""
    own_problem, own = add_problem(store, "Mine", ["a"])
    benchmark, solutions = add_problem(store, "Built in", ["a"], ["b"], ["c"], source=DATA_SOURCE)
    say(store, solutions[0], "ada", "+")

    def found(selection: Selection) -> tuple[set[str], int]:
        chosen = {one for each in store.projects.list_selected(selection) for one in each.solutions}
        return chosen, store.projects.count_left_out(selection)

    assert found(Selection()) == ({*own, solutions[0]}, 2), "what somebody labelled is that person's work"
    assert found(Selection(policy_model="p")) == ({*own, solutions[0]}, 2)
    assert found(Selection(policy_model="q")) == (set(), 0)
    assert found(Selection(data_source="test")) == (set(own), 0)
    for named in (Selection(data_source=DATA_SOURCE), Selection(solutions=tuple(solutions))):
        assert found(named) == (set(solutions), 0)

    def problems(selection: ProblemSelection) -> tuple[set[str], int]:
        return set(store.projects.list_problems(selection)), store.projects.count_left_out(selection)

    assert problems(ProblemSelection()) == ({own_problem}, 1)
    assert problems(ProblemSelection(data_source="test")) == ({own_problem}, 0)
    for ask in (ProblemSelection(data_source=DATA_SOURCE), ProblemSelection(problems=(benchmark,))):
        assert problems(ask) == ({benchmark}, 0)


def test_a_store_without_the_built_in_benchmark_leaves_nothing_out(store: Store) -> None:
    problem, _solutions = add_problem(store, "Mine", ["a"])
    store.runs.add_problem(Problem(id="lone", question="Of no source"))
    assert set(store.projects.list_problems(ProblemSelection())) == {problem, "lone"}
    assert [store.projects.count_left_out(each) for each in (Selection(), ProblemSelection())] == [0, 0]
