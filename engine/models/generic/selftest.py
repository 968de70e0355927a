"""Does a generic model compute here what transformers computes? Its own ``generate``, its own prompt, one plain pass a step.

The counterpart of ``engine.models.selftest``. Knows neither files nor commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import InvalidRequest
from engine.models.generic import completions, scoring
from engine.models.generic.chat import Message, as_device
from engine.models.generic.formats import HALF, AskedProblem
from engine.models.generic.loading import GenericModel
from engine.models.generic.pictures import RequestPictures
from engine.models.selftest import QUESTION, STEPS, TOKENS, Check, attempt, named, picture, tolerance
from engine.protocols import run_to_end


def check_policy(loaded: GenericModel) -> tuple[Check, ...]:
    """Check a model that writes, without a picture and, where it reads them, with one."""
    return tuple(check for images in _image_sets(loaded) for check in _check_writing(loaded, images))


def check_reward_model(loaded: GenericModel) -> tuple[Check, ...]:
    """Check a model that is asked about steps, without a picture and, where it reads them, with one."""
    return tuple(check for images in _image_sets(loaded) for check in _check_scores(loaded, images))


def _check_writing(loaded: GenericModel, images: Sequence[Image]) -> Iterator[Check]:
    yield attempt(named("prompt", images), lambda: _compare_prompt(loaded, images))
    yield attempt(named("greedy text", images), lambda: _compare_text(loaded, images))


def _check_scores(loaded: GenericModel, images: Sequence[Image]) -> Iterator[Check]:
    yield attempt(named("step scores", images), lambda: _compare_scores(loaded, images))


def _compare_prompt(loaded: GenericModel, images: Sequence[Image]) -> tuple[bool, str]:
    """Compare with ``apply_chat_template``, which knows nothing of control tokens in people's words."""
    messages = completions.policy_messages(loaded, QUESTION)
    expected = own_ids(loaded, messages, images)
    found = loaded.chat.ids(messages, images)
    return found == expected, f"{len(found)} tokens" if found == expected else f"{found[:40]} and not {expected[:40]}"


def own_ids(loaded: GenericModel, messages: Sequence[Message], images: Sequence[Image]) -> list[int]:
    """Return the ids that the processor itself makes of a dialogue."""
    said: list[dict[str, Any]] = []
    for message in messages:
        pictures = [{"type": "image", "image": image} for image in images] if message.has_pictures else []
        text = message.text if not loaded.reads_pictures else [*pictures, {"type": "text", "text": message.text}]
        said.append({"role": message.role, "content": text})
    found = loaded.chat.processor.apply_chat_template(
        said, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt", enable_thinking=False
    )
    ids: list[int] = found["input_ids"][0].tolist()
    return ids


@torch.inference_mode()
def _compare_text(loaded: GenericModel, images: Sequence[Image]) -> tuple[bool, str]:
    """Compare greedy text of two rows with ``generate``."""
    inputs = loaded.chat.prompt(completions.policy_messages(loaded, QUESTION), images)
    given = as_device(inputs, loaded.device, loaded.model.dtype)
    ids = loaded.model.generate(**given, do_sample=False, num_beams=1, max_new_tokens=TOKENS)[0].tolist()
    written = ids[len(inputs["input_ids"][0]) :] if not loaded.model.config.is_encoder_decoder else ids[1:]
    end = next((place for place, token in enumerate(written) if token in loaded.stop_ids), len(written))
    expected = loaded.tokens.decode(written[:end])
    sampling = Sampling(n=2, temperature=0, max_new_tokens=TOKENS)
    texts = ["", ""]
    for chunks in completions.sample(loaded, images, QUESTION, sampling):
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
    is_same = texts == [expected] * 2
    return is_same, f"{end} tokens compared" if is_same else f"wrote {texts!r}, generate {expected!r}"


def _compare_scores(loaded: GenericModel, images: Sequence[Image]) -> tuple[bool, str]:
    session = run_to_end(scoring.open_session(loaded, images, QUESTION))
    # some formats show the steps to come: one by one they are those that a plain pass sees
    at_once = 1 if loaded.prm_format.looks_ahead else 2
    found: list[float] = []
    for start in range(0, len(STEPS), at_once):
        found += run_to_end(session.score({0: STEPS[start : start + at_once]}))[0]
    plain = _plain_scores(loaded, images)
    furthest = max(abs(a - b) for a, b in zip(found, plain, strict=True))
    return furthest <= tolerance(loaded.card.dtype), f"largest difference {furthest:.1e}"


@torch.inference_mode()
def _plain_scores(loaded: GenericModel, images: Sequence[Image]) -> list[float]:
    """Return scores by a pass a step, each over the whole prompt of its step."""
    problem, prm_format = AskedProblem(question=QUESTION, images=RequestPictures(images)), loaded.prm_format
    found: list[float] = []
    for place in range(len(STEPS)):
        verdicts = [int(score >= HALF) for score in found] if prm_format.feeds_verdicts else []
        inputs = prm_format.prompt(loaded.chat, problem, STEPS[: place + 1], place, verdicts)
        logits = loaded.model(**as_device(inputs, loaded.device, loaded.model.dtype)).logits
        last = logits[0, -1] if logits.dim() == 3 else logits[0]
        if prm_format.answers is None:
            found.append(float(last.sigmoid() if len(last) == 1 else last.float().softmax(0)[loaded.right_label]))
        else:
            found.append(float(last[scoring.answer_ids(loaded, problem)].float().softmax(0)[0]))
    return found


def _image_sets(loaded: GenericModel) -> tuple[tuple[Image, ...], ...]:
    if not loaded.reads_pictures:
        return ((),)
    try:
        loaded.chat.prompt(completions.policy_messages(loaded, QUESTION))
    except InvalidRequest:  # some processors read nothing without a picture, such as PaliGemma's
        return ((picture(),),)
    return ((), (picture(),))
