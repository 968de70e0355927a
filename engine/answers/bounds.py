"""Intervals written as inequalities, or with brackets turned outwards: -3 ≤ x < 4, |x| < 2, {x | x > 3}, ]0, 1].

Pure text in the one spelling of :mod:`engine.answers.spelling`. What stands at an end is read elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHAIN = re.compile(r"^(?P<low>[^<>≤≥=≠]+)(?P<first>[<≤])(?P<name>[^<>≤≥=≠]+)(?P<second>[<≤])(?P<high>[^<>≤≥=≠]+)$")
_FALLING = re.compile(r"[^<>≤≥=≠]+[>≥][^<>≤≥=≠]+[>≥][^<>≤≥=≠]+")  # 4 > x ≥ -3
_BOUND = re.compile(r"^(?P<left>[^<>≤≥=≠]+)(?P<sign>[<>≤≥])(?P<right>[^<>≤≥=≠]+)$")
_FLIPPED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
_VARIABLE = re.compile(r"[A-Za-zα-ωθ](?:_\w+)?'?(?:\([A-Za-z]\))?")
_VALUE = re.compile(r"(?![^A-Za-z]*[A-Za-z](?<!e))[^A-Za-z]*")  # a bound: numbers and signs, no variables
_SIZE = re.compile(r"\|[A-Za-z]\|")
_CONDITION = re.compile(r"\{(?P<name>[A-Za-z])(?:∈ ?R)?[|:](?P<said>[^{}]+)\}")
_TURNED = re.compile(r"(?P<left>[\[(\]])(?P<low>[^][(){}<>≤≥=]+)[,;](?P<high>[^][(){}<>≤≥=]+)(?P<right>[\])\[])")
_ALL_REAL = re.compile(r"(?:the set of )?all (?:real(?: numbers|s)|reals)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The ends of an interval."""

    brackets: str  # "[)": the first end belongs to it, the second does not
    low: str
    high: str
    is_inequality: bool = True


def read_bounds(text: str) -> Bounds | None:
    """Return the interval that an inequality stands for; ``None`` where a text is none, or one in plain brackets."""
    turned = _TURNED.fullmatch(text)
    if turned is not None:
        left, right = turned["left"], turned["right"]
        if left != "]" and right != "[":
            return None
        brackets = ("(" if left == "]" else left) + (")" if right == "[" else right)
        return Bounds(brackets=brackets, low=turned["low"], high=turned["high"], is_inequality=False)
    if _ALL_REAL.fullmatch(text):
        return Bounds(brackets="()", low="-∞", high="∞", is_inequality=False)
    condition = _CONDITION.fullmatch(text)
    if condition is not None:
        return read_bounds(condition["said"]) if condition["name"] in condition["said"] else None
    if _FALLING.fullmatch(text):
        parts = re.split(r"([>≥])", text)
        return read_bounds("".join(_FLIPPED.get(part, part) for part in reversed(parts)))
    chain = _CHAIN.match(text)
    if chain is None:
        return _one_sided(text)
    if not _VARIABLE.fullmatch(chain["name"]) or not all(_VALUE.fullmatch(chain[end]) for end in ("low", "high")):
        return None
    brackets = ("[" if chain["first"] == "≤" else "(") + ("]" if chain["second"] == "≤" else ")")
    return Bounds(brackets=brackets, low=chain["low"], high=chain["high"])


def _one_sided(text: str) -> Bounds | None:
    bound = _BOUND.match(text)
    if bound is None:
        return None
    left, sign, right = bound["left"], bound["sign"], bound["right"]
    if not (_VARIABLE.fullmatch(left) or _SIZE.fullmatch(left)):
        left, sign, right = right, _FLIPPED[sign], left
    if not _VALUE.fullmatch(right):
        return None
    if _SIZE.fullmatch(left):  # |x| < 2
        if sign not in "<≤" or not re.fullmatch(r"[\d./π√()]+", right):
            return None
        return Bounds(brackets="()" if sign == "<" else "[]", low=f"-{right}", high=right)
    if not _VARIABLE.fullmatch(left):
        return None
    if sign in "<≤":
        return Bounds(brackets="(" + ("]" if sign == "≤" else ")"), low="-∞", high=right)
    return Bounds(brackets=("[" if sign == "≥" else "(") + ")", low=right, high="∞")
