"""A threshold that is tuned on another set: taken from there, told with its set, refused where the set is a part of what is tested.

Covers visualprm_ui/use_cases/evaluations/dev_split.py, visualprm_ui/use_cases/evaluations/step_work.py,
visualprm_ui/use_cases/evaluations/static_report.py.
"""

import io
import math
import shlex

import pytest
from sqlalchemy import event

from engine.domain import Label, Problem, Solution
from storage import BadSetting, ImportedRow, NotFound
from storage.results import annotations, votes
from storage.transfer.job_folder import JobState
from tests.support.evaluations import FILE, add_labelled, ended, evaluated, opened, relabel, step_benchmark
from tests.support.model_jobs import Gate, NamedRewardModel, engine_of
from tests.support.tiny import drawing
from visualprm_ui.use_cases.evaluations import dev_split
from visualprm_ui.use_cases.evaluations.comparison import join
from visualprm_ui.use_cases.evaluations.request import SetChoice, as_asked, as_request
from visualprm_ui.use_cases.evaluations.scored_solution import iter_scored
from visualprm_ui.use_cases.evaluations.static_report import ReportContents, write_report
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks
from visualprm_ui.use_cases.evaluations.step_work import check
from visualprm_ui.use_cases.evaluations.work import CommandSources

DEV = SetChoice(data_source="dev", labels=f"file:{FILE}")
SCORES = {"right": 0.9, "good": 0.7, "bad": 0.6, "worse": 0.2}
BETWEEN = pytest.approx(0.65)  # of the dev split


def tuned(dev=DEV, threshold=None):
    return step_benchmark(threshold, data_source="test", labels=f"file:{FILE}", tune_on=dev)


@pytest.fixture
def solutions(store):
    return [
        *add_labelled(store, "T1", (["right", "bad"], [1, -1]), (["good", "bad"], [1, 1])),
        *add_labelled(store, "T2", (["right", "worse"], [1, -1])),
    ]


@pytest.fixture
def dev(store):
    return [
        *add_labelled(store, "D1", (["right", "bad"], [1, -1]), source="dev"),
        *add_labelled(store, "D2", (["good", "worse"], [1, -1]), source="dev"),
    ]


@pytest.fixture
def model():
    return NamedRewardModel("prm", SCORES.__getitem__)


@pytest.fixture
def jobs(store, solutions, dev, model):
    with opened(store, engine_of(model)) as found:
        yield found


def test_figures_are_at_the_threshold_of_the_dev_split_which_is_named(store, jobs, model):
    prospect = jobs.measure(tuned())
    assert (prospect.extent.counts.solutions, prospect.extent.dev.solutions, prospect.extent.already) == (3, 2, 0)
    assert not prospect.scores_known
    found = evaluated(jobs, tuned())
    assert (found.job.state, found.state.total, found.state.counts.solutions, found.state.dev.solutions) == (
        JobState.DONE,
        5,
        3,
        2,
    )
    assert (found.threshold, found.state.tuned.threshold, found.state.tuned.macro_f1) == (BETWEEN, BETWEEN, 1.0)
    assert (found.state.scores_known, found.state.warnings) == (False, ())
    assert sorted(model.opened) == ["D1", "D2", "T1", "T2"]
    measured = StepBenchmarks(store, jobs).get(found.job.id)
    figures = measured.figures
    assert figures.report.threshold == BETWEEN
    own = figures.own_threshold
    assert (own.chosen_on, own.macro_f1, own.interval) == (
        "dev",
        figures.report.pooled.macro_f1.value,
        figures.report.pooled.macro_f1.interval,
    )
    assert [each.threshold for each in figures.thresholds[:4]] == [0.5, BETWEEN, 0.8, 0.85]
    assert [each.interval is None for each in figures.thresholds] == [False] * 4 + [True]
    record = dict(measured.record)
    assert "tuned on dev, which shares no problem with this set" in record["threshold"]
    assert record["tuned on"] == f"dev: 2 solutions of 2 problems, labels file:{FILE}; macro-F1 100.0 there"
    report = write_report(ReportContents(measured=measured, command="", mistakes=[]))
    assert "tuned on dev, which shares no problem with this set" in report
    assert len(list(iter_scored(jobs.files(found.job.id)))) == 3, "none of the dev split"


def test_what_was_scored_is_not_scored_again_and_the_headline_is_not_said_to_be_chosen_late(jobs, model):
    evaluated(jobs, step_benchmark(0.5, data_source="test", labels=f"file:{FILE}"))
    again = evaluated(jobs, tuned())
    assert sorted(model.opened) == ["D1", "D2", "T1", "T2"]
    assert (again.state.already, again.state.scores_known, again.state.warnings) == (3, False, ())


