"""What background jobs store: passes of reward models beside each other, and runs that no list of earlier runs has."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.domain import Problem, Run, RunState, Sampling, Scoring, Solution, StepScore
from storage import EVERYTHING, NotFound, ScoringRun, Store, open_store
from storage.backup import check
from storage.database import tables
from storage.deletion.removal import delete_target, preview_deletion
from storage.runs.targets import Target, TargetKind
from storage.tidying import tidy
from storage.transfer.full_export import export_full
from storage.transfer.full_import import import_full
from tests.support.run_records import RECORD, score_again
from tests.support.store_projects import add_solutions

AddRun = Callable[..., Run]


def count(store: Store, table_name: str) -> int:
    table = tables.metadata.tables[table_name]
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_every_model_keeps_its_newest_scores_with_how_they_came_about(store: Store) -> None:
    (solution,) = add_solutions(store, 1, scores=[0.5])  # from elsewhere: nothing is known of it
    score_again(store, solution, "a", [0.1, 0.2], "1")
    score_again(store, solution, "b", [0.3, 0.4])
    newer = score_again(store, solution, "a", [0.6, 0.7], "1")
    score_again(store, solution, "a", [0.8, 0.9], "2")
    found = store.results.get_solution(solution)
    assert [each.model for each in found.scorings] == [("a", "2"), ("a", "1"), ("b", "1"), ("r", None)]
    assert found.scorings[1].scoring == newer
    assert found.scoring == found.scorings[0].scoring
    told = found.scorings[0].record
    assert told == replace(RECORD, reward_model="a", reward_model_revision="2")
    assert told.one_pass is True
    chosen = store.results.get_solution(solution, "b").scoring
    assert chosen is not None
    assert [each.score for each in chosen.step_scores] == [0.3, 0.4]
    assert store.results.get_solution(solution, "nobody").scoring is None


def test_what_is_left_to_score_is_asked_by_model_and_revision(store: Store) -> None:
    whole, half, other, old, none = add_solutions(store, 5, scores=[None] * 5)
    score_again(store, whole, "a", [0.1, 0.2])
    score_again(store, half, "a", [0.1])  # stopped before its second step
    score_again(store, other, "b", [0.1, 0.2])
    score_again(store, old, "a", [0.1, 0.2], "0")
    steps = dict.fromkeys((whole, half, other, old, none), 2)
    assert store.runs.list_unscored(steps, "a", "1") == (half, other, old, none)
    score_again(store, half, "a", [0.2], first=1)  # another pass: neither has both steps
    assert half in store.runs.list_unscored(steps, "a", "1")
    assert store.runs.list_unscored({}, "a", "1") == ()


def test_scores_are_read_of_one_model_in_one_revision_the_newest_complete_ones(store: Store) -> None:
    whole, half, other, old = add_solutions(
        store, 4, scores=[0.5, 0.5, 0.5, 0.5]
    )  # from elsewhere: of no known revision
    score_again(store, whole, "a", [0.1, 0.2])
    newest = score_again(store, whole, "a", [0.3, 0.4])
    score_again(store, whole, "a", [0.9])  # stopped: not complete
    score_again(store, whole, "a", [0.8, 0.9], "2")
    score_again(store, half, "a", [0.1])
    score_again(store, other, "b", [0.1, 0.2])
    score_again(store, old, "a", [0.1, 0.2], "0")
    steps = dict.fromkeys((whole, half, other, old), 2)
    found = store.runs.read_scorings_by(steps, "a", "1")
    assert {solution: each.scoring for solution, each in found.items()} == {whole: newest}
    assert found[whole].record == replace(RECORD, reward_model="a", reward_model_revision="1")
    assert store.runs.read_scorings_by({}, "a", "1") == {}


def test_the_speed_of_a_model_is_that_of_its_own_passes(store: Store) -> None:
    one, two = add_solutions(store, 2, scores=[0.5, 0.5])
    assert store.runs.measure_seconds_a_step("r", "1") is None
    problem = store.results.get_solution(one).problem.id
    for solution, revision, seconds in ((one, "1", 3.0), (two, "1", 1.0), (two, "2", 50.0)):
        steps = tuple(StepScore(first=at, last=at, score=0.5) for at in range(2))
        made_by = ScoringRun(
            problem_id=problem, record=replace(RECORD, reward_model_revision=revision), seconds=seconds
        )
        store.runs.add_scoring_run(made_by, [Scoring(solution_id=solution, reward_model="r", step_scores=steps)])
    assert store.runs.measure_seconds_a_step("r", "1") == 1.0  # 4 seconds for 4 steps
    assert store.runs.measure_seconds_a_step("r", "2") == 25.0
    assert store.runs.measure_seconds_a_step("other", "1") is None


def test_a_scoring_run_is_stored_whole_or_not_at_all(store: Store) -> None:
    (solution,) = add_solutions(store, 1)
    problem = store.results.get_solution(solution).problem
    run = ScoringRun(problem_id=problem.id, record=RECORD)
    good = Scoring(solution_id=solution, reward_model="r", step_scores=())
    with pytest.raises(NotFound):
        store.runs.add_scoring_run(run, [good, replace(good, id="x", solution_id="gone")])
    assert (count(store, "runs"), count(store, "scorings")) == (0, 0)
    with pytest.raises(NotFound):
        store.runs.add_scoring_run(replace(run, problem_id="gone"), [])


def test_what_jobs_made_is_in_no_list_and_a_pass_is_no_run(store: Store, add_run: AddRun) -> None:
    pressed = add_run()
    made = store.runs.get_run(pressed.id)
    score_again(store, made.solutions[0].id, "b", [0.9, 0.9, 0.9])
    sampled = Run(problem_id=made.problem.id, sampling=Sampling(n=1), record=RECORD, state=RunState.DONE)
    solution = Solution(problem_id=made.problem.id, draw=0, steps=("a",), answer="9", policy_model="p")
    for _time in range(2):  # again is a no-op
        store.runs.add_finished_run(sampled, [solution], [])
    assert [each.run.id for each in store.runs.list_runs()] == [pressed.id]
    assert store.runs.get_run(sampled.id).solutions == (solution,)
    assert store.runs.get_open_run(sampled.id, EVERYTHING) == sampled
    assert store.runs.list_known_runs([sampled.id, "gone"]) == {sampled.id}
    assert store.runs.list_solutions_of_runs([sampled.id, "gone", pressed.id]) == (
        solution.id,
        *(each.id for each in made.solutions),
    )
    with store.database.read() as connection:
        passes = list(
            connection.scalars(select(tables.runs.c.id).where(tables.runs.c.id.not_in([pressed.id, sampled.id])))
        )
    assert len(passes) == 1
    for ask in (store.runs.get_run, lambda each: store.runs.get_open_run(each, EVERYTHING)):
        with pytest.raises(NotFound):
            ask(passes[0])


def test_what_a_run_chose_stays_when_another_model_scores_it(store: Store, add_run: AddRun) -> None:
    run = add_run(solutions=2)
    assert store.runs.list_runs()[0].best_answer == "1"
    first = store.runs.get_run(run.id).solutions[0]
    score_again(store, first.id, "b", [1.0, 1.0, 1.0])
    assert store.runs.list_runs()[0].best_answer == "1"
    assert len(store.runs.get_run(run.id).scorings) == 2


@pytest.mark.parametrize("kind", [TargetKind.RUN, TargetKind.PROBLEM])
def test_passes_go_with_what_they_scored(kind: TargetKind, store: Store, add_run: AddRun) -> None:
    run = add_run(solutions=2)
    for each in store.runs.get_run(run.id).solutions:
        score_again(store, each.id, "b", [0.5, 0.5, 0.5])
    target = Target(kind=kind, id=run.id if kind is TargetKind.RUN else run.problem_id)
    found = preview_deletion(store, target)
    assert (found.problems, found.runs, found.solutions, found.scorings) == (1, 1, 2, 4)
    delete_target(store, target, "ada")
    assert [count(store, name) for name in ("problems", "runs", "solutions", "scorings")] == [0, 0, 0, 0]
    assert check(store).faults == ()


def test_a_pass_over_solutions_of_which_some_stay_stays(store: Store, add_run: AddRun) -> None:
    run = add_run(solutions=1)
    made = store.runs.get_run(run.id)
    kept = Solution(problem_id=made.problem.id, steps=("a", "b", "c"), policy_model="p")
    store.runs.add_solution(None, kept)
    score_again(store, made.solutions[0].id, "b", [0.5, 0.5, 0.5])
    score_again(store, kept.id, "b", [0.5, 0.5, 0.5])
    delete_target(store, Target(kind=TargetKind.RUN, id=run.id), "ada")
    assert [count(store, name) for name in ("problems", "runs", "solutions", "scorings")] == [1, 1, 1, 1]
    assert [each.scoring.reward_model for each in store.results.get_solution(kept.id).scorings] == ["b"]
    assert tidy(store).problems == 0


def test_an_export_of_everything_holds_passes_with_their_records(store: Store, tmp_path: Path) -> None:
    (solution,) = add_solutions(store, 1)
    score_again(store, solution, "a", [0.1, 0.2])
    export_full(store, tmp_path / "full")
    with open_store(tmp_path / "copy") as copy:
        assert import_full(copy, tmp_path / "full").errors == ()
        assert copy.results.get_solution(solution).scorings == store.results.get_solution(solution).scorings


def test_only_problems_of_the_store_can_be_sampled(store: Store) -> None:
    problem = Problem(question="?")
    with pytest.raises(NotFound):
        store.runs.add_finished_run(Run(problem_id=problem.id, sampling=Sampling()), [], [])
