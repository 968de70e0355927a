"""A step benchmark as a job: what is scored, what is frozen, what is said of what is missing.

Covers visualprm_ui/use_cases/evaluations/step_work.py, visualprm_ui/use_cases/evaluations/labelled_set.py,
visualprm_ui/use_cases/evaluations/scoring_record.py, visualprm_ui/use_cases/evaluations/scored_solution.py,
visualprm_ui/use_cases/evaluations/files.py.
"""

import math

import pytest

from engine.domain import Scoring, StepScore
from storage import BadSetting, ScoringRun
from storage.runs.targets import Target, TargetKind
from storage.transfer.job_folder import JobState
from tests.support.evaluations import FILE, add_labelled, ended, evaluated, opened, relabel, step_benchmark
from tests.support.model_jobs import Gate, NamedRewardModel, engine_of
from tests.support.store_deletion import delete
from visualprm_ui.use_cases.evaluations.scored_solution import iter_scored

SCORES = {"right": 0.9, "good": 0.7, "meh": 0.5, "bad": 0.1, "odd": math.nan}


def judge(step):
    return SCORES[step]


@pytest.fixture
def solutions(store):
    return [
        *add_labelled(store, "Q1", (["right", "bad", "meh"], [1, -1, 0]), (["good", "bad"], [1, None])),
        *add_labelled(store, "Q2", (["bad", "right"], [1, -1]), source="else"),
    ]


def test_every_labelled_step_is_scored_and_the_figures_are_there(store, solutions):
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert (found.job.state, found.job.done, found.state.total, found.state.already) == (JobState.DONE, 3, 3, 0)
        counts = found.state.counts
        assert (counts.problems, counts.solutions, counts.steps, counts.neutral) == (2, 3, 5, 2)
        assert not counts.is_published_benchmark
        assert found.state.headline.name == "macro-F1, pooled"
        # right, good correct; bad found; "bad" called wrong though right, "right" called right though wrong
        assert found.state.headline.figure.value == pytest.approx((2 * 2 / (2 * 2 + 1 + 1) + 2 / (2 + 1 + 1)) / 2)
        assert (found.failed, found.state.warnings) == (0, ())
        scored = {each.labelled.solution: each.scores for each in iter_scored(jobs.files(found.job.id))}
    assert scored == dict(zip(solutions, [(0.9, 0.1, 0.5), (0.7, 0.1), (0.1, 0.9)], strict=True))


def test_a_judges_words_that_cannot_be_read_count_against_both_classes(store, solutions):
    said = {"right": 1.0, "bad": 0.0}
    with opened(store, engine_of(NamedRewardModel("judge", said.get))) as jobs:
        found = evaluated(jobs, step_benchmark(data_source="test"))
        scored = [each.scores for each in iter_scored(jobs.files(found.job.id))]
    assert scored == [(1.0, 0.0, None), (None, 0.0)]
    assert (found.job.state, found.failed) == (JobState.DONE, 0)
    # right and wrong found, one correct step unread: F1 2 / (2 + 1) and 1
    assert found.state.headline.figure.value == pytest.approx((2 / 3 + 1) / 2)


def test_what_this_model_scored_is_not_scored_again_and_other_scores_are_not_its(store, solutions):
    first = NamedRewardModel("prm", judge)
    with opened(store, engine_of(first)) as jobs:
        one = evaluated(jobs, step_benchmark(data_source="test"))
        two = evaluated(jobs, step_benchmark())
        assert first.opened == ["Q1", "Q2"]
        assert (two.state.total, two.state.already, two.job.done) == (3, 2, 3)
        assert one.state.counts.solutions == 2
    store.runs.add_scoring(  # of nobody knows which revision
        None,
        Scoring(
            solution_id=solutions[0],
            reward_model="prm",
            step_scores=tuple(StepScore(first=at, last=at, score=0.0) for at in range(3)),
        ),
    )
    newer = NamedRewardModel("prm", lambda _step: 0.3, revision="2")
    with opened(store, engine_of(newer)) as jobs:
        three = evaluated(jobs, step_benchmark())
        assert (three.state.already, three.job.done) == (0, 3)
        assert {each.scores for each in iter_scored(jobs.files(three.job.id))} == {(0.3,) * 3, (0.3,) * 2}


def test_a_model_asked_in_another_way_scores_anew(store, solutions):
    """A judge's evaluation reported the figures of the same model asked as VisualPRM is, and never opened the judge."""
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as jobs:
        evaluated(jobs, step_benchmark())
    other = NamedRewardModel("prm", lambda step: 1 - judge(step), prm_format="judge")
    with opened(store, engine_of(other)) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert (found.state.already, other.opened) == (0, ["Q1", "Q2"])
        scored = [each.scores for each in iter_scored(jobs.files(found.job.id))]
    assert scored[0] == pytest.approx((0.1, 0.9, 0.5))


