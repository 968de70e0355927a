"""Drawing quiz and gold items from what has labels.

Covers storage/projects/gold_candidates.py.
"""

from pathlib import Path

import pytest

from engine.domain import Label, Problem, ProjectOptions, Run, RunState, Sampling, Solution
from storage import BadProject, GoldSource, Selection, Store, TaskRole
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.format_rows import a_row, read_rows
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, take, work


def empty_project(store: Store) -> str:
    project = store.projects.add_project("P", ProjectOptions(quiz_pass=0.5))
    (queue,) = store.projects.list_queues(project.id)
    return queue.id


def labelled_file(store: Store, folder: Path, *labels: tuple[int | None, ...], source: str = "s") -> None:
    rows = [a_row(*each, question=f"{source} {at}", data_source=source) for at, each in enumerate(labels)]
    assert read_rows(store, folder, rows, "visualprocessbench").added == len(rows)


def test_half_of_what_is_drawn_has_a_wrong_step(store: Store, tmp_path: Path) -> None:
    labelled_file(store, tmp_path, *[(1, 1)] * 12, *[(1, -1)] * 4)
    queue = empty_project(store)
    drawn = store.projects.draw_gold(queue, TaskRole.QUIZ, 6, ["s"])
    assert len(set(drawn)) == 6
    answers = store.projects.list_quiz_answers(queue, "ada")
    assert sum(Label.WRONG in each.gold_labels for each in answers) == 3
    assert [task.is_quiz for task in work(store, queue, "ada", most=7)] == [True] * 6


def test_what_is_drawn_once_is_not_drawn_again(store: Store, tmp_path: Path) -> None:
    labelled_file(store, tmp_path, *[(1, -1)] * 5)
    queue = empty_project(store)
    quiz = store.projects.draw_gold(queue, TaskRole.QUIZ, 2, ["s"])
    gold = store.projects.draw_gold(queue, TaskRole.GOLD, 10, ["s"])
    assert (len(quiz), len(gold), set(quiz) & set(gold)) == (2, 3, set())
    found = store.projects.list_gold_items(queue)
    assert (found.quiz, found.gold, found.sources) == (2, 3, ())
    with pytest.raises(BadProject, match="No solution of s has a known label"):
        store.projects.draw_gold(queue, TaskRole.GOLD, 1, ["s"])


def test_solutions_of_a_shared_run_are_not_drawn(store: Store) -> None:
    """Everybody who labels can do them there first."""
    solutions, runs = [], []
    for _each in range(2):
        problem = Problem(question=f"Q{_each}?")
        store.runs.add_problem(problem)
        run = Run(problem_id=problem.id, sampling=Sampling(n=1), made_by="ada", state=RunState.DONE)
        store.runs.add_run(run)
        solution = Solution(problem_id=problem.id, draw=0, steps=("One.",), policy_model="p")
        store.runs.add_solution(run.id, solution)
        say(store, solution.id, "ada", "+")
        solutions.append(solution.id)
        runs.append(run.id)
    store.runs.set_shared(runs[0], shared=True)
    queue = empty_project(store)
    assert sum(each.solutions for each in store.projects.list_gold_items(queue).sources) == 1
    assert store.projects.draw_gold(queue, TaskRole.GOLD, 5, [None]) == (solutions[1],)


def test_labels_of_people_count_where_they_are_final_for_every_step(store: Store) -> None:
    whole, part, split, _bare = add_solutions(store, 4)
    say(store, whole, "ada", "+-")
    say(store, part, "ada", "+.")
    for who, labels in (("ada", "++"), ("bob", "+-")):
        say(store, split, who, labels)
    queue = empty_project(store)
    assert store.projects.list_gold_items(queue).sources == (GoldSource(data_source="test", solutions=3),)
    assert store.projects.draw_gold(queue, TaskRole.GOLD, 5, ["test"]) == (whole,)
    with pytest.raises(BadProject, match="of no data source"):
        store.projects.draw_gold(queue, TaskRole.GOLD, 5, [None])


def test_what_somebody_has_begun_here_is_left_alone(store: Store, tmp_path: Path) -> None:
    labelled_file(store, tmp_path, (1, 1), (1, -1))
    queue = empty_project(store)
    store.projects.add_items(queue, Selection(data_source="s"))
    begun = take(store, queue, "ada").solution_id
    (drawn,) = store.projects.draw_gold(queue, TaskRole.GOLD, 2, ["s"])
    assert drawn != begun
    assert store.projects.get_progress(queue).total == 1


def test_only_gold_and_quiz_items_are_drawn(store: Store) -> None:
    queue = empty_project(store)
    for role, count in ((TaskRole.LABEL, 1), (TaskRole.GOLD, 0)):
        with pytest.raises(BadProject, match="At least one gold or quiz task"):
            store.projects.draw_gold(queue, role, count, ["s"])


def test_any_source_is_drawn_from_but_the_built_in_benchmark(store: Store, tmp_path: Path) -> None:
    labelled_file(store, tmp_path / "a", (1, -1), source=DATA_SOURCE)
    labelled_file(store, tmp_path / "b", (1, 1), source="s")
    queue = empty_project(store)
    assert len(store.projects.draw_gold(queue, TaskRole.QUIZ, 5)) == 1
    assert len(store.projects.draw_gold(queue, TaskRole.QUIZ, 5, [DATA_SOURCE])) == 1
