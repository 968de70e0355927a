"""The shipped weights: native, complete, small, and able to see; random weights pass none of the last three.

Covers nano/world/foreign_pictures.py, nano/model/known_world.py.
"""

import itertools
import json
import random

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration

from engine.evaluation.step_metrics import area_under_roc
from engine.models.input_check import picture_features, squared_distance
from nano.bench import WEIGHTS, load_model
from nano.bench.metrics import scored_steps
from nano.bench.pools import RewardScores, SolutionSampler, draw_problem_set, grade, score_with
from nano.bench.selection import pass_at
from nano.model import known_world
from nano.model.pixels import resize_pictures
from nano.train.data.pictures import draw_pixels
from nano.world.corruption import corrupt_solution
from nano.world.foreign_pictures import draw_foreign_pictures
from nano.world.scenes import SceneSplit, scenes

FOLDERS = tuple(sorted(folder.name for folder in WEIGHTS.iterdir()))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("folder", FOLDERS)
def test_native_class_with_nothing_missing_and_under_15_mb(folder: str) -> None:
    model, info = AutoModelForImageTextToText.from_pretrained(WEIGHTS / folder, output_loading_info=True)
    assert type(model) is InternVLForConditionalGeneration
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"))
    assert model.dtype == torch.float16
    assert sum(path.stat().st_size for path in (WEIGHTS / folder).iterdir()) < 15e6


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_folder_says_what_it_knows(folder: str) -> None:
    details = json.loads((WEIGHTS / folder / "workbench.json").read_text())
    known = load_file(WEIGHTS / folder / "known_world.safetensors")
    assert details["system"] is None
    assert details["policy_prompt"] == "{question}"
    assert details["known_world"]["words"] == known_world.question_words()
    size = len(known["mean"])
    assert known["precision"].shape == (size, size)
    assert torch.linalg.eigvalsh(known["precision"].double()).min() > 0


def test_strange_pictures_are_recognised_and_world_pictures_are_not_called_strange() -> None:
    model, _ = load_model(WEIGHTS / "policy")
    known = load_file(WEIGHTS / "policy" / "known_world.safetensors")
    threshold = json.loads((WEIGHTS / "policy" / "workbench.json").read_text())["known_world"]["feature_threshold"]

    def strange(pixels: torch.Tensor) -> float:
        found = squared_distance(picture_features(model.image_tokens(pixels)), known["mean"], known["precision"])
        return float((found > threshold).float().mean())

    some = tuple(itertools.islice(scenes(31, SceneSplit.HELD_OUT), 60))
    assert strange(draw_pixels(some)) <= 0.05
    others = [picture for pictures in draw_foreign_pictures(31, 6).values() for picture in pictures]
    assert strange(resize_pictures(others)) >= 0.9


def test_the_policy_sees() -> None:
    problem_set = draw_problem_set(4242, 40)
    policy, encoder = load_model(WEIGHTS / "policy")
    sampler = SolutionSampler(model=policy, encoder=encoder, temperature=0.7)
    own, other = (
        pass_at(1, grade(problem_set, sampler.sample_with(problem_set, 2, policy.image_tokens(pixels)), RewardScores()))
        for pixels in (problem_set.pixels, problem_set.pixels.roll(1, 0))
    )
    seeing, blind = own["value"], other["value"]
    assert seeing >= 0.3
    assert seeing >= blind + 0.2


def test_the_reward_model_tells_right_steps_from_spoilt_ones() -> None:
    problem_set, rng = draw_problem_set(77, 40), random.Random(1)
    solutions = [
        [corrupt_solution(problem, rng) if index % 2 else problem.steps]
        for index, problem in enumerate(problem_set.problems)
    ]
    graded = grade(
        problem_set, solutions, RewardScores(steps=score_with(WEIGHTS / "reward_model", problem_set, solutions))
    )
    area = area_under_roc(step for problem in graded for step in scored_steps(problem))
    assert area is not None
    assert area >= 0.75


def test_policy_and_reward_models_have_the_same_eyes() -> None:
    policy, *others = (load_file(WEIGHTS / folder / "model.safetensors") for folder in ("policy", *FOLDERS))
    for key in policy:
        if "language_model" not in key and "lm_head" not in key:
            assert all(torch.equal(policy[key], other[key]) for other in others), key
