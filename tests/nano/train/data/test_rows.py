"""Training sees the ids that serving sees, and the pixels too.

Covers nano/train/data/policy_rows.py.
"""

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from engine.prompts.chat import TEMPLATE_TOKENS
from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.prm_formats.visualprm import VISUALPRM, prm_next_turn
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.prompts.tokenizer import Tokens
from nano.bench import WEIGHTS
from nano.model.architecture import build_image_processor
from nano.model.pixels import normalise_pixels, resize_pictures
from nano.train.data.rows import IGNORED, STYLE, LabelledStep, RowEncoder, TrainingRow, batches
from nano.world.checker import ClaimedNumber
from nano.world.drawing import draw
from nano.world.questions import problems
from nano.world.scenes import SceneSplit

STEPS = ("The red bar is 23.", r"The product is $3\times23=69$.", "Final answer: 69")


@pytest.fixture(scope="module")
def encoder() -> RowEncoder:
    return RowEncoder(PreTrainedTokenizerFast.from_pretrained(WEIGHTS / "policy"))


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.open(WEIGHTS / "policy", required=TEMPLATE_TOKENS)


def judged(*labels: bool | None) -> list[LabelledStep]:
    return [LabelledStep(text=step, label=label) for step, label in zip(STEPS, labels, strict=True)]


def test_policy_rows_equal_the_engines_prompt(encoder: RowEncoder, tokens: Tokens) -> None:
    row = encoder.solution_row("How tall is the red bar?", STEPS, 0)
    prompt = encode(policy_prompt(STYLE, "How tall is the red bar?", (1,)), tokens)
    assert list(row.ids[: len(prompt)]) == prompt
    assert tokens.decode(row.ids[len(prompt) :]) == "\n\n".join(STEPS)
    assert [target for target in row.targets if target != IGNORED] == list(row.ids[len(prompt) :])


def test_reward_rows_are_labelled_where_the_engine_reads_scores(encoder: RowEncoder, tokens: Tokens) -> None:
    row = encoder.reward_row("How tall?", judged(True, False, None), 0)
    engine = encode_prm(STYLE, VISUALPRM, tokens, "How tall?", STEPS, (1,))
    assert row.ids == engine.ids
    marked = {index: label for index, label in enumerate(row.labels) if label != IGNORED}
    assert marked == {engine.positions[0]: 1, engine.positions[1]: 0}


def test_correct_steps_are_taught_token_by_token(encoder: RowEncoder) -> None:
    row = encoder.reward_row("How tall?", judged(False, True, False), 0)
    assert [target for target in row.targets if target != IGNORED] == [*encoder.encode(STEPS[1]), encoder.end]


def test_signs_and_digits_are_single_tokens(encoder: RowEncoder) -> None:
    assert len(encoder.encode("+")) == len(encoder.encode("-")) == 1
    assert [encoder.decode([index]) for index in encoder.encode("1234")] == ["1", "2", "3", "4"]


def test_step_ends_are_cut_the_same_way_whatever_follows(encoder: RowEncoder) -> None:
    whole = encoder.encode("\n\n".join(STEPS))
    assert encoder.encode(STEPS[0] + "\n\n") + encoder.encode("\n\n".join(STEPS[1:])) == whole


def test_a_short_last_batch_is_dropped_unless_kept(encoder: RowEncoder) -> None:
    rows = [encoder.solution_row("How tall?", STEPS, index) for index in range(5)]
    assert [len(batch.scenes) for batch in batches(rows, 2, encoder.pad)] == [2, 2]
    assert [len(batch.scenes) for batch in batches(rows, 2, encoder.pad, keep_short=True)] == [2, 2, 1]
    assert batches([], 2, encoder.pad) == []