def test_it_stands_beside_others_at_its_own_threshold_and_is_asked_for_again(jobs):
    first, second = (
        evaluated(jobs, step_benchmark(0.5, data_source="test", labels=f"file:{FILE}")),
        evaluated(jobs, tuned()),
    )
    joined = join(first, second, *(jobs.files(each.job.id) for each in (first, second)))
    assert (joined.threshold_a, joined.threshold_b) == (0.5, BETWEEN)
    assert as_request(as_asked(second.request)) == second.request


def test_steps_are_listed_at_the_tuned_threshold(store, jobs):
    from visualprm_ui.use_cases.evaluations.step_list import StepFilter

    found = evaluated(jobs, tuned())
    steps = StepBenchmarks(store, jobs).find_steps(found.job.id, StepFilter(predicted=Label.WRONG), "ada")
    assert {each.score for each in steps} == {0.6, 0.2}


def test_the_command_tunes_on_an_export_of_the_same_set(jobs):
    request = jobs.measure(tuned()).request
    command = jobs.command_of(request, CommandSources(reward_model="prm", policy=None, data_dir=None))
    export, export_dev, measure = (shlex.split(each) for each in command.split(" && "))
    assert export[export.index("--data-source") + 1] == "test"
    assert export_dev[export_dev.index("--data-source") + 1] == "dev"
    assert measure[measure.index("--tune-on") + 1] == f"{export_dev[4]}/test.jsonl"
    assert "--threshold" not in measure


@pytest.mark.parametrize(
    ("asked", "kind", "words"),
    [
        (
            tuned(SetChoice(data_source="test", labels=f"file:{FILE}")),
            BadSetting,
            "2 of the 2 problems of 'test' are in the test set too",
        ),
        (
            tuned(SetChoice(labels=f"file:{FILE}")),
            BadSetting,
            f"2 of the 4 problems of 'All of {FILE}' are in the test set too",
        ),
        (tuned(SetChoice(data_source="none", labels=f"file:{FILE}")), BadSetting, "has labels of 'file:checker'"),
        (tuned(SetChoice(project="gone")), NotFound, "gone"),
        (tuned(threshold=0.5), BadSetting, "not both"),
    ],
)
def test_what_cannot_be_tuned_on_is_refused_before_it_is_started(jobs, asked, kind, words):
    for ask in (jobs.measure, lambda each: jobs.start(each, "ada")):
        with pytest.raises(kind, match=words):
            ask(asked)
    assert jobs.list() == []


def test_steps_of_one_class_tune_nothing(store, jobs):
    add_labelled(store, "D3", (["right"], [1]), source="ones")
    with pytest.raises(BadSetting, match="No step of 'ones' is labelled wrong"):
        jobs.start(tuned(SetChoice(data_source="ones", labels=f"file:{FILE}")), "ada")


def pictured(store, image, kind, source):
    """Store a problem with a picture and a labelled solution."""
    out = io.BytesIO()
    image.save(out, kind)
    problem = Problem(question=" How   many?", images=(store.images.add(out.getvalue()).sha,), data_source=source)
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=("right", "bad"), policy_model="p")
    store.runs.add_solution(None, solution)
    store.runs.add_imported_row(ImportedRow(solution_id=solution.id, source=FILE, labels=(Label.CORRECT, Label.WRONG)))


def test_a_problem_that_was_imported_twice_is_the_same_problem(store, jobs):
    """It has another id, another file of its picture, and a question with other spaces."""
    image = drawing(seed=1)
    pictured(store, image, "PNG", "test")
    pictured(store, drawing(seed=2), "PNG", "other picture")
    pictured(store, image, "BMP", "copy")
    assert jobs.measure(tuned(SetChoice(data_source="other picture", labels=f"file:{FILE}"))).extent.dev.problems == 1
    with pytest.raises(BadSetting, match="1 of the 1 problems of 'copy' are in the test set too"):
        jobs.measure(tuned(SetChoice(data_source="copy", labels=f"file:{FILE}")))


