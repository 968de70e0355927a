"""What is in a project, by where it comes from; what would be added; removing what nobody has begun.

Covers storage/projects/spread.py.
"""

import pytest

from engine.domain import (
    Cause,
    Decision,
    FinishReason,
    Label,
    Problem,
    Run,
    RunState,
    Sampling,
    Scoring,
    Solution,
    StepScore,
)
from storage import EventKind, NotAdded, NotFound, Selection, Store
from storage.backup import check
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.label_events import act
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, open_project, take, work

ADA, BOB = "ada", "bob"


def test_what_nobody_has_begun_is_removed_and_the_rest_goes_on(store: Store) -> None:
    queue = open_project(store, 5, overlap=1)
    (done,) = work(store, queue, ADA, most=1)
    held = take(store, queue, ADA)
    (content,) = store.projects.list_contents(queue)
    assert (content.data_source, content.policy_model, content.solutions) == ("test", "p", 5)
    assert (content.begun, content.held) == (1, 1)
    assert store.projects.remove_unbegun(queue, "other", "p") == 0
    assert store.projects.remove_unbegun(queue, "test", "p") == 3
    (left,) = store.projects.list_contents(queue)
    assert (left.solutions, left.begun, left.held) == (2, 1, 1)
    assert store.projects.count_labels(queue).wanted == 2
    assert [task.id for task in work(store, queue, ADA)] == [held.id]
    assert store.results.get_solution(done.solution_id).queues == (queue,)
    assert check(store).faults == ()
    assert store.projects.add_items(queue, Selection()).added == 3, "they are in the store still"


def test_what_was_only_looked_at_is_not_begun_and_can_be_removed_once_it_is_given_back(store: Store) -> None:
    """A solution that somebody had opened and left again counted as begun for good, and could never be removed."""
    queue = open_project(store, 3, overlap=1)
    looked_at, begun = take(store, queue, ADA), take(store, queue, BOB)
    store.labelling.save_events(BOB, [act(begun.id, EventKind.FLAG, flagged=True)])
    (content,) = store.projects.list_contents(queue)
    assert (content.begun, content.held) == (1, 1)
    store.labelling.give_back(queue, [looked_at.id], ADA)
    (content,) = store.projects.list_contents(queue)
    assert (content.begun, content.held) == (1, 0)
    assert store.projects.remove_unbegun(queue, "test", "p") == 2
    assert store.labelling.list_items(queue, ADA) == ()
    assert [each.id for each in work(store, queue, BOB)] == [begun.id]
    assert check(store).faults == ()


def test_what_would_be_added_is_counted_without_adding_it(store: Store) -> None:
    queue = open_project(store, 2)
    add_solutions(store, 3)
    found = store.projects.preview_items(queue, Selection(data_source="test"))
    assert (found.matching, found.left_out.present, found.added) == (5, 2, 3)
    assert store.projects.list_contents(queue)[0].solutions == 2
    assert store.projects.preview_items(queue, Selection(data_source="none")).added == 0
    with pytest.raises(NotFound, match="no run 'nowhere'"):
        store.projects.preview_items(queue, Selection(runs=("nowhere",)))


def test_what_is_left_out_is_counted_by_its_reason(store: Store) -> None:
    """A person who queued 829 solutions read that 828 were added, and nothing of the other one."""
    queue = open_project(store, 2)
    held = take(store, queue, ADA).solution_id
    problem = Problem(question="Q", id="drawn")
    run = Run(problem_id=problem.id, sampling=Sampling(n=3), state=RunState.DONE)
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    said = [("one", FinishReason.STOP), ("one", FinishReason.STOP), ("two", FinishReason.CANCELLED)]
    for draw, (text, finish) in enumerate(said):
        made = Solution(id=f"draw{draw}", problem_id="drawn", steps=(text,), policy_model="p", draw=draw, finish=finish)
        store.runs.add_solution(run.id, made)
    named = Selection(solutions=(held, "draw0", "draw1", "draw2"))
    left_out = NotAdded(present=1, equal=1, unusable=1, benchmark=0)
    preview = store.projects.preview_items(queue, named)
    assert (preview.matching, preview.added, preview.left_out) == (4, 1, left_out)
    filled = store.projects.add_items(queue, named)
    assert (filled.added, filled.total, filled.left_out) == (1, 3, left_out)


def test_the_built_in_benchmark_fills_a_project_only_where_it_is_named(store: Store) -> None:
    queue = open_project(store, 1)
    problem = Problem(question="How many?", data_source=DATA_SOURCE)
    store.runs.add_problem(problem)
    for number in range(3):
        store.runs.add_solution(None, Solution(id=f"b{number}", problem_id=problem.id, steps=("s",), policy_model="n"))
    say(store, "b0", ADA, "+")
    found = store.projects.preview_items(queue, Selection())
    assert (found.added, found.left_out.benchmark, found.left_out.present) == (1, 2, 1)
    assert store.projects.preview_items(queue, Selection(policy_model="n")).added == 1
    assert store.projects.preview_items(queue, Selection(data_source=DATA_SOURCE)).added == 3
    assert store.projects.preview_items(queue, Selection(solutions=("b1",))).added == 1
    store.results.add_decision(Decision(solution_id="b1", labels=(Label.CORRECT,), by="lead", cause=Cause.SLIP))
    assert store.projects.preview_items(queue, Selection()).left_out.benchmark == 1, (
        "a decision is somebody's work, too"
    )


def test_how_scores_and_steps_are_distributed_is_counted_of_what_a_filter_finds(store: Store) -> None:
    queue = open_project(store, 0)
    problem = Problem(question="How far?", data_source="far")
    store.runs.add_problem(problem)
    scores = {"none": None, "low": (0.0, 0.1), "edge": (0.6, 0.6), "top": (1.0,)}
    for name, values in scores.items():
        steps = tuple(f"{name} {index}" for index in range(len(values or range(25))))
        store.runs.add_solution(None, Solution(id=name, problem_id=problem.id, steps=steps, policy_model="p"))
        if values is not None:
            said = tuple(StepScore(first=index, last=index, score=score) for index, score in enumerate(values))
            store.runs.add_scoring(None, Scoring(solution_id=name, reward_model="r", step_scores=said))
    wanted = Selection(data_source="far", min_score=0.5)
    found = store.projects.preview_items(queue, wanted)
    assert (found.matching, found.spread.unscored) == (2, 1)
    assert found.spread.mean_scores is not None
    assert {bin: count for bin, count in enumerate(found.spread.mean_scores) if count} == {1: 1, 12: 1, 19: 1}
    assert {index + 1: count for index, count in enumerate(found.spread.steps) if count} == {1: 1, 2: 2, 20: 1}
    unscored = store.projects.preview_items(queue, Selection(solutions=("none",))).spread
    assert (unscored.mean_scores, unscored.unscored) == (None, 1)
    nothing = store.projects.preview_items(queue, Selection(data_source="nowhere")).spread
    assert (nothing.mean_scores, nothing.unscored, sum(nothing.steps)) == (None, 0, 0)


def test_only_the_queue_of_a_project_has_contents(store: Store) -> None:
    with pytest.raises(NotFound):
        store.projects.list_contents("nowhere")
    with pytest.raises(NotFound):
        store.projects.remove_unbegun("nowhere", None, "p")
