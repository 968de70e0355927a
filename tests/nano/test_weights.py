"""The shipped weights: native, complete, small, and able to see; random weights pass none of the last three."""

import itertools
import json
import random

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration

from engine.evaluation.step_metrics import area_under_roc
from nano.bench import WEIGHTS, load
from nano.bench.metrics import scored_steps
from nano.bench.pools import Scores, Writer, draw_exam, grade, scored
from nano.bench.selection import pass_at
from nano.model import known_world
from nano.model.pixels import resized
from nano.train.data.pictures import drawn
from nano.world.corruption import corrupted
from nano.world.foreign_pictures import strangers
from nano.world.scenes import Split, scenes

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
    assert details["known_world"]["words"] == known_world.words()
    size = len(known["mean"])
    assert known["precision"].shape == (size, size)
    assert torch.linalg.eigvalsh(known["precision"].double()).min() > 0


def test_strange_pictures_are_recognised_and_world_pictures_are_not_called_strange() -> None:
    seer, _ = load(WEIGHTS / "policy")
    known = load_file(WEIGHTS / "policy" / "known_world.safetensors")
    threshold = json.loads((WEIGHTS / "policy" / "workbench.json").read_text())["known_world"]["feature_threshold"]

    def strange(pixels: torch.Tensor) -> float:
        found = known_world.distance(known_world.features(seer.look(pixels)), known["mean"], known["precision"])
        return float((found > threshold).float().mean())

    some = tuple(itertools.islice(scenes(31, Split.HELD_OUT), 60))
    assert strange(drawn(some)) <= 0.05
    others = [picture for pictures in strangers(31, 6).values() for picture in pictures]
    assert strange(resized(others)) >= 0.9


def test_the_policy_sees() -> None:
    exam = draw_exam(4242, 40)
    policy, layout = load(WEIGHTS / "policy")
    writer = Writer(seer=policy, layout=layout, temperature=0.7)
    own, other = (
        pass_at(1, grade(exam, writer.write_about(exam, 2, policy.look(pixels)), Scores()))
        for pixels in (exam.pixels, exam.pixels.roll(1, 0))
    )
    seeing, blind = own["value"], other["value"]
    assert seeing >= 0.3
    assert seeing >= blind + 0.2


def test_the_reward_model_tells_right_steps_from_spoilt_ones() -> None:
    exam, rng = draw_exam(77, 40), random.Random(1)
    solutions = [
        [corrupted(problem, rng) if index % 2 else problem.steps] for index, problem in enumerate(exam.problems)
    ]
    graded = grade(exam, solutions, Scores(steps=scored(WEIGHTS / "reward_model", exam, solutions)))
    area = area_under_roc(step for problem in graded for step in scored_steps(problem))
    assert area is not None
    assert area >= 0.75


def test_policy_and_reward_models_have_the_same_eyes() -> None:
    policy, *others = (load_file(WEIGHTS / folder / "model.safetensors") for folder in ("policy", *FOLDERS))
    for key in policy:
        if "language_model" not in key and "lm_head" not in key:
            assert all(torch.equal(policy[key], other[key]) for other in others), key