def test_more_pictures_than_can_be_waited_for_are_compared_before_anything_is_scored(store, jobs, model, monkeypatch):
    """Every picture of problems with the same question was decoded while somebody waited for an answer."""
    monkeypatch.setattr(dev_split, "MOST_PICTURES", 2)
    for seed in range(2):
        pictured(store, drawing(seed=seed), "PNG", "test")
    pictured(store, drawing(seed=1), "BMP", "copy")
    asked = tuned(SetChoice(data_source="copy", labels=f"file:{FILE}"))
    assert jobs.measure(asked).extent.dev.problems == 1
    assert store.images._digests == {}
    found = evaluated(jobs, asked)
    assert (found.job.state, model.opened) == (JobState.FAILED, [])
    assert "1 of the 1 problems of 'copy' are in the test set too" in found.job.message
    assert len(store.images._digests) == 3
    monkeypatch.setattr(dev_split, "MOST_PICTURES", 3)
    with pytest.raises(BadSetting, match="1 of the 1 problems of 'copy' are in the test set too"):
        jobs.start(asked, "ada")


def test_a_picture_in_the_very_same_file_is_the_same_without_being_decoded(store, jobs, monkeypatch):
    monkeypatch.setattr(dev_split, "MOST_PICTURES", 0)
    for source in ("test", "copy"):
        pictured(store, drawing(seed=1), "PNG", source)
    with pytest.raises(BadSetting, match="1 of the 1 problems of 'copy' are in the test set too"):
        jobs.start(tuned(SetChoice(data_source="copy", labels=f"file:{FILE}")), "ada")
    assert store.images._digests == {}


def test_a_twin_whose_labels_were_taken_back_is_not_tested(store, jobs, dev):
    for labels in ([1, 1], [None, None]):
        add_labelled(store, "D1", (["right", "bad"], labels), source="test")
    with pytest.raises(BadSetting, match="1 of the 2 problems of 'dev' are in the test set too"):
        jobs.start(tuned(), "ada")
    (twin,) = add_labelled(store, "D2", (["right", "bad"], [1, -1]), source="test")
    relabel(store, twin, [None, None])
    with pytest.raises(BadSetting, match="1 of the 2 problems of 'dev' are in the test set too"):
        jobs.start(tuned(), "ada")


def test_to_start_takes_as_few_statements_however_much_is_labelled(store, jobs, dev, monkeypatch):
    """All labelled solutions of both sets were read, and all their problems, before a request was answered."""
    monkeypatch.setattr(annotations, "PAGE", 2)
    monkeypatch.setattr(votes, "PAGE", 2)

    def statements():
        found = []
        event.listen(store.database._engine, "before_cursor_execute", note := lambda *_rest: found.append(1))
        check(store, request)
        event.remove(store.database._engine, "before_cursor_execute", note)
        return len(found)

    request = jobs.measure(tuned()).request
    few = statements()
    for number in range(10):
        add_labelled(store, f"T{number + 3}", (["right", "bad"], [1, -1]))
        add_labelled(store, f"D{number + 3}", (["right", "bad"], [1, -1]), source="dev")
    assert statements() == few


def test_a_dev_split_that_could_not_be_scored_whole_says_so_and_is_tried_again(store, solutions, dev):
    (odd,) = add_labelled(store, "D3", (["odd"] * 3, [1] * 3), source="dev")
    scores = dict(SCORES, odd=math.nan)
    with opened(store, engine_of(NamedRewardModel("prm", scores.__getitem__))) as jobs:
        found = evaluated(jobs, tuned())
        assert ([each.solution for each in found.failures], found.threshold) == ([odd], BETWEEN)
        assert found.state.warnings == (
            "1 of 3 solutions of 'dev' have no scores: the threshold is tuned on the others.",
        )
        scores["odd"] = 0.3
        again = ended(jobs, jobs.resume(found.job.id).job.id)
        assert (again.failed, again.state.warnings, again.threshold) == (0, (), pytest.approx(0.25))


def test_labels_of_the_dev_split_that_are_corrected_later_change_nothing_that_has_begun(store, solutions, dev):
    gate = Gate(0.5)
    with opened(store, engine_of(NamedRewardModel("prm", lambda step: gate(step) and SCORES[step]))) as jobs:
        begun = jobs.start(tuned(), "ada")
        gate.await_step()
        for each in dev:
            relabel(store, each, [-1, 1])
        gate.open()
        assert ended(jobs, begun.job.id).threshold == BETWEEN


def test_nothing_of_a_dev_split_has_scores(store, solutions):
    add_labelled(store, "D1", (["odd", "odd"], [1, -1]), source="dev")
    scores = dict(SCORES, odd=math.nan)
    with opened(store, engine_of(NamedRewardModel("prm", scores.__getitem__))) as jobs:
        found = evaluated(jobs, tuned())
        assert found.job.state is JobState.FAILED
        assert "no threshold can be tuned on them" in found.job.message
