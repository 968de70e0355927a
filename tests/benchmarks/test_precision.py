"""The benchmark of precisions scores what the policy wrote and tells equal scores from moved ones."""

from pathlib import Path

import pytest
import torch

from benchmarks.precision import PRECISIONS, compared, score, write
from engine.models.registry import load_policy, load_reward_model
from engine.protocols import Models

WEIGHTS = Path("nano/weights")


def test_bfloat16_moves_the_scores_a_little_and_float32_not_at_all():
    torch.set_num_threads(1)
    exact = load_reward_model(WEIGHTS / "reward_model", PRECISIONS["float32"])
    written = write(Models(policy=load_policy(WEIGHTS / "policy"), reward_model=exact), Path("nano/examples"), 1)
    first = score(exact, written)
    assert compared(first, score(exact, written)) == {
        "steps": sum(len(steps) for some in first for steps in some),
        "mean_difference": 0.0,
        "largest_difference": 0.0,
        "same_pick": 1.0,
    }
    moved = compared(first, score(load_reward_model(WEIGHTS / "reward_model", PRECISIONS["bfloat16"]), written))
    assert 0 < moved["mean_difference"] < 0.02


def test_a_pick_that_changes_is_counted():
    told = compared([[[0.9], [0.8]], [[0.3], [0.4]]], [[[0.7], [0.8]], [[0.3], [0.4]]])
    assert told["same_pick"] == 0.5
    assert told["mean_difference"] == pytest.approx(0.05)
