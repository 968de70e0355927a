"""Which solutions an evaluation is about and by whose labels: people's, one person's, a file's; the published counts."""

import json

import pytest

from engine.domain import Annotation, ErrorType, Label, Stage, StepDetail
from storage import BadSetting
from storage.formats.visualprocessbench import PUBLISHED, PUBLISHED_NEUTRAL
from tests.support.evaluations import FILE, add_labelled
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions, fill_project, work
from visualprm_ui.use_cases.evaluations.labelled_choices import list_choices
from visualprm_ui.use_cases.evaluations.labelled_set import (
    LabelledSolution,
    as_row,
    count_labelled,
    iter_labelled,
    read_row,
)
from visualprm_ui.use_cases.evaluations.request import SetChoice, name_of

UP, NEUTRAL, DOWN = Label.CORRECT, Label.NEUTRAL, Label.WRONG


def labels_of(store, **choice):
    return {each.solution: (each.whose, each.labels) for each in iter_labelled(store, SetChoice(**choice))}


def test_people_come_before_a_file_and_one_person_or_file_can_be_named(store):
    (both,) = add_labelled(store, "Q1", (["a", "b"], [1, 1]))
    (file_only,) = add_labelled(store, "Q2", (["a", "b"], [-1, None]))
    say(store, both, "ada", "+-")
    say(store, both, "bob", "--")
    say(store, both, "cai", "-.")
    assert labels_of(store) == {both: ("people", (DOWN, DOWN)), file_only: (f"file:{FILE}", (DOWN, None))}
    assert labels_of(store, labels="person:ada") == {both: ("person:ada", (UP, DOWN))}
    assert labels_of(store, labels=f"file:{FILE}")[both] == (f"file:{FILE}", (UP, UP))
    with pytest.raises(BadSetting):
        labels_of(store, labels="person:")


def test_rollouts_are_compared_with_where_they_are_named(store):
    (solution,) = add_labelled(store, "Q1", (["a", "b", "c"], [1, 1, 1]))
    _problem, (other,) = add_problem(store, "Q2", ["a"], source="else")
    store.runs.add_rollout_labels([measured(solution, (3, 4), (0, 4), None), measured(other, (1, 4))])
    assert labels_of(store).keys() == {solution}, "they stand in for none"
    whose = "monte_carlo:policy"
    assert labels_of(store, labels=whose) == {solution: (whose, (UP, DOWN, None)), other: (whose, (UP,))}
    names = {each.name: (each.labels, each.solutions) for each in list_choices(store.results)}
    assert names["Monte-Carlo by policy"] == (whose, 2)
    assert names["else, Monte-Carlo by policy"] == (whose, 1)
    assert name_of(store, SetChoice(labels=whose, data_source="else")) == "else, Monte-Carlo by policy"


def test_in_a_project_and_its_random_slice_no_file_stands_in(store):
    one, two = add_solutions(store, 2)
    (elsewhere,) = add_labelled(store, "Q", (["a"], [1]), source="file")
    queue = fill_project(store, evaluation_share=0.5)
    (project,) = store.projects.list_projects()
    work(store, queue, "ada", most=3)
    in_project = labels_of(store, project=project.id)
    assert in_project == labels_of(store, queue=queue)
    assert in_project.keys() == {one, two, elsewhere}
    assert {whose for whose, _labels in in_project.values()} == {"people"}
    assert 0 < len(labels_of(store, evaluation=True)) < 3
    assert labels_of(store, data_source="file").keys() == {elsewhere}
    assert labels_of(store, policy_model="p").keys() == {one, two}


def test_what_people_said_of_an_error_goes_with_the_label(store):
    (solution,) = add_labelled(store, "Q1", (["a", "b", "c"], [1, 1, 1]))
    detail = StepDetail(error_type=ErrorType.PERCEPTION)
    for who, labels in (("ada", (DOWN, UP, DOWN)), ("bob", (DOWN, DOWN, DOWN))):
        store.results.add_annotation(
            Annotation(
                solution_id=solution,
                annotator=who,
                stage=Stage.BLIND,
                labels=labels,
                details=(detail if who == "ada" else None, detail if who == "bob" else None, None),
            )
        )
    (final,) = iter_labelled(store, SetChoice())
    assert final.labels[0] is DOWN
    assert final.error_types[0] is ErrorType.PERCEPTION
    (of_ada,) = iter_labelled(store, SetChoice(labels="person:ada"))
    assert of_ada.error_types == (ErrorType.PERCEPTION, None, None)
    (of_file,) = iter_labelled(store, SetChoice(labels=f"file:{FILE}"))
    assert of_file.error_types == (None, None, None)
    assert [read_row(json.loads(json.dumps(as_row(each)))) for each in (final, of_ada)] == [final, of_ada]


def published():
    """Solutions with the counts of the published benchmark: all steps of a source in its first one."""
    for name, counts in PUBLISHED.items():
        for number in range(counts.solutions):
            labels = [UP] * counts.correct + [DOWN] * counts.wrong if number == 0 else []
            if number == 1 and name == "WeMath":
                labels = [NEUTRAL] * PUBLISHED_NEUTRAL
            yield LabelledSolution(
                solution=f"{name} {number}",
                problem=f"{name} {number // 4}",
                data_source=name,
                policy_model="p",
                whose="file:vpb",
                steps=len(labels),
                labels=tuple(labels),
                error_types=(None,) * len(labels),
            )


def test_the_published_benchmark_is_known_by_its_counts():
    solutions = list(published())
    found = count_labelled(solutions)
    assert (found.solutions, found.steps, found.neutral) == (2866, 16585 + 7691, 2674)
    assert found.is_published_benchmark
    assert not count_labelled(solutions[:-1]).is_published_benchmark
    assert not count_labelled([]).is_published_benchmark
