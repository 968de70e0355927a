"""Prompts as the messages of a chat request: the same segments as for a local model, so that the layout is the same. Pure.

The server's chat template writes the turns, and a new line after every picture. A server honours a special token's spelling
wherever it stands, so spellings in people's text are broken by an invisible character.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from PIL.Image import Image

from engine.prompts import chat
from engine.prompts.prm_formats import judge, visualprm
from engine.prompts.segments import Segment, Special, Text
from engine.prompts.style import PromptStyle

Part = Mapping[str, object]
Message = dict[str, object]

# InternVL2.5, Qwen2.5, InternLM2, MiniCPM-V: what a server may take for a token or a place of a picture
_SPELLING = re.compile(
    r"<(?=\|[^\s<>|]{1,40}\|>|/?(?:s|unk|pad|img|IMG_CONTEXT|image|image_id|slice|video|quad|ref|box|tool_call|tool_response|think)>)"
)
_ANSWERS = (visualprm.PLUS, visualprm.MINUS, judge.YES, judge.NO)  # one token each here, a word of a message there
_BROKEN = "<\u200b"  # a zero-width space: no vocabulary spells a special token with one


def harmless(text: str, *, keep: str | None = None) -> str:
    """Return text in which no special token is spelt out; ``keep`` is one spelling left as it is.

    Half surrogate pairs, which JSON over HTTP cannot carry, become question marks.
    """
    whole = text.encode("utf-8", errors="replace").decode("utf-8")
    if keep is None:
        return _SPELLING.sub(_BROKEN, whole)
    return keep.join(_SPELLING.sub(_BROKEN, piece) for piece in whole.split(keep))


def harmless_question(question: str, images: int) -> str:
    """Return a question for :func:`engine.prompts.policy_prompt`: ``<image>`` says where a picture goes, if any."""
    return harmless(question, keep=chat.IMAGE_PLACEHOLDER if images else None)


def as_data_uri(image: Image) -> str:
    """Return a picture as a PNG data URI: lossless, because a lossy one would move the scores."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def prm_prompt(style: PromptStyle, question: str, steps: Sequence[str], images: int = 0) -> tuple[Segment, ...]:
    """Return the prompt whose next token scores the last of ``steps`` (at least one); every picture is one tile."""
    first, *rest = steps
    turns = [visualprm.prm_first_turn(style, question, first, (1,) * images), *map(visualprm.prm_next_turn, rest)]
    return tuple(segment for turn in turns for segment in turn)


def as_messages(segments: Iterable[Segment], pictures: Sequence[str] = ()) -> list[Message]:
    """Return a prompt's turns as messages, the open answer header left out.

    ``pictures`` are addresses of the pictures, in order. A message without pictures has a text as its content, one with
    pictures a list of parts.
    """
    turns = _turns(segments, iter(pictures))
    if turns and turns[-1].role == "assistant" and not turns[-1].parts:
        turns.pop()  # the header the model answers after: the server adds it
    return [turn.message() for turn in turns]


class _ChatTurn:
    """A chat turn being assembled from segments."""

    def __init__(self) -> None:
        self.role: str | None = None
        self.parts: list[Part] = []

    def add_text(self, text: str) -> None:
        """Add text; the first line of a turn is its role."""
        if self.role is None:
            self.role, _, text = text.partition("\n")
        elif self.parts and self.parts[-1]["type"] == "image_url":
            text = text.removeprefix("\n")  # the chat template writes it after every picture
        if not text:
            return
        if self.parts and self.parts[-1]["type"] == "text":
            text = f"{self.parts.pop()['text']}{text}"
        self.parts.append({"type": "text", "text": text})

    def add_picture(self, address: str) -> None:
        """Add a picture."""
        self.parts.append({"type": "image_url", "image_url": {"url": address}})

    def message(self) -> Message:
        """Return the turn as a message of the chat API."""
        if any(part["type"] != "text" for part in self.parts):
            return {"role": self.role, "content": self.parts}
        return {"role": self.role, "content": self.parts[0]["text"] if self.parts else ""}


def _turns(segments: Iterable[Segment], pictures: Iterable[str]) -> list[_ChatTurn]:
    turns: list[_ChatTurn] = []
    addresses = iter(pictures)
    is_open = False
    for segment in segments:
        match segment:
            case Special(token=chat.TURN_START):
                turns.append(_ChatTurn())
                is_open = True
            case Special(token=chat.TURN_END):
                is_open = False  # the new line behind it belongs to the template
            case Special(token=chat.IMAGE_TOKEN):
                turns[-1].add_picture(next(addresses))
            case Special() if turns and segment.token in _ANSWERS:
                turns[-1].add_text(segment.token)
            case Text() if is_open:
                turns[-1].add_text(segment.text)
            case _:
                pass  # the beginning of the prompt and the marks around a picture: the server writes them
    return turns
