r"""What stands around an answer and says nothing: boxes, dollar signs, bold, quotation marks, a full stop.

Pure text. Also finds boxes: ``\boxed{...}``, ``\fbox{...}`` and ``\boxed 9``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.answers.units import is_measure, read_unit

_BOX = re.compile(r"(?:\\|\x08)(?:boxed|oxed|fbox|framebox)\s*(?P<open>\{|(?:\\[A-Za-z]+|[^\s\\{}$.,;:!?()\[\]*]+))")
_ESCAPED = re.compile(r"\\[{}]|[{}]")
_EMPHASIS = re.compile(r"(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?=[\s.,;:!?)]|$)")  # where it opens or closes: 2**3 is a power
_DELIMITERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("`", "`"), ('"', '"'), ("“", "”"), ("'", "'"))
_CLOSING = re.compile(r"(?<!\\)\$|\\[)\]]|[*`]|\\(?:qq?uad|[,;:! ])")  # what may end between a box and its unit
_SENTENCE_END = re.compile(r"[.,;:!?。，；](?:\s|$)|\n")
_CLAUSE = re.compile(
    r"\s(?:because|since|as|so|which|where|when|and|or|is|are|for|that|holds?|by|from|to|in|if|of|with|at)\b",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t]+")
_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box in a text."""

    start: int  # of the command
    end: int  # behind the closing brace
    content: str


def find_boxes(text: str) -> list[Box]:
    """Return the boxes of a text in order, without those inside others and those that are never closed."""
    boxes: list[Box] = []
    closing = _match_braces(text)
    for match in _BOX.finditer(text):
        if boxes and match.start() < boxes[-1].end:
            continue
        if match["open"] != "{":
            if match["open"][0] != "\\":  # \boxed 9; a command would need its own arguments
                boxes.append(Box(start=match.start(), end=match.end(), content=match["open"]))
            continue
        end = closing.get(match.end() - 1)
        if end is None:
            continue
        boxes.append(Box(start=match.start(), end=end, content=text[match.end() : end - 1]))
    return boxes


def unwrap(answer: str) -> str:
    """Strip what surrounds an answer: boxes, maths delimiters, emphasis, quotation marks, a closing full stop."""
    answer = answer.strip()
    for _ in range(_MOST_ROUNDS):
        if answer.isalnum():  # most answers are a plain number or word
            break
        before = answer
        answer = _EMPHASIS.sub("", open_box(answer)).strip("*_").strip()
        for left, right in _DELIMITERS:
            if len(answer) > len(left) + len(right) and answer.startswith(left) and answer.endswith(right):
                inner = answer[len(left) : -len(right)]
                answer = inner if left not in inner and right not in inner else answer
        answer = (
            answer.strip().removesuffix(".").removesuffix("。").strip()
            if not answer.endswith("..")
            else answer.strip(". ")
        )
        if answer == before:
            break
    return answer


def open_box(line: str) -> str:
    """Return what is boxed and the unit directly behind the box; a line with several boxes, or none, stays as it is."""
    boxes = find_boxes(line) if "box" in line or "oxed" in line else []
    if len(boxes) != 1:
        return line
    (box,) = boxes
    return box.content + unit_behind(line[box.end :], any_word=True)


def unit_behind(text: str, *, any_word: bool) -> str:
    """Return the unit that a box is followed by, with the space before it, or "". ``any_word``: counted things too."""
    behind = _SENTENCE_END.split(_CLOSING.sub("", text[:200]), maxsplit=1)[0]
    behind = _CLAUSE.split(behind, maxsplit=1)[0].rstrip()
    plain = (
        re.sub(r"\\(?:text|mathrm|textrm|mbox)\s*\{([^{}]*)\}", r"\1", behind)
        .replace(r"\%", "%")
        .replace(r"^\circ", "°")
    )
    unit = read_unit(plain.strip())
    if any_word:
        return behind if unit is None or len(behind) < 60 else ""
    return behind if unit and is_measure(unit) else ""


def _match_braces(text: str) -> dict[int, int]:
    """Return where every brace is that opens, and the place behind the one that closes it."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for match in _ESCAPED.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.end()
    return closing
