"""Mined are the solutions that the reward model is most wrong about, and they come back as samples do."""

import json
from pathlib import Path

import pytest
import torch

from nano.bench import WEIGHTS, load_model
from nano.train.data import pictures
from nano.train.data.policy_samples import read_samples
from nano.train.stages.hard_examples import misjudged, write_hard_examples
from nano.world.questions import problems
from nano.world.scenes import SceneSplit

PROBLEM = next(problems(1, SceneSplit.TRAIN))
RIGHT, WRONG = f"Final answer: {PROBLEM.answer}", f"Final answer: {PROBLEM.answer + 1}"


def test_the_liked_wrong_and_the_disliked_right_ones_are_kept() -> None:
    solutions = [("a", WRONG), ("b", WRONG), ("c", WRONG), ("a", RIGHT), ("b", RIGHT), ("c", RIGHT)]
    scores = [(0.2, 0.2), (0.9, 0.9), (0.5, 0.5), (0.8, 0.8), (0.1, 0.2), (0.9, 1.0)]
    assert misjudged(PROBLEM, solutions, scores, 1) == [("b", WRONG), ("b", RIGHT)]
    assert misjudged(PROBLEM, solutions, scores, 2) == [("b", WRONG), ("c", WRONG), ("b", RIGHT), ("a", RIGHT)]
    assert misjudged(PROBLEM, solutions[:3], scores[:3], 5) == [("b", WRONG), ("c", WRONG), ("a", WRONG)]


def test_mined_files_are_written_once_and_read_as_samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures, "POOL", 4)
    monkeypatch.setattr("nano.train.stages.hard_examples.SAMPLED", 6)
    (policy, encoder), (reward_model, _) = load_model(WEIGHTS / "policy"), load_model(WEIGHTS / "reward_model")
    folder = tmp_path / "mined"
    write_hard_examples(policy, reward_model, encoder, range(7, 8), 1, folder)
    (path,) = folder.iterdir()
    assert path.name == "7.jsonl"
    read = read_samples(pictures.picture_pool(7, 1), 7, folder)
    assert [list(sampled.steps) for sampled in read] == [
        json.loads(line)["steps"] for line in path.read_text().splitlines()
    ]
    assert {sampled.scene for sampled in read} == {0, 1, 2, 3}
    written = path.read_text()
    write_hard_examples(policy, reward_model, encoder, range(7, 8), 1, folder)
    assert path.read_text() == written
