"""Prompts of policies in the style of a model: the exact layout."""

from engine.prompts.segments import as_string
from engine.prompts.style import INTERNVL25_SYSTEM, PromptStyle, policy_prompt

STYLE = PromptStyle(system=None, policy_prompt="{question}", tokens_per_tile=2)


def test_policy_layout():
    assert as_string(policy_prompt(STYLE, "How many?", (1,))) == (
        "<|im_start|>user\n<img><IMG_CONTEXT><IMG_CONTEXT></img>\nHow many?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_policy_layout_of_a_stranger_has_system_message_and_instruction():
    text = as_string(policy_prompt(PromptStyle(), "How many {braces}?"))
    assert text.startswith(f"<|im_start|>system\n{INTERNVL25_SYSTEM}<|im_end|>\n<|im_start|>user\nYour task is")
    assert text.endswith("\n\nQuestion:\n\nHow many {braces}?<|im_end|>\n<|im_start|>assistant\n")


def test_bos_comes_first():
    style = PromptStyle(system=None, bos="<s>")
    assert as_string(policy_prompt(style, "q")).startswith("<s><|im_start|>user\n")


def test_images_stand_where_the_question_says():
    text = as_string(policy_prompt(STYLE, "A <image> and <image>?", (1, 2)))
    assert "A <img><IMG_CONTEXT><IMG_CONTEXT></img> and <img>" + "<IMG_CONTEXT>" * 4 + "</img>?" in text


def test_several_images_come_first_when_the_question_says_nothing():
    text = as_string(policy_prompt(STYLE, "Compare.", (1, 1)))
    assert text.count("<img>") == 2
    assert "</img>\n<img>" in text
    assert "</img>\nCompare." in text


def test_placeholder_without_image_stays_text():
    assert "Look at <image>." in as_string(policy_prompt(STYLE, "Look at <image>."))
