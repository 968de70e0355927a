"""Where every token of a prompt comes from: chat turns, image placeholders, score positions. Pure; no torch.

A prompt is a tuple of segments. :class:`Special` segments are the only way a special token gets into a prompt, and only this
module makes them; :class:`Text` segments are encoded with special-token spellings neutralised. A question or a step can
therefore never forge a turn or an image. Knows nothing of weights, pixels or devices.

Neighbouring texts are joined before they are encoded, so that the ids equal those of encoding the whole prompt string.

Source: VisualPRM (arXiv 2503.10291) sec. 3.1 and its released ``modeling_internvl_chat.py``; InternVL2.5 ``conversation.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.errors import InvalidRequest

PROMPT_VERSION = "internvl2.5/1"  # change it whenever any prompt's ids change: it is stored with every run

# InternVL2.5 conversation.py, template "internvl2_5"
INTERNVL25_SYSTEM = (
    "你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的多模态大语言模型。"
)
# The instruction VisualPRM400K's solutions were sampled with (InternVL, tools/reasoning_data_pipeline).
PAPER_POLICY_PROMPT = (
    "Your task is to answer the question below. Give step by step reasoning before you answer, and when you're ready to "
    'answer, please use the format "Final answer: .."\n\nQuestion:\n\n{question}'
)

TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
IMAGE_START = "<img>"
IMAGE_TOKEN = "<IMG_CONTEXT>"
IMAGE_END = "</img>"
IMAGE_PLACEHOLDER = "<image>"  # how people and data sets write "the picture goes here"; not a token
TEMPLATE_TOKENS = (TURN_START, TURN_END, IMAGE_START, IMAGE_TOKEN, IMAGE_END)

PLUS = "+"  # the answer token of every earlier step, and the one whose probability is the score
MINUS = "-"


@dataclass(frozen=True, slots=True)
class Special:
    """One special token, ``count`` times."""

    token: str  # its spelling in the vocabulary
    count: int = 1  # repetitions


@dataclass(frozen=True, slots=True)
class Text:
    """Ordinary text; a special token's spelling in it stays ordinary text."""

    text: str  # template text or a person's text


Segment = Special | Text


class Vocabulary(Protocol):
    """What this module needs of a tokenizer (``engine.models.tokens.Tokens`` is the real one)."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of ordinary text, special-token spellings neutralised, nothing added."""
        ...

    def token_id(self, token: str) -> int:
        """Return the id of one token; raises LoadError when the vocabulary lacks it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStyle:
    """How one checkpoint wants its prompts written."""

    system: str | None = INTERNVL25_SYSTEM  # system message; None: no system turn at all
    policy_prompt: str = PAPER_POLICY_PROMPT  # "{question}" is replaced by the question
    bos: str | None = None  # first token of every prompt: InternLM2's "<s>"; None for Qwen2 text models
    tokens_per_tile: int = 256  # (448 / 14)^2 * 0.5^2 for InternVL2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PrmIds:
    """A whole reward-model prompt as ids."""

    ids: tuple[int, ...]  # up to the last assistant header; the last answer token is not part of it
    positions: tuple[int, ...]  # one a step: the index whose next-token logits give the step's score


def policy_prompt(style: PromptStyle, question: str, tiles: Sequence[int] = ()) -> tuple[Segment, ...]:
    """Return the prompt that makes the policy write one solution.

    ``tiles`` holds the number of tiles of each image, thumbnail included. Raises InvalidRequest when the question holds
    ``<image>``, but not once per image.
    """
    before, placeholder, after = style.policy_prompt.partition("{question}")
    if not placeholder:
        raise ValueError(f"policy_prompt {style.policy_prompt!r} has no '{{question}}' in it")
    return (
        *_opening(style),
        Special(TURN_START),
        Text("user\n"),
        *_with_images(style, before + question + after, tiles),
        *_turn_end(),
        *_answer_header(),
    )


def prm_first_turn(style: PromptStyle, question: str, step: str, tiles: Sequence[int] = ()) -> tuple[Segment, ...]:
    """Return the reward model's prompt for the first step; the score is read at its last token."""
    return (
        *_opening(style),
        Special(TURN_START),
        Text("user\n### Question:\n"),
        *_with_images(style, question, tiles),
        Text(f"\n\n### Solution Process:\n{step}"),
        *_turn_end(),
        *_answer_header(),
    )


