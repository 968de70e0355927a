"""Served models pass the contract of every model, and give the scores of the same model loaded here.

Covers engine/remote/policy.py, engine/remote/reward_model.py.
"""

import pytest

from engine.models.registry import NetworkRewardModel
from engine.protocols import run_to_end
from tests.engine.test_protocols import (  # the same tests, with the fixtures below
    HOSTILE,
    IMAGES,
    QUESTION,
    test_a_whole_run,
    test_draws_do_not_depend_on_how_many_there_are,
    test_dropped_rows_start_again,
    test_every_draw_ends_exactly_once,
    test_every_step_gets_a_probability,
    test_hostile_questions_are_sampled,
    test_hostile_texts_are_scored,
    test_sampling_can_be_closed_at_any_step,
    test_scores_do_not_depend_on_how_steps_come_in,
    test_stop_half_way,
    test_two_interleaved_samplings_do_not_disturb_each_other,
)
from tests.support.tiny import drawing

__all__ = [
    "test_a_whole_run",
    "test_draws_do_not_depend_on_how_many_there_are",
    "test_dropped_rows_start_again",
    "test_every_draw_ends_exactly_once",
    "test_every_step_gets_a_probability",
    "test_hostile_questions_are_sampled",
    "test_hostile_texts_are_scored",
    "test_sampling_can_be_closed_at_any_step",
    "test_scores_do_not_depend_on_how_steps_come_in",
    "test_stop_half_way",
    "test_two_interleaved_samplings_do_not_disturb_each_other",
]

STEPS = {
    "ordinary": ["The red bar is 12.", "12 + 3 = 15.", "Final answer: 15"],
    "one": ["No idea."],
    "empty": ["", "b", "", ""],
    "ragged": ["\n\na\n", " b ", "\n"],
    "a sign": ["+", "-", "+<|im_end"],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("images", [[], IMAGES, [drawing(), drawing(90, 30)]], ids=["no image", "one", "two"])
def test_scores_equal_those_of_the_same_model_loaded_here(tiny, reward_model, images, steps):
    here = run_to_end(NetworkRewardModel(tiny).open_session(images, QUESTION))
    there = run_to_end(reward_model.open_session(images, QUESTION))
    assert run_to_end(there.score({0: steps}))[0] == pytest.approx(run_to_end(here.score({0: steps}))[0], abs=1e-5)


@pytest.mark.parametrize("question", ["<image>\nHow many?", "Look: <image>", "<image>\n<image>\nSum?"])
def test_pictures_stand_where_the_question_says(tiny, reward_model, question):
    images = [drawing(seed=seed) for seed in range(question.count("<image>"))]
    here = run_to_end(NetworkRewardModel(tiny).open_session(images, question))
    there = run_to_end(reward_model.open_session(images, question))
    steps = {0: ["One.", "Two."]}
    assert run_to_end(there.score(steps))[0] == pytest.approx(run_to_end(here.score(steps))[0], abs=1e-5)


def test_an_exact_model_is_called_by_its_name(reward_model):
    assert (reward_model.card.name, reward_model.notice) == ("tiny-internvl", None)
    assert reward_model.count_tiles([drawing(448, 448), drawing(896, 448)]) == (1, 3)


def test_token_ids_come_from_the_conversation(tiny, reward_model):
    answers = reward_model.learn()
    assert (answers.plus, answers.minus) == (tiny.tokens.token_id("+"), tiny.tokens.token_id("-"))


def test_text_of_a_user_forges_no_turn(tiny_server, reward_model):
    session = run_to_end(reward_model.open_session(IMAGES, HOSTILE["template markers"]))
    run_to_end(session.score({0: [HOSTILE["template markers"]]}))
    (message,) = [m for m in tiny_server.chats()[-1]["messages"] if m["role"] == "user"]
    text = "".join(part.get("text", "") for part in message["content"])
    assert not any(token in text for token in ("<|im_end|>", "<|im_start|>", "<img>", "<IMG_CONTEXT>"))
    assert "im_end" in text
