"""Projects: what they are filled with, in which order, what they refuse, and how they go.

Covers storage/projects/filling.py, storage/projects/ordering.py, storage/projects/progress.py,
storage/projects/records.py, storage/results/browse.py, storage/runs/step_scores.py.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.domain import Cause, Decision, Label, Order, ProjectOptions, SkipReason
from storage import (
    BadProject,
    EventKind,
    GoldItem,
    LabelState,
    NotFound,
    Scope,
    Selection,
    SolutionFilter,
    Store,
    TaskRole,
)
from storage.formats import visualprocessbench
from storage.transfer.exporting import export_visualprocessbench
from tests.support.label_events import act, label
from tests.support.store_projects import add_solutions, expire, fill_project, finish, take, work

ADA, BOB, EVE = "ada", "bob", "eve"


def in_order(store: Store, queue: str) -> list[str]:
    with store.database.read() as connection:
        query = "SELECT solution_id FROM tasks WHERE queue_id = :queue ORDER BY position"
        return [row[0] for row in connection.execute(text(query), {"queue": queue})]


def evaluation(store: Store, queue: str) -> list[int]:
    with store.database.read() as connection:
        query = "SELECT position FROM tasks WHERE queue_id = :queue AND evaluation ORDER BY position"
        return [row[0] for row in connection.execute(text(query), {"queue": queue})]


def test_a_project_keeps_what_it_was_made_with(store: Store) -> None:
    options = ProjectOptions(overlap=2, first_error=True, quiz_pass=0.75, order=Order.UNCERTAIN)
    made = store.projects.add_project("  A project ", options, guideline_version="2")
    assert store.projects.get_project(made.id) == made
    assert (made.title, made.options, made.guideline_version) == ("A project", options, "2")
    changed = store.projects.update_project(
        made.id, title="B", options=replace(options, overlap=None), guideline_version="3"
    )
    assert store.projects.get_project(made.id) == changed
    with pytest.raises(NotFound):
        store.projects.get_project("nowhere")


@pytest.mark.parametrize(
    "options",
    [
        {"overlap": 0},
        {"lease_minutes": 0},
        {"split_size": 0},
        {"review_share": 1.5},
        {"review_limit": -1},
        {"evaluation_share": 1.0},
        {"quiz_pass": 0.0},
        {"gold_every": 1},
        {"gold_every": 1001},
    ],
)
def test_options_that_make_no_sense_are_refused(store: Store, options: dict[str, float]) -> None:
    with pytest.raises(BadProject, match=str(next(iter(options.values())))):
        store.projects.add_project("A", ProjectOptions(**options))  # type: ignore[arg-type]
    assert store.projects.list_projects() == ()


def test_a_title_is_needed(store: Store) -> None:
    with pytest.raises(BadProject, match="A title has 1 to 200 characters, not 0"):
        store.projects.add_project("  ")


def test_annotations_name_the_guideline_of_the_project(store: Store) -> None:
    add_solutions(store, 1)
    queue = fill_project(store)
    (project,) = store.projects.list_projects()
    store.projects.update_project(project.id, guideline_version="7")
    work(store, queue, ADA)
    assert [each.guideline_version for each in store.results.iter_annotations()] == ["7"]


def test_labels_name_the_guideline_that_was_shown_though_another_was_saved_meanwhile(store: Store) -> None:
    """They were said to be given by rules that nobody had seen."""
    add_solutions(store, 2)
    queue = fill_project(store)
    (project,) = store.projects.list_projects()
    task = take(store, queue, ADA)
    events = [label(task.id, step, Label.CORRECT) for step in range(len(task.steps))]
    store.labelling.save_events(ADA, events)
    store.projects.update_project(project.id, guideline_version="7")
    store.labelling.save_events(ADA, [act(task.id, EventKind.SUBMIT, text=task.guideline_version)])
    store.labelling.save_events(ADA, [act(task.id, EventKind.NOTE, text="7")])  # what is added later is no new reading
    assert [each.guideline_version for each in store.results.iter_annotations()] == ["1"] * 2
    other = take(store, queue, ADA)
    store.labelling.save_events(ADA, [act(other.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
    assert [each.guideline_version for each in store.results.iter_annotations()][-1] == "7", (
        "of a client that does not say"
    )


def test_a_selection_adds_its_conditions_up(store: Store) -> None:
    ids = add_solutions(store, 5, scores=[0.2, 0.4, 0.6, None, 0.9])
    queue = fill_project(store)
    project = store.projects.add_project("Some", ProjectOptions())
    (some,) = store.projects.list_queues(project.id)
    assert store.projects.add_items(some.id, Selection(data_source="other")).added == 0
    assert store.projects.add_items(some.id, Selection(min_score=0.3, max_score=0.6)).added == 2
    assert store.projects.add_items(some.id, Selection(solutions=tuple(ids[:3]), policy_model="p")).added == 1
    assert in_order(store, some.id) == [ids[1], ids[2], ids[0]]
    work(store, queue, ADA, Label.WRONG, most=3)  # against the scores of the third only
    contradicted = store.projects.add_project("Contradicted")
    (other,) = store.projects.list_queues(contradicted.id)
    store.projects.add_items(other.id, Selection(disagrees=True))
    assert in_order(store, other.id) == [ids[2]]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.AS_IMPORTED, [0, 1, 2, 3, 4, 5]),
        (Order.UNCERTAIN, [3, 1, 5, 0, 2, 4]),  # 0.5, 0.6, 0.8, 0.95, then those without a score as imported
        (Order.CONFIDENT_WRONG, [0, 5, 1, 3, 2, 4]),  # 4 is the right answer
    ],
)
def test_orders_by_score_leave_the_unscored_behind(store: Store, order: Order, expected: list[int]) -> None:
    ids = add_solutions(store, 6, scores=[0.95, 0.6, None, 0.5, None, 0.8])
    queue = fill_project(store, order=order, evaluation_share=0.0)
    assert in_order(store, queue) == [ids[each] for each in expected]


def test_a_cut_off_solution_of_an_older_store_has_no_wrong_answer(store: Store) -> None:
    """Stores of before kept the text that stood behind "Final answer:" when the token limit was reached."""
    ids = add_solutions(store, 3, scores=[0.9, 0.8, 0.7])
    with store.database.write() as connection:
        connection.execute(text("UPDATE solutions SET finish = 'length' WHERE id = :id"), {"id": ids[0]})
    queue = fill_project(store, order=Order.CONFIDENT_WRONG, evaluation_share=0.0)
    assert in_order(store, queue) == [ids[1], ids[2], ids[0]]


def test_human_labels_against_the_scores_come_first(store: Store) -> None:
    ids = add_solutions(store, 3, scores=[0.9, 0.9, 0.9])
    first = fill_project(store)
    tasks = [take(store, first, ADA)]
    finish(store, tasks[0], ADA, Label.CORRECT)
    finish(store, take(store, first, ADA), ADA, Label.WRONG)
    assert in_order(store, fill_project(store, order=Order.DISAGREEMENT)) == [ids[1], ids[0], ids[2]]


def test_a_random_order_is_seeded(store: Store) -> None:
    add_solutions(store, 20)
    rows = [in_order(store, fill_project(store, order=Order.RANDOM, order_seed=seed)) for seed in (1, 1, 2)]
    assert (rows[0] == rows[1], rows[0] == rows[2], sorted(rows[0]) == sorted(rows[2])) == (True, False, True)


def test_the_evaluation_slice_is_random_and_spread_and_never_reordered(store: Store) -> None:
    add_solutions(store, 20, scores=[each / 20 for each in range(20)])
    queue = fill_project(store, order=Order.UNCERTAIN, evaluation_share=0.2)
    assert evaluation(store, queue) == [4, 9, 14, 19]
    before = in_order(store, queue)
    (project,) = store.projects.list_projects()
    store.projects.update_project(project.id, options=replace(project.options, order=Order.CONFIDENT_WRONG))
    begun = [task.solution_id for task in work(store, queue, ADA, most=3)]
    assert store.projects.reorder_items(queue) > 0
    after = in_order(store, queue)
    assert ([after[at] for at in (4, 9, 14, 19)], after[:3]) == ([before[at] for at in (4, 9, 14, 19)], begun)
    assert store.projects.reorder_items(queue) == 0
    assert len(work(store, queue, ADA)) == 17


def test_progress_tells_pace_and_time_left(store: Store) -> None:
    add_solutions(store, 4)
    queue = fill_project(store, overlap=2)
    empty = store.projects.get_progress(queue)
    assert (empty.total, empty.done, empty.labels_an_hour, empty.hours_left, empty.people) == (4, 0, None, None, ())
    work(store, queue, ADA)
    work(store, queue, BOB, most=1)
    progress = store.projects.get_progress(queue)
    ada, bob = progress.people
    assert (progress.done, ada.done, ada.labels_last_hour, bob.begun, bob.skipped) == (1, 4, 8, 1, 0)
    assert (ada.seconds_an_item, ada.seconds_a_step) == (6.0, 3.0)
    assert ada.labels_an_hour == pytest.approx(8 * 12, rel=0.01)  # over five minutes, the least there is
    assert progress.hours_left == pytest.approx(3 / (5 * 12), rel=0.01)
    work(store, queue, BOB)
    assert store.projects.get_progress(queue).hours_left == 0.0


def test_details_of_steps_are_kept_with_the_labels(store: Store) -> None:
    add_solutions(store, 1)
    queue = fill_project(store, first_error=True, error_types=True)
    task = take(store, queue, ADA)
    assert (task.options.first_error, task.details, task.first_error) == (True, (None, None), None)
    from engine.domain import ErrorType, StepDetail

    events = [
        act(task.id, EventKind.STEP_NOTE, 1, step=1, text="unclear"),
        act(task.id, EventKind.CORRECTION, 1, step=1, text="7"),
        act(task.id, EventKind.ERROR_TYPE, 1, step=1, error_type=ErrorType.PERCEPTION),
        act(task.id, EventKind.FIRST_ERROR, 1, step=1),
        act(task.id, EventKind.STEP_NOTE, 1, step=0, text="gone"),
        act(task.id, EventKind.STEP_NOTE, 2, step=0, text=""),
    ]
    assert store.labelling.save_events(ADA, events).rejected == ()
    bad = [act(task.id, EventKind.FIRST_ERROR, 3, step=2), act(task.id, EventKind.SEND_BACK, 3)]
    assert len(store.labelling.save_events(ADA, bad).rejected) == 2
    finish(store, task, ADA, Label.WRONG, 5)
    (said,) = store.results.iter_annotations()
    assert said.details == (None, StepDetail(note="unclear", correction="7", error_type=ErrorType.PERCEPTION))
    assert (said.first_error, store.labelling.get_task(task.id, ADA).details) == (1, said.details)


def test_a_task_without_labels_counts_for_no_one(store: Store) -> None:
    add_solutions(store, 1)
    queue = fill_project(store, overlap=1)
    store.labelling.save_events(ADA, [label(take(store, queue, ADA).id, 0, Label.WRONG)])
    expire(store, ADA)
    (ada,) = store.projects.get_progress(queue).people
    assert (ada.begun, ada.done, ada.seconds_an_item, ada.labels_an_hour) == (1, 0, None, None)


def test_an_order_without_scores_is_kept_and_its_slice_only_marked(store: Store) -> None:
    solutions = add_solutions(store, 20)
    queue = fill_project(store)  # a tenth by itself
    assert (in_order(store, queue), len(evaluation(store, queue))) == (solutions, 2)


def test_what_was_labelled_in_the_slice_is_read_by_itself(store: Store, tmp_path: Path) -> None:
    """It was marked, and nothing could tell it from the rest."""
    solutions = add_solutions(store, 10)
    queue, other = fill_project(store, evaluation_share=0.3), fill_project(store, evaluation_share=0.3, order_seed=1)
    work(store, queue, ADA)
    work(store, other, BOB)
    slices = [{in_order(store, each)[at] for at in evaluation(store, each)} for each in (queue, other)]
    assert slices[0] != slices[1]
    mine, all_ = Scope(queue_id=queue, evaluation=True), Scope(evaluation=True)
    assert {each.solution_id for each in store.results.iter_rated(mine)} == slices[0]
    expected = {each: {ADA} for each in slices[0] - slices[1]} | {each: {BOB} for each in slices[1] - slices[0]}
    expected |= {each: {ADA, BOB} for each in slices[0] & slices[1]}
    assert {each.solution_id: set(each.ratings) for each in store.results.iter_rated(all_)} == expected
    assert {each.solution.id for each in store.results.list_solutions(SolutionFilter(scope=mine)).items} == slices[0]
    assert {each.solution_id for each in store.results.iter_final_labels(mine)} == slices[0]
    report = export_visualprocessbench(store, tmp_path / "slice", queue, evaluation=True)
    assert (report.rows, export_visualprocessbench(store, tmp_path / "queue", queue).rows) == (3, 10)
    with pytest.raises(NotFound):
        export_visualprocessbench(store, tmp_path / "slice", "misspelt", evaluation=True)
    assert len(list(visualprocessbench.read(tmp_path / "slice"))) == 3  # the earlier one is still there
    outside = next(each for each in solutions if each not in slices[0])
    for each in (outside, *slices[0]):
        labels = (Label.WRONG,) * 2
        store.results.add_decision(Decision(solution_id=each, queue_id=queue, labels=labels, by=EVE, cause=Cause.SLIP))
    assert {each.solution_id for each in store.results.iter_final_labels(mine)} == slices[0]
    assert all(each.decision is not None for each in store.results.iter_final_labels(mine))


def test_what_is_open_in_one_project_may_be_labelled_in_another(store: Store) -> None:
    """Labels given anywhere, in a quiz too, made a solution labelled in every queue."""
    solutions = add_solutions(store, 3)
    first, second = fill_project(store, overlap=1), fill_project(store, overlap=1)
    work(store, first, ADA, most=2)
    known = [GoldItem(solution_id=solutions[2], labels=(Label.CORRECT,) * 2)]
    store.projects.add_gold(second, TaskRole.GOLD, known)
    work(store, second, BOB, most=3)  # the gold item among them
    third = fill_project(store, overlap=1)

    def found(queue: str | None, state: LabelState | None) -> list[int]:
        items = store.results.list_solutions(SolutionFilter(scope=Scope(queue_id=queue, stage=None), state=state)).items
        return [solutions.index(each.solution.id) for each in items]

    assert [found(first, state) for state in (LabelState.OPEN, LabelState.LABELLED, None)] == [[2], [0, 1], [0, 1, 2]]
    assert [found(second, state) for state in (LabelState.OPEN, LabelState.LABELLED, None)] == [[], [0, 1], [0, 1]]
    assert [found(third, state) for state in (LabelState.OPEN, LabelState.LABELLED)] == [[0, 1, 2], []]
    assert [found(None, state) for state in (LabelState.OPEN, LabelState.LABELLED)] == [[2], [0, 1]]


def test_solutions_pushed_one_by_one_have_their_slice_too(store: Store) -> None:
    """A tenth of one, rounded, was none each time; and of every ten the same place was drawn."""
    project = store.projects.add_project("Pushed", ProjectOptions(evaluation_share=0.3))
    singly, tens = store.projects.list_queues(project.id)[0].id, fill_project(store, evaluation_share=0.1)
    for each in add_solutions(store, 100):
        store.projects.add_items(singly, Selection(solutions=(each,)))
    assert 15 <= len(evaluation(store, singly)) <= 45  # 30 on average, standard deviation 4.6; the draw is seeded
    for _batch in range(6):
        store.projects.add_items(tens, Selection(solutions=tuple(add_solutions(store, 10))))
    drawn = evaluation(store, tens)
    assert [place // 10 for place in drawn] == list(range(6))  # a whole size is kept
    assert len({place % 10 for place in drawn}) > 1
