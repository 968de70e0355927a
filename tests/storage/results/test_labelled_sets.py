"""Which sets have labels: of people by project, skips, gold and quiz left out; of files by whose labels and data source.

Covers storage/results/annotations.py, storage/transfer/export_choice.py.
"""

from engine.domain import Label, Problem, SkipReason, Solution
from storage import EventKind, ImportedRow, Store, TaskRole
from storage.projects.gold import GoldItem
from storage.results.labelled_sets import FileLabels, ModelScores, PersonLabels, PolicyLabels
from storage.runs.built_in_benchmark import DATA_SOURCE
from storage.transfer.export_choice import ExportChoice, iter_chosen, list_questions
from storage.transfer.label_choice import read_label_choice
from tests.support.label_events import act
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.run_records import score_again
from tests.support.store_projects import add_solutions, fill_project, finish, open_project, take, work
from visualprm_ui.use_cases.evaluations.labelled_set import iter_labelled
from visualprm_ui.use_cases.evaluations.request import SetChoice


def test_a_project_counts_each_solution_that_somebody_labelled_once(store: Store) -> None:
    add_solutions(store, 3)
    queue = fill_project(store, overlap=2)
    assert store.results.list_labelled_projects() == ()
    work(store, queue, "ada", most=2)
    work(store, queue, "bob", most=1)
    task = take(store, queue, "bob")
    store.labelling.save_events("bob", [act(task.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
    (found,) = store.results.list_labelled_projects()
    assert (found.title, found.solutions) == ("A project", 2)


def test_people_are_counted_by_the_solutions_they_labelled(store: Store) -> None:
    gold, *_others = add_solutions(store, 3)
    queue = fill_project(store, overlap=2)
    item = GoldItem(solution_id=gold, labels=(Label.CORRECT, Label.CORRECT))
    store.projects.add_gold(queue, TaskRole.GOLD, [item])
    assert store.results.list_person_labels() == ()
    work(store, queue, "bob", most=1)
    if not store.results.list_person_labels():  # the gold item came first
        work(store, queue, "bob", most=1)
    task = take(store, queue, "bob")
    store.labelling.save_events("bob", [act(task.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
    work(store, queue, "ada")
    expected = (PersonLabels(annotator="ada", solutions=2), PersonLabels(annotator="bob", solutions=1))
    assert store.results.list_person_labels() == expected


def test_reward_models_are_counted_by_the_solutions_they_scored(store: Store) -> None:
    one, two = add_solutions(store, 2)
    assert store.results.list_model_scores() == ()
    for solution, model in ((one, "a"), (one, "b"), (two, "b"), (two, "b")):
        score_again(store, solution, model, [0.5, 0.5])
    expected = (ModelScores(reward_model="b", solutions=2), ModelScores(reward_model="a", solutions=1))
    assert store.results.list_model_scores() == expected


def test_gold_items_are_no_labels_of_the_project(store: Store) -> None:
    one, two = add_solutions(store, 2)
    queue = fill_project(store)
    store.projects.add_gold(queue, TaskRole.GOLD, [GoldItem(solution_id=one, labels=(Label.CORRECT, Label.CORRECT))])
    work(store, queue, "ada")
    (found,) = store.results.list_labelled_projects()
    assert found.solutions == 1
    assert two


def test_files_are_told_apart_by_whose_labels_they_are_and_by_data_source(store: Store) -> None:
    for number, (source, data_source, labels) in enumerate(
        [
            ("a", "geo", (Label.CORRECT,)),
            ("a", "geo", (Label.WRONG,)),
            ("a", None, (Label.WRONG,)),
            ("b", "geo", (Label.WRONG,)),
            ("b", "geo", None),
            ("b", "geo", ()),
            ("b", "geo", (None,)),
        ]
    ):
        problem = Problem(question=f"Q{number}", data_source=data_source)
        steps = ("One.",) * len((None,) if labels is None else labels)
        solution = Solution(problem_id=problem.id, steps=steps, policy_model="p")
        store.runs.add_problem(problem)
        store.runs.add_solution(None, solution)
        for _again in range(2):  # corrected later: still one solution
            store.runs.add_imported_row(ImportedRow(solution_id=solution.id, source=source, labels=labels))
    assert store.results.list_file_labels() == (
        FileLabels(source="a", data_source="geo", solutions=2),
        FileLabels(source="a", data_source=None, solutions=1),
        FileLabels(source="b", data_source="geo", solutions=1),
    )


def test_rollouts_are_told_apart_by_policy_and_by_data_source(store: Store) -> None:
    _problem, (one, two) = add_problem(store, "Q", ["a"], ["b"], source="geo")
    _other, (three,) = add_problem(store, "R", ["a"], source="else")
    for solution in (one, one, two, three):  # measured again: still one solution
        store.runs.add_rollout_labels([measured(solution, (1, 4))])
    store.runs.add_rollout_labels([measured(one, (1, 4), policy="other")])
    assert store.results.list_rollout_labels() == (
        PolicyLabels(policy_model="policy", data_source="geo", solutions=2),
        PolicyLabels(policy_model="other", data_source="geo", solutions=1),
        PolicyLabels(policy_model="policy", data_source="else", solutions=1),
    )


def test_labels_that_a_file_takes_back_count_no_more(store: Store) -> None:
    """The set promised solutions that an evaluation of it then did not have."""
    problem = Problem(question="Q", data_source="geo")
    store.runs.add_problem(problem)
    for later in ((None, None), (None, Label.NEUTRAL)):
        solution = Solution(problem_id=problem.id, steps=("One.", "Two."), policy_model="p")
        store.runs.add_solution(None, solution)
        for labels in ((Label.CORRECT, Label.WRONG), later):
            store.runs.add_imported_row(ImportedRow(solution_id=solution.id, source="a", labels=labels))
    assert store.results.list_file_labels() == (FileLabels(source="a", data_source="geo", solutions=1),)
    assert len(list(iter_labelled(store, SetChoice(labels="file:a", data_source="geo")))) == 1


def test_questions_of_labelled_problems_are_told_by_whose_labels_and_where(store: Store) -> None:
    add_solutions(store, 3)
    queue = fill_project(store, overlap=1)
    work(store, queue, "bob", most=1)
    _one, (by_file,) = add_problem(store, "by a file", ["a"], source="geo")
    _two, (rolled_out,) = add_problem(store, "by rollouts", ["a"], source="geo")
    add_problem(store, "by nobody", ["a"], source="geo")
    store.runs.add_imported_row(ImportedRow(solution_id=by_file, source="f", labels=(Label.WRONG,)))
    store.runs.add_rollout_labels([measured(rolled_out, (1, 4))])
    project = store.results.list_labelled_projects()[0].project
    choices = [
        ExportChoice(),
        ExportChoice(labels=read_label_choice("file:f")),
        ExportChoice(labels=read_label_choice("file:f"), data_source="else"),
        ExportChoice(labels=read_label_choice("file:f"), policy_model="else"),
        ExportChoice(labels=read_label_choice("file:g")),
        ExportChoice(labels=read_label_choice("monte_carlo:policy")),
        ExportChoice(labels=read_label_choice("monte_carlo:else")),
        ExportChoice(labels=read_label_choice("person:bob")),
        ExportChoice(labels=read_label_choice("person:ada")),
        ExportChoice(project_id=project),
        ExportChoice(queue_id=queue),
        ExportChoice(queue_id=queue, evaluation=True),
    ]
    for choice in choices:
        labelled = {
            each.problem.id: each.problem.question
            for each in iter_chosen(store, choice, unlabelled=False)
            if choice.labels.choose(each, files_stand_in=not choice.is_narrowed, partial=True)
        }
        assert list_questions(store, choice) == labelled, choice
    assert "".join(str(len(list_questions(store, each))) for each in choices) == "210001010110"


def test_of_what_problems_are_read_may_be_said(store: Store) -> None:
    one, (first, second) = add_problem(store, "Q", ["a"], ["b"], source=DATA_SOURCE)
    for solution in (first, second):
        store.runs.add_imported_row(ImportedRow(solution_id=solution, source="f", labels=(Label.WRONG,)))
    _other, (third,) = add_problem(store, "R", ["a"])
    store.runs.add_imported_row(ImportedRow(solution_id=third, source="f", labels=(Label.WRONG,)))

    def read(choice: ExportChoice, *problems: str) -> list[str]:
        return [each.solution.id for each in iter_chosen(store, choice, unlabelled=False, of_problems=problems)]

    named = ExportChoice(data_source=DATA_SOURCE)
    assert (read(named, one), read(named), read(named, _other)) == ([first, second], [], [])
    assert read(ExportChoice(), one, _other) == [third]  # the built-in benchmark is not named by that
    assert read(ExportChoice(solutions=(second, third)), one) == [second]


def test_annotations_of_one_solution_are_those_of_no_other(store: Store) -> None:
    queue = open_project(store, 2, overlap=1)
    for _ in range(2):
        task = take(store, queue, "ada")
        finish(store, task, "ada")
        assert [each.solution_id for each in store.results.iter_annotations(task.solution_id)] == [task.solution_id]
