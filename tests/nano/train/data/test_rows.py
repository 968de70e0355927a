"""Training sees the ids that serving sees, and the pixels too."""

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from engine.prompts import chat
from engine.prompts.tokenizer import Tokens
from nano.bench import WEIGHTS
from nano.model.architecture import build_image_processor
from nano.model.pixels import normalised, resized
from nano.train.data.rows import IGNORED, STYLE, JudgedStep, Layout, Row, batches
from nano.world.checker import ClaimedNumber
from nano.world.drawing import draw
from nano.world.questions import problems
from nano.world.scenes import Split

STEPS = ("The red bar is 23.", r"The product is $3\times23=69$.", "Final answer: 69")


@pytest.fixture(scope="module")
def layout() -> Layout:
    return Layout(PreTrainedTokenizerFast.from_pretrained(WEIGHTS / "policy"))


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.open(WEIGHTS / "policy", required=chat.TEMPLATE_TOKENS)


def judged(*labels: bool | None) -> list[JudgedStep]:
    return [JudgedStep(text=step, label=label) for step, label in zip(STEPS, labels, strict=True)]


def test_policy_rows_equal_the_engines_prompt(layout: Layout, tokens: Tokens) -> None:
    row = layout.solution("How tall is the red bar?", STEPS, 0)
    prompt = chat.encode(chat.policy_prompt(STYLE, "How tall is the red bar?", (1,)), tokens)
    assert list(row.ids[: len(prompt)]) == prompt
    assert tokens.decode(row.ids[len(prompt) :]) == "\n\n".join(STEPS)
    assert [target for target in row.targets if target != IGNORED] == list(row.ids[len(prompt) :])


def test_reward_rows_are_labelled_where_the_engine_reads_scores(layout: Layout, tokens: Tokens) -> None:
    row = layout.judged("How tall?", judged(True, False, None), 0)
    engine = chat.encode_prm(STYLE, tokens, "How tall?", STEPS, (1,))
    assert row.ids == engine.ids
    marked = {index: label for index, label in enumerate(row.labels) if label != IGNORED}
    assert marked == {engine.positions[0]: 1, engine.positions[1]: 0}


def test_correct_steps_are_taught_token_by_token(layout: Layout) -> None:
    row = layout.judged("How tall?", judged(False, True, False), 0)
    assert [target for target in row.targets if target != IGNORED] == [*layout.encode(STEPS[1]), layout.end]


def test_signs_and_digits_are_single_tokens(layout: Layout) -> None:
    assert len(layout.encode("+")) == len(layout.encode("-")) == 1
    assert [layout.decode([index]) for index in layout.encode("1234")] == ["1", "2", "3", "4"]


def test_step_ends_are_cut_the_same_way_whatever_follows(layout: Layout) -> None:
    whole = layout.encode("\n\n".join(STEPS))
    assert layout.encode(STEPS[0] + "\n\n") + layout.encode("\n\n".join(STEPS[1:])) == whole


def test_a_short_last_batch_is_dropped_unless_kept(layout: Layout) -> None:
    rows = [layout.solution("How tall?", STEPS, index) for index in range(5)]
    assert [len(batch.scenes) for batch in batches(rows, 2, layout.pad)] == [2, 2]
    assert [len(batch.scenes) for batch in batches(rows, 2, layout.pad, keep_short=True)] == [2, 2, 1]
    assert batches([], 2, layout.pad) == []


def test_training_pixels_are_serving_pixels() -> None:
    picture = draw(next(problems(1, Split.TRAIN)).scene)
    served = build_image_processor()(picture, return_tensors="np")["pixel_values"][0]
    trained = normalised(resized([picture]))[0]
    assert torch.allclose(trained, torch.from_numpy(np.asarray(served)).float(), atol=1e-5)


def test_bare_claims_are_labelled_where_the_engine_reads_scores(layout: Layout) -> None:
    false, true = ("$87+19=96$", "106", False), ("$9-4=5$", "5", True)
    row = layout.claims([false, true])
    marked = {index: label for index, label in enumerate(row.labels) if label != IGNORED}
    engine = chat.encode(chat.prm_next_turn("$87+19=96$"), layout)
    own = row.ids[: min(marked) + 1]
    assert engine[-len(own) :] == list(own)
    assert list(marked.values()) == [0, 1]


def digits(layout: Layout, row: Row) -> tuple[str, list[int]]:
    """The digits that are checked, and whether the number is right so far at each."""
    places = [index for index, check in enumerate(row.checks) if check != IGNORED]
    return layout.decode([row.ids[index] for index in places]), [row.checks[index] for index in places]


def taught(layout: Layout, row: Row) -> str:
    return layout.decode([target for target in row.targets if target != IGNORED])


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
    layout: Layout, claim: str, true: str, checked: list[int], shown: str
) -> None:
    row = layout.claims([(claim, true, claim.endswith(f"={true}$"))])
    assert digits(layout, row) == (claim.strip("$").split("=")[1], checked)
    assert taught(layout, row) == shown


def test_in_a_solution_only_what_is_read_or_computed_is_checked(layout: Layout) -> None:
    claim = ClaimedNumber(first_digit=5, stated="96", true="106")
    steps = [
        JudgedStep(text="2 plums cost $87+19=96$ dollars.", label=False, claims=(claim,)),
        JudgedStep(text="Final answer: 96", label=False),
    ]
    row = layout.judged("What?", steps, 0)
    assert digits(layout, row) == ("96", [0, 0])
    assert taught(layout, row) == "1"


def test_a_step_that_is_not_judged_is_not_checked_either(layout: Layout) -> None:
    claim = ClaimedNumber(first_digit=0, stated="3", true="3")
    row = layout.judged("What?", [JudgedStep(text="3 bars.", label=None, claims=(claim,))], 0)
    assert set(row.checks) == set(row.labels) == {IGNORED}


@pytest.mark.parametrize(("stated", "right"), [("3", 1), ("12", 0), ("5", 0)])
def test_of_what_is_named_after_its_number_the_end_of_the_step_is_asked(
    layout: Layout, stated: str, right: int
) -> None:
    text = f"There are {stated} red circles."
    claim = ClaimedNumber(first_digit=0, stated=stated, true="3", named_later=True)
    row = layout.judged("What?", [JudgedStep(text=text, label=bool(right), claims=(claim,))], 0)
    (place,) = [index for index, check in enumerate(row.checks) if check != IGNORED]
    assert layout.decode(row.ids[place - 2 : place + 1]).strip() == "red circles."
    assert row.checks[place] == right
    assert layout.decode([row.targets[place]]) == "3"
    assert sum(target != IGNORED for target in row.targets) == (len(layout.encode(text)) + 1 if right else 1)