def test_labels_corrected_later_change_no_evaluation_that_has_begun(store, solutions):
    gate = Gate(0.9)
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        begun = jobs.start(step_benchmark(), "ada")
        gate.await_step()
        relabel(store, solutions[0], [-1, -1, -1])
        gate.open()
        found = ended(jobs, begun.job.id)
        assert found.state.counts.steps == 5
        later = evaluated(jobs, step_benchmark())
        assert later.state.counts.steps == 6
        assert later.state.headline != found.state.headline
        assert jobs.get(found.job.id).state == found.state


def test_a_solution_that_cannot_be_scored_is_named_and_left_out_and_tried_again(store, solutions):
    (odd,) = add_labelled(store, "Q3", (["right", "odd"], [1, 1]))
    scores = dict(SCORES)
    with opened(store, engine_of(NamedRewardModel("prm", scores.__getitem__))) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert (found.job.state, found.failed) == (JobState.DONE, 1)
        assert found.failures[0].solution == odd
        assert "computed no number for the step that begins 'odd'" in found.failures[0].reason
        assert found.state.warnings == (
            "1 of 4 solutions have no scores and are left out of the figures; the list names them.",
        )
        scores["odd"] = 0.9
        mended = ended(jobs, jobs.resume(found.job.id).job.id)
        assert (mended.job.state, mended.failed, mended.state.warnings) == (JobState.DONE, 0, ())
        assert len(list(iter_scored(jobs.files(found.job.id)))) == 4
        with pytest.raises(BadSetting, match="nothing is left to do"):
            jobs.resume(found.job.id)
    assert all(len(store.results.get_solution(each).scorings) == 1 for each in (*solutions, odd))


def test_labels_that_do_not_fit_the_steps_are_told_and_left_out(store, solutions):
    relabel(store, solutions[2], [1, -1, 1])
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert [each.reason for each in found.failures] == ["It has 2 steps and 3 labels. Import its labels again."]
        assert "1 of 3 solutions" in found.state.warnings[0]


def test_scores_that_do_not_fit_are_told_and_left_out(store, solutions):
    """Stored by another program: more scores than steps, or none that is in [0, 1]."""
    model = NamedRewardModel("prm", judge)
    with opened(store, engine_of(model)) as jobs:
        evaluated(jobs, step_benchmark())
    for solution, scores in ((solutions[1], [0.5] * 5), (solutions[2], [1.5] * 2)):
        record = store.results.get_solution(solution)
        steps = tuple(StepScore(first=at, last=at, score=score) for at, score in enumerate(scores))
        scoring = Scoring(solution_id=solution, reward_model="prm", step_scores=steps)
        made_by = ScoringRun(problem_id=record.problem.id, record=record.scorings[0].record)
        store.runs.add_scoring_run(made_by, [scoring])
    with opened(store, engine_of(model)) as jobs:
        found = evaluated(jobs, step_benchmark())
        assert [each.reason for each in found.failures] == [
            "It has 2 steps, and its scores are of 5. Have it scored again.",
            "It has the score 1.5, which is no number in [0, 1]. Have it scored again.",
        ]
        assert found.state.headline is not None


def test_a_set_without_labels_is_refused(store):
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as jobs:
        with pytest.raises(BadSetting, match="nothing to compare scores with"):
            jobs.start(step_benchmark(), "ada")
        add_labelled(store, "Q1", (["right"], [1]))
        with pytest.raises(BadSetting, match="has labels of 'person:mei'"):
            jobs.start(step_benchmark(labels="person:mei"), "ada")
        with pytest.raises(BadSetting, match="compared with one label"):
            jobs.start(step_benchmark(labels="all"), "ada")
        with pytest.raises(BadSetting, match=r"threshold is 1\.5"):
            jobs.start(step_benchmark(1.5), "ada")
        assert jobs.list() == []
        assert evaluated(jobs, step_benchmark(labels=f"file:{FILE}")).job.state is JobState.DONE


def test_a_solution_deleted_while_it_is_scored_is_named(store, solutions):
    gate = Gate(0.9)
    with opened(store, engine_of(NamedRewardModel("prm", gate))) as jobs:
        begun = jobs.start(step_benchmark(), "ada")
        gate.await_step()
        problem = store.results.get_solution(solutions[2]).problem.id
        delete(store, Target(kind=TargetKind.PROBLEM, id=problem))
        gate.open()
        found = ended(jobs, begun.job.id)
        assert (found.job.state, [each.solution for each in found.failures]) == (JobState.DONE, [solutions[2]])
        assert "1 of 3 solutions" in found.state.warnings[0]


def test_only_one_class_of_labels_leaves_macro_f1_undefined_with_its_reason(store):
    add_labelled(store, "Q1", (["right"], [1]))
    add_labelled(store, "Q2", (["good"], [1]))
    with opened(store, engine_of(NamedRewardModel("prm", judge))) as jobs:
        found = evaluated(jobs, step_benchmark())
        figure = found.state.headline.figure
        assert (found.job.state, figure.value) == (JobState.DONE, None)
        assert "No step of this class" in figure.reason