def test_training_pixels_are_serving_pixels() -> None:
    picture = draw(next(problems(1, SceneSplit.TRAIN)).scene)
    served = build_image_processor()(picture, return_tensors="np")["pixel_values"][0]
    trained = normalise_pixels(resize_pictures([picture]))[0]
    assert torch.allclose(trained, torch.from_numpy(np.asarray(served)).float(), atol=1e-5)


def test_bare_claims_are_labelled_where_the_engine_reads_scores(encoder: RowEncoder) -> None:
    false, true = ("$87+19=96$", "106", False), ("$9-4=5$", "5", True)
    row = encoder.claims_row([false, true])
    marked = {index: label for index, label in enumerate(row.labels) if label != IGNORED}
    engine = encode(prm_next_turn("$87+19=96$"), encoder)
    own = row.ids[: min(marked) + 1]
    assert engine[-len(own) :] == list(own)
    assert list(marked.values()) == [0, 1]


def digits(encoder: RowEncoder, row: TrainingRow) -> tuple[str, list[int]]:
    """The digits that are checked, and whether the number is right so far at each."""
    places = [index for index, check in enumerate(row.checks) if check != IGNORED]
    return encoder.decode([row.ids[index] for index in places]), [row.checks[index] for index in places]


def training_labels(encoder: RowEncoder, row: TrainingRow) -> str:
    return encoder.decode([target for target in row.targets if target != IGNORED])


@pytest.mark.parametrize(
    ("claim", "true", "checked", "shown"),
    [
        ("$87+19=106$", "106", [1, 1, 1], "106"),
        ("$87+19=96$", "106", [0, 0], "1"),
        ("$87+19=116$", "106", [1, 0, 0], "10"),
        ("$87+19=10$", "106", [1, 0], "10"),
        ("$7+9=160$", "16", [1, 1, 0], "16"),
    ],
)
def test_a_number_is_checked_digit_by_digit_and_taught_up_to_the_first_wrong_one(
    encoder: RowEncoder, claim: str, true: str, checked: list[int], shown: str
) -> None:
    row = encoder.claims_row([(claim, true, claim.endswith(f"={true}$"))])
    assert digits(encoder, row) == (claim.strip("$").split("=")[1], checked)
    assert training_labels(encoder, row) == shown


def test_in_a_solution_only_what_is_read_or_computed_is_checked(encoder: RowEncoder) -> None:
    claim = ClaimedNumber(first_digit=5, stated="96", true="106")
    steps = [
        LabelledStep(text="2 plums cost $87+19=96$ dollars.", label=False, claims=(claim,)),
        LabelledStep(text="Final answer: 96", label=False),
    ]
    row = encoder.reward_row("What?", steps, 0)
    assert digits(encoder, row) == ("96", [0, 0])
    assert training_labels(encoder, row) == "1"


def test_a_step_that_is_not_judged_is_not_checked_either(encoder: RowEncoder) -> None:
    claim = ClaimedNumber(first_digit=0, stated="3", true="3")
    row = encoder.reward_row("What?", [LabelledStep(text="3 bars.", label=None, claims=(claim,))], 0)
    assert set(row.checks) == set(row.labels) == {IGNORED}


@pytest.mark.parametrize(("stated", "right"), [("3", 1), ("12", 0), ("5", 0)])
def test_of_what_is_named_after_its_number_the_end_of_the_step_is_asked(
    encoder: RowEncoder, stated: str, right: int
) -> None:
    text = f"There are {stated} red circles."
    claim = ClaimedNumber(first_digit=0, stated=stated, true="3", named_later=True)
    row = encoder.reward_row("What?", [LabelledStep(text=text, label=bool(right), claims=(claim,))], 0)
    (place,) = [index for index, check in enumerate(row.checks) if check != IGNORED]
    assert encoder.decode(row.ids[place - 2 : place + 1]).strip() == "red circles."
    assert row.checks[place] == right
    assert encoder.decode([row.targets[place]]) == "3"
    assert sum(target != IGNORED for target in row.targets) == (len(encoder.encode(text)) + 1 if right else 1)
