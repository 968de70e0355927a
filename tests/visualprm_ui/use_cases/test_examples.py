"""The run that a first visit shows: it is what the shipped models really do, and it makes its point."""

import json
from dataclasses import replace

import pytest

from engine.domain import Aggregation, Sampling
from nano.world.problem_source import NanoWorld
from tests.support.example_run import FILE, compute
from visualprm_ui.use_cases.examples import store_examples
from visualprm_ui.use_cases.problem_drawing import ProblemDrawing
from visualprm_ui.use_cases.run_view import RunView
from visualprm_ui.use_cases.sample_form import SampleForm


@pytest.fixture
def view(store) -> RunView:
    examples = store_examples(store.images, FILE.parent)
    assert examples.shown == 0
    assert examples.run is not None
    return examples.run


def test_an_example_is_checked_as_a_drawn_problem_is_while_nobody_changes_it(store):
    """The run that a first visit shows said what is wrong in its solutions; the same example, pressed, did not."""
    examples, problems = store_examples(store.images, FILE.parent), ProblemDrawing(store.images, NanoWorld())
    asked = [
        SampleForm(
            images=each.images, question=each.question, answer=each.answer, problem_seed=seed, sampling=Sampling()
        )
        for each, seed in zip(examples.problems, examples.seeds, strict=True)
    ]
    assert len(asked) == 6
    for form in asked:
        found = problems.find_unchanged(form)
        assert found is not None
        assert (found.images, found.question, found.answer) == (form.images, form.question, form.answer)
        check = problems.checker_of(found)
        assert [each.label for each in check([f"Final answer: {form.answer}", "Final answer: -7"])] == [1, -1]
        assert problems.find_unchanged(replace(form, question="Another?")) is None


def test_the_vote_is_wrong_and_the_reward_model_right(view):
    best = view["cards"][view["ranking"][Aggregation.MEAN][0]]
    assert (view["majority"]["text"], best["answer"], best["matches"]) == ("70", "80", True)
    assert view["state"] == "done"
    assert len(view["cards"]) == view["finished"] == 8


@pytest.mark.slow
def test_the_shipped_models_still_write_and_score_it_so():
    stored, now = json.loads(FILE.read_text("utf-8")), compute()
    for row in stored["solutions"]:
        row["scores"] = pytest.approx(row["scores"], abs=1e-3)
    assert stored["solutions"] == now["solutions"]
    assert [stored[name] for name in ("policy", "reward_model", "n", "temperature", "seed")] == [
        now[name] for name in ("policy", "reward_model", "n", "temperature", "seed")
    ]
