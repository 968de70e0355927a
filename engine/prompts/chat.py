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
    """What this module needs of a tokenizer (``engine.prompts.tokenizer.Tokens`` is the real one)."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of ordinary text, special-token spellings neutralised, nothing added."""
        ...

    def token_id(self, token: str) -> int:
        """Return the id of one token; raises LoadError when the vocabulary lacks it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMarks:
    """How a family writes one picture."""

    start: str  # special token in front
    token: str  # special token that stands for one feature
    end: str  # special token behind
    behind: str  # text between a picture and what follows, where the question does not say where pictures go

    def picture(self, tiles: int, tokens_per_tile: int) -> tuple[Segment, ...]:
        """Return one picture of ``tiles`` tiles."""
        return (Special(self.start), Special(self.token, tiles * tokens_per_tile), Special(self.end))


INTERNVL_MARKS = ImageMarks(start=IMAGE_START, token=IMAGE_TOKEN, end=IMAGE_END, behind="\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """How a family writes a dialogue."""

    system: tuple[Segment, ...]  # header of the system message
    user: tuple[Segment, ...]  # header of a person's turn
    assistant: tuple[Segment, ...]  # header of the model's turn
    end: str  # special token behind a turn; a new line follows it
    opening: tuple[Segment, ...] = ()  # in front of the first turn
    gap: str = ""  # text between a header and words; nothing stands between a header and a picture
    answer_gap: str = ""  # how the vocabulary spells ``gap`` at the beginning of a token

    def system_turn(self, text: str) -> tuple[Segment, ...]:
        """Return a whole system message."""
        return (*self.system, Text(self.gap + text), *self.turn_end())

    def user_turn(self, *content: Segment) -> tuple[Segment, ...]:
        """Return a person's turn without its end."""
        begins = next((segment for segment in content if segment != Text("")), None)
        gap = () if isinstance(begins, Special) or not self.gap else (Text(self.gap),)
        return (*self.user, *gap, *content)

    def turn_end(self) -> tuple[Segment, ...]:
        """Return the end of a turn."""
        return (Special(self.end), Text("\n"))

    def answer(self, answer: str) -> tuple[Segment, ...]:
        """Return what stands behind the model's header: the answer, one token, never through the tokenizer, and the end."""
        return (Special(answer), *self.turn_end())


CHATML = Chat(
    system=(Special(TURN_START), Text("system\n")),
    user=(Special(TURN_START), Text("user\n")),
    assistant=(Special(TURN_START), Text("assistant\n")),
    end=TURN_END,
)


class Reading(Protocol):
    """How a reward model is asked about steps, and which of its words are the answer.

    The score of a step is the probability of ``answers[0]`` against ``answers[1]`` behind the last token of its segments.
    """

    name: str  # as stated in workbench.json and on the command line
    answers: tuple[str, str]  # tokens: right, wrong
    marks: tuple[str, ...]  # further tokens it needs
    notice: str | None  # for people: why the scores are approximate; None when the model was trained to be read so

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """Return the prompt for the first step."""
        ...

    def following(self, step: str) -> tuple[Segment, ...]:
        """Return what follows the previous step's segments for one more step."""
        ...

    def closing(self) -> tuple[Segment, ...]:
        """Return what follows the last step's segments where all steps are read in one pass."""
        ...


class VisualPrm:
    """VisualPRM's own reading; implements :class:`Reading`."""

    name = "visualprm"
    marks: tuple[str, ...] = ()
    notice: str | None = None

    def __init__(self, chat: Chat = CHATML) -> None:
        self._chat = chat
        self.answers = (chat.answer_gap + PLUS, chat.answer_gap + MINUS)

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """See ``Reading``."""
        return prm_first_turn(style, question, step, tiles)

    def following(self, step: str) -> tuple[Segment, ...]:
        """See ``Reading``."""
        return prm_next_turn(step, self.answers[0], self._chat)

    def closing(self) -> tuple[Segment, ...]:
        """See ``Reading``."""
        return self._chat.answer(self.answers[0])


VISUALPRM = VisualPrm()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStyle:
    """How one checkpoint wants its prompts written."""

    system: str | None = INTERNVL25_SYSTEM  # system message; None: no system turn at all
    policy_prompt: str = PAPER_POLICY_PROMPT  # "{question}" is replaced by the question
    bos: str | None = None  # first token of every prompt: InternLM2's "<s>"; None for Qwen2 text models
    tokens_per_tile: int = 256  # (448 / 14)^2 * 0.5^2 for InternVL2.5
    marks: ImageMarks = INTERNVL_MARKS  # how pictures are written
    chat: Chat = CHATML  # how turns are written
    reading: Reading = VISUALPRM  # how it is asked about steps


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
        *opening(style),
        *style.chat.user_turn(*with_images(style, before + question + after, tiles)),
        *style.chat.turn_end(),
        *style.chat.assistant,
    )


def prm_first_turn(style: PromptStyle, question: str, step: str, tiles: Sequence[int] = ()) -> tuple[Segment, ...]:
    """Return the reward model's prompt for the first step; the score is read at its last token."""
    return (
        *opening(style),
        *style.chat.user_turn(
            Text("### Question:\n"),
            *with_images(style, question, tiles),
            Text(f"\n\n### Solution Process:\n{step}"),
        ),
        *style.chat.turn_end(),
        *style.chat.assistant,
    )


def prm_next_turn(step: str, answer: str = PLUS, chat: Chat = CHATML) -> tuple[Segment, ...]:
    """Return what follows the previous assistant header for one more step; the score is read at its last token.

    The previous step counts as answered with ``answer``, whatever it scored. An empty step is a header without an end-of-turn
    mark: so does the released code.
    """
    closed = chat.turn_end() if step else ()
    return (*chat.answer(answer), *chat.user_turn(Text(step)), *closed, *chat.assistant)


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
        reading = style.reading
        turn = reading.first(style, question, step, tiles) if index == 0 else reading.following(step)
        ids += encode(turn, vocabulary)
        positions.append(len(ids) - 1)
    return PrmIds(ids=tuple(ids), positions=tuple(positions))


def as_string(segments: Iterable[Segment]) -> str:
    """Return the prompt as the one string a person would read; only for looking at, never for encoding."""
    return "".join(s.text if isinstance(s, Text) else s.token * s.count for s in segments)


def _encode_text(pieces: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    text = "".join(pieces)
    return vocabulary.encode(text) if text else []


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
        pieces = ["", *[style.marks.behind] * (len(tiles) - 1), f"{style.marks.behind}{text}"]
    if len(pieces) - 1 != len(tiles):
        raise InvalidRequest(
            f"The question holds {IMAGE_PLACEHOLDER!r} {len(pieces) - 1} times, but the number of images is {len(tiles)}. "
            "Write it once per image, or leave it out: the images then come first."
        )
    segments: list[Segment] = [Text(pieces[0])]
    for count, piece in zip(tiles, pieces[1:], strict=True):
        segments += [*style.marks.picture(count, style.tokens_per_tile), Text(piece)]
    return tuple(segments)
