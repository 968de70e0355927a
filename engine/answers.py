r"""The final answer out of a solution, and whether two answers are the same.

Pure text. Understands "Final answer: ...", ``\boxed{...}``, numbers, simple fractions, percentages, units and choice letters;
it does no algebra: ``2x + 2`` and ``2(x + 1)`` are different answers here.

Source: the two sampling prompts of VisualPRM ("Final answer: .." and the boxed variant).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

_FINAL = re.compile(r"final\s+answer\s*(?:is)?\s*[:：]?\s*(?P<answer>.+)", re.IGNORECASE)
_NUMBER = re.compile(
    r"^(?P<sign>[+-]?)(?P<currency>[$€£¥]?)(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+|\d+/\d+|\d+\.)(?P<unit>[^\d]*)$"
)
_FRACTION = re.compile(r"\\[dt]?frac\{(-?\d+)\}\{(-?\d+)\}")
_CHOICE = re.compile(r"^\(?([a-h])\)?(?:[.:)]\s*.*)?$", re.IGNORECASE | re.DOTALL)
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\{([^{}]*)\}")
_DEGREES = re.compile(r"\^\{?\\circ\}?|\\degree|\bdegrees?\b|°", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGroup:
    """Solutions that reached the same answer."""

    text: str  # the answer as its first solution wrote it
    members: tuple[int, ...]  # indices into the answers given, ascending


def read_answer(response: str) -> str | None:
    r"""Return the final answer of a response, or ``None`` when it states none.

    The last "Final answer: ..." line wins, then the last ``\boxed{...}``. Markup around the answer is removed.
    """
    stated = [match.group("answer") for match in _FINAL.finditer(response)]
    for candidate in reversed(stated):
        answer = _unwrap(candidate)
        if answer:
            return answer
    boxed = _last_boxed(response)
    return _unwrap(boxed) or None if boxed is not None else None


def answers_equal(left: str, right: str) -> bool:
    """Say whether two answers mean the same: the same number (units only count when both have one), choice or text."""
    a, b = _normalise(left), _normalise(right)
    if a == b:
        return True
    number_a, number_b = _as_number(a), _as_number(b)
    if number_a is not None and number_b is not None:
        same_unit = not number_a[1] or not number_b[1] or number_a[1] == number_b[1]
        return number_a[0] == number_b[0] and same_unit
    choice_a, choice_b = _CHOICE.match(a), _CHOICE.match(b)
    return bool(choice_a and choice_b and choice_a.group(1) == choice_b.group(1))


def group_answers(answers: Iterable[str | None]) -> tuple[AnswerGroup, ...]:
    """Group equal answers, largest group first, equal sizes in order of first appearance; ``None`` belongs to no group."""
    groups: list[tuple[str, list[int]]] = []
    for index, answer in enumerate(answers):
        if answer is None:
            continue
        for text, members in groups:
            if answers_equal(text, answer):
                members.append(index)
                break
        else:
            groups.append((answer, [index]))
    groups.sort(key=lambda group: -len(group[1]))
    return tuple(AnswerGroup(text=text, members=tuple(members)) for text, members in groups)


def is_tied(groups: Sequence[AnswerGroup]) -> bool:
    """Say whether the majority vote has no single winner."""
    return len(groups) > 1 and len(groups[0].members) == len(groups[1].members)


def _last_boxed(text: str) -> str | None:
    """Return the content of the last ``\\boxed{...}`` with balanced braces."""
    start = text.rfind(r"\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len(r"\boxed")
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin + 1 : position]
    return None


def _unwrap(answer: str) -> str:
    """Strip what surrounds an answer: boxes, math delimiters, emphasis, a closing full stop."""
    answer = answer.strip()
    while True:
        before = answer
        boxed = _last_boxed(answer)
        if boxed is not None and re.sub(r"[\s$.*]", "", answer.replace(boxed, "")) == r"\boxed{}":
            answer = boxed
        for left, right in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("`", "`")):
            if len(answer) > len(left) + len(right) and answer.startswith(left) and answer.endswith(right):
                inner = answer[len(left) : -len(right)]
                answer = inner if left not in inner else answer
        answer = answer.strip().removesuffix(".").strip() if not answer.endswith("..") else answer.strip(". ")
        if answer == before:
            return answer


def _normalise(answer: str) -> str:
    """Lower-case, without markup that carries no meaning."""
    text = _unwrap(answer).casefold().replace("−", "-").replace("–", "-")
    text = _WRAPPER.sub(r"\1", text)
    text = _FRACTION.sub(r"\1/\2", text)
    text = _DEGREES.sub("°", text).replace(r"\%", "%").replace(r"\$", "$")
    text = re.sub(r"\\[,;:! ]|~|\$(?!\d)", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def _as_number(text: str) -> tuple[Fraction, str] | None:
    """Return value and unit of a normalised answer such as "1,200 cm", "3/4" or "55°"; ``None`` when it is no number."""
    match = _NUMBER.match(text.replace(" ", ""))
    if match is None:
        return None
    try:
        value = Fraction(match.group("number").replace(",", "").rstrip("."))
    except (ValueError, ZeroDivisionError):
        return None
    sign = -1 if match.group("sign") == "-" else 1
    return sign * value, (match.group("unit") or match.group("currency")).strip()
