"""A threshold that was chosen with scores in sight is not said to be fixed before scoring.

Covers visualprm_ui/use_cases/evaluations/jobs.py, visualprm_ui/use_cases/evaluations/step_work.py,
visualprm_ui/use_cases/evaluations/step_benchmarks.py, visualprm_ui/use_cases/evaluations/static_report.py.
"""

import math

import pytest

from tests.support.evaluations import add_labelled, ended, evaluated, opened, step_benchmark
from tests.support.model_jobs import Gate, NamedRewardModel, engine_of
from visualprm_ui.use_cases.evaluations.static_report import ReportContents, write_report
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks

SCORES = {"right": 0.9, "good": 0.35, "bad": 0.3, "worse": 0.1}
OPTIMUM = 0.325


@pytest.fixture
def solutions(store):
    return [
        *add_labelled(store, "Q1", (["right", "bad"], [1, -1])),
        *add_labelled(store, "Q2", (["good", "worse"], [1, -1]), source="else"),
    ]


@pytest.fixture
def jobs(store, solutions):
    with opened(store, engine_of(NamedRewardModel("prm", SCORES.__getitem__))) as found:
        yield found


def record_of(store, jobs, found):
    measured = StepBenchmarks(store, jobs).get(found.job.id)
    return dict(measured.record)["threshold"], measured


def test_the_first_figures_are_at_a_threshold_that_was_fixed_before(store, jobs):
    found = evaluated(jobs, step_benchmark(0.5))
    text, measured = record_of(store, jobs, found)
    assert (found.state.scores_known, found.state.warnings) == (False, ())
    assert text.startswith("0.5, fixed before scoring;")
    assert not measured.figures.own_threshold.is_optimal
    bound = measured.figures.thresholds[-1]
    assert (bound.is_upper_bound, bound.threshold, bound.macro_f1) == (True, pytest.approx(OPTIMUM), 1.0)


def test_the_optimum_of_the_test_is_no_headline_that_was_fixed_before(store, jobs):
    """Run at 0.5, started again at the optimum that it showed, nothing was scored again, and it said "fixed before scoring"."""
    evaluated(jobs, step_benchmark(0.5))
    assert jobs.measure(step_benchmark(OPTIMUM)).scores_known
    tuned = evaluated(jobs, step_benchmark(OPTIMUM))
    text, measured = record_of(store, jobs, tuned)
    assert (tuned.state.already, tuned.state.scores_known) == (2, True)
    assert text.startswith("0.325, chosen after scores were known;")
    assert measured.figures.own_threshold.is_optimal
    (warning,) = tuned.state.warnings
    assert "0.325 was chosen after scores were known, and none does better on these very steps" in warning
    report = write_report(ReportContents(measured=measured, command="", mistakes=[]))
    assert "labels for some steps only" not in report
    assert "chosen after scores were known; none does better on these very steps" in report
    assert "fixed before" not in report
    other = evaluated(jobs, step_benchmark(0.6))
    (warning,) = other.state.warnings
    assert "0.6 was chosen after scores were known, so it may be tuned" in warning


def test_scores_of_a_larger_set_are_scores_of_its_parts(jobs):
    evaluated(jobs, step_benchmark(0.5))
    assert evaluated(jobs, step_benchmark(0.5, data_source="else")).state.scores_known
    assert evaluated(jobs, step_benchmark(0.5, data_source="test")).state.warnings != ()


def test_part_of_the_scores_is_not_all(store, jobs):
    evaluated(jobs, step_benchmark(0.5, data_source="else"))
    assert not jobs.measure(step_benchmark(0.5)).scores_known
    assert not evaluated(jobs, step_benchmark(0.5)).state.scores_known


def test_figures_of_the_same_set_are_known_though_a_solution_could_not_be_scored(store, solutions):
    add_labelled(store, "Q3", (["odd"], [1]))
    with opened(store, engine_of(NamedRewardModel("prm", lambda step: SCORES.get(step, math.nan)))) as jobs:
        assert not evaluated(jobs, step_benchmark(0.5)).state.scores_known
        again = evaluated(jobs, step_benchmark(OPTIMUM))
        assert (again.failed, again.state.already, again.state.scores_known) == (1, 2, True)


def test_thresholds_that_were_asked_for_together_were_all_fixed_before(store, solutions):
    gate = Gate()
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        started = [jobs.start(step_benchmark(each), "ada").job.id for each in (0.5, 0.8)]
        gate.await_step()
        gate.open()
        assert [ended(jobs, each).state.scores_known for each in started] == [False, False]
        assert jobs.get(started[1]).state.already == 2
