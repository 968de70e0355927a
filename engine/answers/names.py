r"""Named left sides: what an answer calls its value, as in ``\angle ABC = 40^\circ``, ``f(2) = 9`` or ``Volume = 502.65``.

Works on the one spelling of :mod:`engine.answers.spelling`. An equation between expressions (2x = 6) has no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.answers.tex import FUNCTIONS, IS_FUNCTION

_RELATION = re.compile(r"(?<![<>≤≥≠=:])[=≈∈]|\bis (?:equal to|approximately)\b|\bequals\b")
_LETTER = r"[A-Za-zα-ωΩ△]"
_INDEX = r"(?:_(?:\w+|\([^()]*\)))?'*"
_NAMES = re.compile(
    rf"""
    {_LETTER}'*{_INDEX}                                         # x, a_3, y'
    | (?:m\ ?)?[∠△]\ ?\w[\w']* | ∥?\|[A-Z]{{1,3}}\|∥? | \\(?:overline|vec|overrightarrow|hat|bar)\s?\(?\w+\)?
    | [A-Z]{{2,4}}'*                                             # a segment, an arc
    | [A-Z][a-z]?_?\(?[∠△]?[A-Z]{{1,6}}\)?                       # S_△ABC
    | \(?[A-Z]{{2,3}}\)?[/:]\(?[A-Z]{{2,3}}\)? | {_LETTER}{_INDEX}:{_LETTER}{_INDEX} | \w+_\w+:\w+ | \w+_\(\w+\):\w+
    | (?:{_LETTER}|[A-Z][a-z]{{1,3}}){_INDEX}\([^()=]{{1,40}}\)      # f(2), P(A)
    | \(?d{_LETTER}\)?/\(?d{_LETTER}\)? | ∂{_LETTER}/∂{_LETTER} | lim_?\ ?\([^()=]*→[^()=]*\).{{1,30}} | {_LETTER}°
    | \(\ ?{_LETTER}{_INDEX}(?:\ ?,\ ?{_LETTER}{_INDEX}){{1,5}}\ ?\)   # (x, y)
    | (?:sin|cos|tan|cot|sec|csc)\ ?\(?(?:∠?[A-Z]{{1,3}}|[θαβγφ]|\d+°?)\)?
    | (?P<words>[^\W\d_]{{2,}}(?:[ '-][^\W\d_]+){{0,7}}(?:\ [A-Z]{{1,5}}|\ ?\([^()]*\))?)
    """,
    re.VERBOSE,
)
_POINT = re.compile(
    r"(?P<name>[A-Z]'?) ?(?P<place>\([^()A-Za-z,]*\d[^()A-Za-z,]*(?:,[^()A-Za-z,]*\d[^()A-Za-z,]*)+\))"
)  # P(3, 4)
_NO_LETTER = re.compile(r"[^A-Za-zα-ωθ]*")
_FUNCTION = re.compile(rf"(?<![A-Za-z])(?:{FUNCTIONS})(?![A-Za-z])")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An answer taken apart."""

    name: str  # "" where it has none: "= 7/4", "3 + 4 = 7"
    value: str
    near: str = ""  # a rounded value behind: the 25.13 of "x = 8π ≈ 25.13"
    is_equation: bool  # the name is a variable or a function, so that the whole is an equation


def split_name(text: str) -> Named | None:
    """Return an answer's name and its value; ``None`` where it has no name, or is an equation between expressions."""
    pieces, signs = _pieces(text)
    if not signs or not pieces[-1]:
        point = _POINT.fullmatch(text)
        return None if point is None else Named(name=point["name"], value=point["place"], is_equation=False)
    near = ""
    first_near = next((index for index, sign in enumerate(signs) if sign == "≈"), len(signs))
    if first_near < len(signs) and (first_near > 0 or not is_name(pieces[0])):  # x = 8π ≈ 25.13, 8π ≈ 25.13
        near = pieces[first_near + 1]
        pieces, signs = pieces[: first_near + 1], signs[:first_near]
        if not signs:
            return Named(name="", value=pieces[0], near=near, is_equation=False) if _DIGIT.search(pieces[0]) else None
    head, value = pieces[0], pieces[-1]
    if not value or "∈" in signs[1:] or (signs[0] == "∈" and len(signs) > 1):
        return None
    if not head:
        return Named(name="", value=value, near=near, is_equation=False)
    if is_name(head):
        is_word = len(head) > 1 and head[:2].isalpha()
        return Named(name=head, value=value, near=near, is_equation=not is_word and len(signs) == 1 and signs[0] == "=")
    computed = [_FUNCTION.sub("", piece) for piece in pieces]  # log_2(8) = 3
    if "∈" not in signs and all(_NO_LETTER.fullmatch(piece) and _DIGIT.search(piece) for piece in computed):
        return Named(name="", value=value, near=near, is_equation=False)
    return None


def is_name(text: str) -> bool:
    """Return whether a text can be what a value is called."""
    match = _NAMES.fullmatch(text.strip()) if len(text) <= 80 else None
    if match is None:
        return False
    return not any(IS_FUNCTION.fullmatch(word) for word in (match["words"] or "").split())


def _pieces(text: str) -> tuple[list[str], list[str]]:
    """Return the parts between the relations that no brackets enclose."""
    depth, pieces, signs, begin = 0, [], [], 0
    depths = []
    for character in text:
        depth += (character in "([{⟨⟦") - (character in ")]}⟩⟧")
        depths.append(depth)
    for match in _RELATION.finditer(text):
        if depths[match.start()] <= 0 or match[0] not in "=≈∈":
            pieces.append(text[begin : match.start()].strip())
            signs.append(match[0] if match[0] in "=≈∈" else "≈" if match[0].endswith("approximately") else "=")
            begin = match.end()
    if signs and any(each in text for each in "<>≤≥≠") and "∈" not in signs:
        return [text], []
    return [*pieces, text[begin:].strip()], signs
