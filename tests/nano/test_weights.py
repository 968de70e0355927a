"""The shipped weights: native, complete, small, and able to see; random weights pass none of the last three."""

import itertools
import json
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, InternVLForConditionalGeneration

from nano import figures, known_world
from nano.bench import WEIGHTS, Settings, bench, load
from nano.strangers import strangers
from nano.train.judging import sign_logits
from nano.train.pictures import drawn, resized
from nano.train.rows import IGNORED, batches
from nano.world.checker import check
from nano.world.corruption import corrupted
from nano.world.questions import problems
from nano.world.scenes import Split, scenes

FOLDERS = ("policy", "reward_model")


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


def test_the_policy_sees(tmp_path: Path) -> None:
    result = bench(Settings(seed=4242, problems=40, n=2))
    seeing, blind = (result[key]["value"] for key in ("pass_at_1", "other_picture_pass_at_1"))
    assert seeing >= 0.3
    assert seeing >= blind + 0.2


def test_the_reward_model_tells_right_steps_from_spoilt_ones() -> None:
    seer, layout = load(WEIGHTS / "reward_model")
    rng = random.Random(1)
    chosen = list(itertools.islice(problems(77, Split.HELD_OUT), 40))
    solutions = [corrupted(problem, rng) if index % 2 else problem.steps for index, problem in enumerate(chosen)]
    rows = [
        layout.judged(problem.question, steps, [True] * len(steps), index)
        for index, (problem, steps) in enumerate(zip(chosen, solutions, strict=True))
    ]
    tokens = seer.look(drawn(tuple(problem.scene for problem in chosen)))
    judged: list[list[figures.Judged]] = [[] for _ in chosen]
    with torch.no_grad():
        for batch in batches(rows, 20, layout.pad, keep_short=True):
            hidden = seer.reader.hidden(batch.ids, tokens[list(batch.scenes)])
            for row, index in enumerate(batch.scenes):
                logits = sign_logits(seer.reader, layout, hidden[row][batch.labels[row] != IGNORED])
                labels = tuple(int(verdict.label) for verdict in check(chosen[index], solutions[index]))
                scores = tuple(torch.softmax(logits, -1)[:, 1].tolist())
                judged[index].append(
                    figures.Judged(right=True, answer=None, labels=labels, scores=scores, first_mistake=None)
                )
    area = figures.auc(judged)
    assert area is not None
    assert area >= 0.75
