"""Prompts as segments: special tokens on the one hand, ordinary text on the other, and their token ids. Pure; no torch.

:class:`Special` segments are the only way a special token gets into a prompt, and only the modules of this wing and the families
make them; :class:`Text` segments are encoded with special-token spellings neutralised. A question or a step can therefore never
forge a turn or an image. Neighbouring texts are joined before they are encoded, so that the ids equal those of encoding the whole
prompt string.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


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


def as_string(segments: Iterable[Segment]) -> str:
    """Return the prompt as the one string a person would read; only for looking at, never for encoding."""
    return "".join(s.text if isinstance(s, Text) else s.token * s.count for s in segments)


def _encode_text(pieces: Sequence[str], vocabulary: Vocabulary) -> list[int]:
    text = "".join(pieces)
    return vocabulary.encode(text) if text else []
