"""The engine's scorer and ``python -m engine score`` on original checkpoints, against the reference; prompts of any length.

Covers engine/models/families/rope_config.py, engine/models/inference/dynamic_rope.py.
"""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.__main__ import main
from engine.models.checkpoints.folder import Placement
from engine.models.families.internvl_original.convert import convert
from engine.models.inference import scorer
from engine.models.registry import load_network
from engine.protocols import run_to_end
from engine.solution_text.steps import merge_steps, split_as_released
from tests.engine.models.families.internvl_original.test_loading import (
    CASES,
    DATA,
    EXACT,
    GOLDEN,
    TOLERANCE,
    FixedRotary,
    name,
    pictures_of,
)
from tests.support.originals import Variant, write_original
from tests.support.tiny import drawing

NATIVE = 300  # tokens of the checkpoints below whose positions grow beyond it
STEPS = [
    "The red bar is 12 + 3.", "", "So the sum of the two bars is 42, as the picture says it is.", "On the other side, 7.",
    "Therefore the answer is the sum of all of them.", "42", "The final answer: 42, as 12 + 30 is.",
]  # fmt: skip


@pytest.fixture(scope="module")
def golden():
    return load_network(GOLDEN / "checkpoint")


@pytest.fixture(scope="module", params=["internlm2", "qwen2"])
def growing(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    rope = {"type": "dynamic", "factor": 2.0}
    write_original(folder, Variant(text=request.param, rope_scaling=rope, context=NATIVE))
    return folder


def score(
    network, images, question, rows: dict[int, list[str]], *, one_pass: bool = True
) -> dict[int, tuple[float, ...]]:
    return run_to_end(run_to_end(scorer.open_session(network, images, question, one_pass=one_pass)).score(rows))


@pytest.mark.parametrize("case", EXACT, ids=name)
def test_the_shared_prefix_gives_the_references_scores(golden, case):
    images = pictures_of(case)
    rows = {0: case["steps"], 1: [case["response"]]}
    scores = score(golden, images, case["question"], rows)
    assert scores[0] == pytest.approx(case["soft_v2"], abs=TOLERANCE)
    assert scores[1] == pytest.approx([case["orm_soft"]], abs=TOLERANCE)
    session = run_to_end(scorer.open_session(golden, images, case["question"], one_pass=False))
    one_by_one = [run_to_end(session.score({0: [step]}))[0][0] for step in case["steps"]]
    assert one_by_one == pytest.approx(case["soft"], abs=TOLERANCE)


def test_best_of_n_in_one_batch_ranks_alike(golden):
    stated = DATA["best_of_n"]
    groups = {
        index: [group.text for group in merge_steps(split_as_released(response), stated["max_steps"])]
        for index, response in enumerate(stated["responses"])
    }
    scores = score(golden, [Image.open(GOLDEN / "images" / stated["image"])], stated["question"], groups)
    expected = stated["versions"]["soft_v2"]
    for index, row in scores.items():
        assert row == pytest.approx(expected["step_scores"][index], abs=TOLERANCE)
    # identical responses tie exactly: they went through the same numbers
    ranking = sorted(scores, key=lambda index: -sum(scores[index]) / len(scores[index]))
    assert ranking == expected["ranking"]


@pytest.mark.parametrize("mode", ["prm", "orm", "stepwise"])
def test_the_command_gives_the_references_scores(tmp_path, mode, capsys):
    cases = [case for case in EXACT if case["max_steps"] is None]
    lines = [
        {"id": case["id"], "image": [str(GOLDEN / "images" / file) for file in case["images"]] or None,
         "question": case["question"], "response": case["response"]}
        for case in cases
    ]  # fmt: skip
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    arguments = ["score", "--reward-model", str(GOLDEN / "checkpoint"), "--input", str(tmp_path / "in.jsonl")]
    arguments += ["--output", str(tmp_path / "out.jsonl"), "--dtype", "float32", "--device", "cpu", "--mode", mode]
    assert main([*arguments, "--max-steps", "none", "--image-decoding", "reference"]) == 0
    capsys.readouterr()
    for case, line in zip(cases, (tmp_path / "out.jsonl").read_text().splitlines(), strict=True):
        row = json.loads(line)
        key = {"prm": "soft_v2", "orm": "orm_soft", "stepwise": "soft"}[mode]
        expected = case[key] if isinstance(case[key], list) else [case[key]]
        assert [entry["score"] for entry in row["step_scores"]] == pytest.approx(expected, abs=TOLERANCE), case["id"]
        assert row["score"] == pytest.approx(case["overall"][key], abs=TOLERANCE)


def by_hand(folder: Path, images, steps: list[str], length: int) -> tuple[float, ...]:
    """Scores of one dialogue read as if its prompt had ``length`` tokens, by the formula of the rotary base."""
    network = load_network(folder)
    growth = max(1.0, 2.0 * length / NATIVE - 1.0)
    network.model.model.language_model.rotary_emb = FixedRotary(10000.0 * growth ** (8 / 6))
    object.__setattr__(network, "native_length", None)
    return score(network, images, "What is the sum?", {0: steps})[0]


def length_of(network, images, steps: list[str]) -> int:
    session = run_to_end(scorer.open_session(network, images, "What is the sum?"))
    addition = session._addition(0, steps)
    return addition.behind + len(addition.ids)


def test_beyond_the_native_length_one_pass_counts_the_whole_dialogue(growing):
    network, images = load_network(growing), [drawing(60, 30)]
    rows = {index: STEPS[:count] for index, count in enumerate((1, 3, 4, 5, 7))}
    lengths = [length_of(network, images, steps) for steps in rows.values()]
    assert lengths[0] < NATIVE < lengths[-1], f"both sides of the limit must be in one batch, not {lengths}"
    scores = score(network, images, "What is the sum?", rows)
    for (row, steps), length in zip(rows.items(), lengths, strict=True):
        assert scores[row] == pytest.approx(by_hand(growing, images, steps, length + 3), abs=TOLERANCE)
    assert scores[4] != pytest.approx(by_hand(growing, images, STEPS, NATIVE), abs=1e-3), "the growth matters here"


def test_beyond_the_native_length_stepwise_counts_each_prompt(growing):
    network, images = load_network(growing), [drawing(60, 30)]
    session = run_to_end(scorer.open_session(network, images, "What is the sum?", one_pass=False))
    for last in range(len(STEPS)):
        steps = STEPS[: last + 1]
        ours = run_to_end(session.score({0: [STEPS[last]]}))[0]
        assert ours == pytest.approx(
            by_hand(growing, images, steps, length_of(network, images, steps))[-1:], abs=TOLERANCE
        )


def test_a_question_beyond_the_native_length_is_read_whole(growing):
    network = load_network(growing)
    long_question = "What is the sum of the bars? " * 30
    once = score(network, [], long_question, {0: STEPS[:2]})
    again = score(network, [], "What is the sum?", {0: STEPS[:2]})
    assert score(network, [], long_question, {0: STEPS[:2]}) == once
    assert score(network, [], "What is the sum?", {0: STEPS[:2]}) == again


def test_a_converted_checkpoint_scores_alike(growing, tmp_path):
    convert(growing, tmp_path / "native")
    images = [drawing(30, 90), drawing(64, 64)]
    rows = {0: STEPS, 1: STEPS[:2]}
    ours, theirs = (
        score(load_network(folder), images, "What is it?", rows) for folder in (growing, tmp_path / "native")
    )
    assert ours == theirs


def test_a_converted_golden_checkpoint_scores_as_the_reference(tmp_path):
    """InternLM2's prompts begin with BOS, which a native folder says through its tokenizer only."""
    convert(GOLDEN / "checkpoint", tmp_path / "native", torch.float32)
    network = load_network(tmp_path / "native")
    for case in EXACT[:3]:
        scores = score(network, pictures_of(case), case["question"], {0: case["steps"]})
        assert scores[0] == pytest.approx(case["soft_v2"], abs=TOLERANCE)


def test_every_case_was_looked_at():
    assert len(CASES) == 19
    assert len(EXACT) == 18
    assert Placement(device=torch.device("cpu"), dtype=torch.float32).max_tiles is None
