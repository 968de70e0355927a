"""The run that a first visit shows: it is what the shipped models really do, and it makes its point."""

import json

import pytest

from engine.domain import Aggregation, Problem
from tests.support.example_run import FILE, compute
from visualprm_ui.use_cases.examples import store_examples
from visualprm_ui.use_cases.run_view import RunView


@pytest.fixture
def view(store) -> RunView:
    examples = store_examples(store.images, FILE.parent)
    assert isinstance(examples.shown, Problem)
    assert examples.run is not None
    return examples.run


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
