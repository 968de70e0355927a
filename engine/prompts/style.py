"""How one checkpoint wants its prompts written, and the prompt that makes a policy write a solution. Pure; no torch.

Knows turns and pictures; how a reward model is asked about steps is ``prm_formats``'. Knows nothing of weights, pixels or devices.

Source: VisualPRM (arXiv 2503.10291) sec. 3.1 and its released ``modeling_internvl_chat.py``; InternVL2.5 ``conversation.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import InvalidRequest
from engine.prompts.chat import CHATML, IMAGE_PLACEHOLDER, INTERNVL_IMAGE_TOKENS, ChatTemplate, ImageTokens
from engine.prompts.segments import Segment, Special, Text
from engine.solution_text.thoughts import ThoughtMarks

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


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunThought:
    """A thought that the prompt begins, as the chat templates of thinking models do."""

    marks: ThoughtMarks
    begin: tuple[Segment, ...]  # behind the header of the model's turn
    end: tuple[Segment, ...]  # ends it at once, where the model is to go on from steps


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStyle:
    """How one checkpoint wants its prompts written."""

    system: str | None = INTERNVL25_SYSTEM  # system message; None: no system turn at all
    policy_prompt: str = PAPER_POLICY_PROMPT  # "{question}" is replaced by the question
    bos: str | None = None  # first token of every prompt: InternLM2's "<s>"; None for Qwen2 text models
    tokens_per_tile: int = 256  # (448 / 14)^2 * 0.5^2 for InternVL2.5
    image_tokens: ImageTokens = INTERNVL_IMAGE_TOKENS  # how pictures are written
    chat: ChatTemplate = CHATML  # how turns are written
    thought: BegunThought | None = None  # that a policy's prompt ends in; None: it ends in none


def policy_prompt(style: PromptStyle, question: str, tiles: Sequence[int] = ()) -> tuple[Segment, ...]:
    """Return the prompt that makes the policy write one solution.

    ``tiles`` holds the number of tiles of each image, thumbnail included. Raises InvalidRequest when the question holds
    ``<image>``, but not once per image.
    """
    before, placeholder, after = style.policy_prompt.partition("{question}")
    if not placeholder:
        raise ValueError(f"policy_prompt {style.policy_prompt!r} has no '{{question}}' in it")
    return (
        *first_turn(style, *with_images(style, before + question + after, tiles)),
        *style.chat.assistant,
        *(() if style.thought is None else style.thought.begin),
    )


def first_turn(style: PromptStyle, *content: Segment) -> tuple[Segment, ...]:
    """Return what a prompt begins with, up to the end of a person's first turn. The system message is where the turns want it."""
    chat = style.chat
    is_within = style.system is not None and chat.system is None
    words = (Text(f"{style.system}\n\n"), *content) if is_within else content
    return (*opening(style), *chat.user_turn(*words), *chat.user_end())


def opening(style: PromptStyle) -> tuple[Segment, ...]:
    """Return what every prompt begins with: first token and system message, where there are any."""
    bos = () if style.bos is None else (Special(style.bos),)
    system = () if style.system is None else style.chat.system_turn(style.system)
    return (*bos, *style.chat.opening, *system)


def with_images(style: PromptStyle, text: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
    """Put the images where the text says ``<image>``, or all of them first when it does not say."""
    if not tiles:
        return (Text(text),)  # without a picture the spelling stays plain text
    pieces = text.split(IMAGE_PLACEHOLDER)
    if len(pieces) == 1:
        behind, between = style.image_tokens.behind, style.image_tokens.between
        pieces = ["", *[behind if between is None else between] * (len(tiles) - 1), f"{behind}{text}"]
    if len(pieces) - 1 != len(tiles):
        raise InvalidRequest(
            f"The question holds {IMAGE_PLACEHOLDER!r} {len(pieces) - 1} times, but the number of images is {len(tiles)}. "
            "Write it once per image, or leave it out: the images then come first."
        )
    segments: list[Segment] = [Text(pieces[0])]
    for count, piece in zip(tiles, pieces[1:], strict=True):
        segments += [*style.image_tokens.picture(count, style.tokens_per_tile), Text(piece)]
    return tuple(segments)