def prm_next_turn(step: str) -> tuple[Segment, ...]:
    """Return what follows the previous assistant header for one more step; the score is read at its last token.

    The previous step counts as answered with "+", whatever it scored. An empty step is a header without an end-of-turn
    mark: so does the released code.
    """
    closed = _turn_end() if step else ()
    return (
        *prm_answer(),
        Special(TURN_START),
        Text(f"user\n{step}"),
        *closed,
        *_answer_header(),
    )


def prm_answer(answer: str = PLUS) -> tuple[Segment, ...]:
    """Return an assistant turn's answer and end; the answer goes in as one token, never through the tokenizer."""
    return (Special(answer), *_turn_end())


def encode(segments: Iterable[Segment], vocabulary: Vocabulary) -> list[int]:
    """Return the token ids of a prompt. Neighbouring texts are joined first, so chunks end at special tokens only."""
    ids: list[int] = []
    pending: list[str] = []
    for segment in segments:
        if isinstance(segment, Text):
            pending.append(segment.text)
            continue
        ids += _encode_text(pending, vocabulary)
        pending = []
        ids += [vocabulary.token_id(segment.token)] * segment.count
    return ids + _encode_text(pending, vocabulary)


def encode_prm(
    style: PromptStyle, vocabulary: Vocabulary, question: str, steps: Sequence[str], tiles: Sequence[int] = ()
) -> PrmIds:
    """Return ids and score positions of all ``steps`` (at least one) in one pass."""
    if not steps:
        raise ValueError("steps is empty: a solution has at least one step")
    ids: list[int] = []
    positions: list[int] = []
    for index, step in enumerate(steps):
        turn = prm_first_turn(style, question, step, tiles) if index == 0 else prm_next_turn(step)
        ids += encode(turn, vocabulary)
        positions.append(len(ids) - 1)
    return PrmIds(ids=tuple(ids), positions=tuple(positions))


def as_string(segments: Iterable[Segment]) -> str:
    """Return the prompt as the one string a person would read; only for looking at, never for encoding."""
    return "".join(s.text if isinstance(s, Text) else s.token * s.count for s in segments)


def _encode_text(pieces: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    text = "".join(pieces)
    return vocabulary.encode(text) if text else []


def _opening(style: PromptStyle) -> tuple[Segment, ...]:
    bos = () if style.bos is None else (Special(style.bos),)
    if style.system is None:
        return bos
    return (*bos, Special(TURN_START), Text(f"system\n{style.system}"), *_turn_end())


def _turn_end() -> tuple[Segment, ...]:
    return (Special(TURN_END), Text("\n"))


def _answer_header() -> tuple[Segment, ...]:
    return (Special(TURN_START), Text("assistant\n"))


def _with_images(style: PromptStyle, text: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
    """Put the images where the text says ``<image>``, or all of them first when it does not say."""
    if not tiles:
        return (Text(text),)  # without a picture the spelling stays plain text
    pieces = text.split(IMAGE_PLACEHOLDER)
    if len(pieces) == 1:
        pieces = ["", *["\n"] * (len(tiles) - 1), f"\n{text}"]
    if len(pieces) - 1 != len(tiles):
        raise InvalidRequest(
            f"The question holds {IMAGE_PLACEHOLDER!r} {len(pieces) - 1} times, but the number of images is {len(tiles)}. "
            "Write it once per image, or leave it out: the images then come first."
        )
    segments: list[Segment] = [Text(pieces[0])]
    for count, piece in zip(tiles, pieces[1:], strict=True):
        context = Special(IMAGE_TOKEN, count * style.tokens_per_tile)
        segments += [Special(IMAGE_START), context, Special(IMAGE_END), Text(piece)]
    return tuple(segments)
