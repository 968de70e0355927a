r"""What an answer says: a number, a choice, a list, an interval, an expression or words.

Every answer has one key. Equal keys are equal answers, so that groups made by keys are transitive. Knows no algebra: ``2x + 2`` and
``2(x + 1)`` have different keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from engine.answers.bounds import read_bounds
from engine.answers.choices import read_choice, read_yes_no
from engine.answers.names import split_name
from engine.answers.numbers import read_number
from engine.answers.sentences import value_in
from engine.answers.spelling import respell
from engine.answers.tex import IS_FUNCTION
from engine.answers.units import is_measure, read_unit
from engine.answers.unwrapping import unwrap

_MOST_MEMBERS = 64
_MOST_DEPTH = 6  # of brackets within brackets
_MOST_CHARACTERS = 4_000
_MOST_BEFORE_UNIT = 300  # characters of an expression whose unit is looked for


class Kind(StrEnum):
    """What an answer is."""

    NUMBER = "number"
    CHOICE = "choice"
    EXPRESSION = "expression"  # mathematics that is no plain number
    WORDS = "words"
    LIST = "list"  # in any order: "3, -7", a set, a union
    TUPLE = "tuple"  # in this order, with its brackets: a point, an interval
    MATRIX = "matrix"
    NAMED = "named"  # several values with different names: "x = 3, y = 4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an answer says, as far as answers are compared."""

    kind: Kind
    value: Hashable = (
        None  # a Fraction, a letter, a text; of a tuple its brackets, of a matrix its width, of named values the names
    )
    unit: str = ""  # of a number, an expression, or every member of a list; "" when it has none
    members: tuple[Meaning, ...] = ()  # in the order written
    significant: int = 0  # digits of a decimal number
    equation: str = ""  # the whole "y = 2x" of what has a named left side, or whose members have
    near: Meaning | None = None  # the 25.13 of "8π ≈ 25.13"

    @property
    def key(self) -> Hashable:
        """Everything but the unit, which a bare answer may lack."""
        parts = [(member.key, member.unit) for member in self.members]
        if self.kind is Kind.LIST:
            parts.sort(key=repr)
        if self.kind is Kind.NAMED:
            pairs = sorted(zip(self.value, parts, strict=True), key=repr)  # type: ignore[call-overload]
            if {name for name, _ in pairs} <= {"x", "y", "z"}:  # as a point
                return (Kind.TUPLE, "()", tuple(part for _, part in pairs))
            return (self.kind, tuple(pairs))
        return (self.kind, self.value, tuple(parts))


_RUN = re.compile(r"(\s)\1{2,}")
_QUOTES = re.compile(r"""^(["'])(.*)\1$""", re.DOTALL)
ROUGHLY = re.compile(
    r"^(?:≈|\\approx\b|(?:approximately|approx\.?|about|around|roughly|nearly|almost|exactly|equals?(?: to)?|is)\b)[ :]*",
    re.I,
)
_REMARK = re.compile(r"(?<=[^\s(,])\s\((?!mod\b)(?=[^()\\]*[^\W\d_]{3})[^()\\]*\)$")
_WORD = re.compile(r"(?<![A-Za-z\\])[^\W\d_]{3,}")
_ARTICLE = re.compile(r"^(?:the|an|a) (?=[^\W\d_]{2})", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"([+-]?[$€£¥]?\d+),(\d+(?: ?[^\d\s,;()=][^,;()=]*)?)")
_NO_SOLUTION = re.compile(r"(?:there (?:is|are) )?no solutions?(?: exists?)?", re.IGNORECASE)
_NEGATIVE = re.compile(r"^(?:negative|minus) (?=[\d.√π])", re.IGNORECASE)
_UNIT_IN_BRACKETS = re.compile(r"(?<=[\d}π]) \(([^()\d]{1,12}[23²³]?)\)$")
_PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "⟦": "⟧"}
_AND = re.compile(r"(?<![^\W_])(?:and|or)(?![^\W_])|(?<=[\d)\]}])(?:or|and)(?=[\d(\[{-])|[和或及与]", re.IGNORECASE)
_BOTH = re.compile(r"^(?:both|either) ", re.IGNORECASE)
_LEADING_AND = re.compile(r"^(?:and|or)\b ?|^[和或]", re.IGNORECASE)
_TRAILING_UNIT = re.compile(
    r"^(?P<value>.*[\d)π!])"
    r"(?P<unit> ?[°%]| ?°[CF]| ?[^\W\d_πθ]{2}[^\d()=]*(?:\^\(?[23]\)?)?(?:/[^\d()=]+)?| [msgNJWVhl](?:\^[23])?(?:/s(?:\^2)?)?)$"
)
_REDUNDANT_TIMES = re.compile(r"(?<=[\w)])\*(?=[√π(A-Za-zα-ω])")


@lru_cache(maxsize=8192)
def read_meaning(answer: str) -> Meaning:
    """Return what an answer says. Never raises; what is too long is words."""
    if len(answer) > _MOST_CHARACTERS:
        return Meaning(kind=Kind.WORDS, value=answer)
    text = unwrap(_RUN.sub(r"\1\1", answer))
    number = read_number(text) if text[-1:].isdigit() else None
    if number is not None:
        return Meaning(kind=Kind.NUMBER, value=number.value, unit=number.unit, significant=number.significant)
    letter = read_choice(text)
    if letter is not None:
        return Meaning(kind=Kind.CHOICE, value=letter)
    word = read_yes_no(text)
    if word is not None:
        return Meaning(kind=Kind.WORDS, value=word)
    bracketed = _UNIT_IN_BRACKETS.search(text)
    if bracketed is not None and is_measure(read_unit(bracketed[1]) or ""):  # "24 (cm)"
        text = f"{text[: bracketed.start()]} {bracketed[1]}"
    meaning = _read(_strip(respell(_REMARK.sub("", text))), 0)
    if meaning.kind is not Kind.WORDS or " " not in text:
        return meaning
    value = value_in(text, is_loose=False)  # "The volume is 96."
    return meaning if value is None or value == text else _read(_strip(respell(value)), 0)


def _read(text: str, depth: int) -> Meaning:
    """Return what a text in the one spelling says: the first reading that fits."""
    if depth <= _MOST_DEPTH:
        for reading in _READINGS:
            meaning = reading(text, depth)
            if meaning is not None:
                return meaning
    return _read_rest(text)


def _strip(text: str) -> str:
    """Return a text without quotation marks, a full stop, a remark in brackets and "approximately"."""
    while True:
        before = text
        text = text.strip().rstrip(".,;:!" if not text.endswith(("..", "!")) else ",;").strip()
        text = _QUOTES.sub(r"\2", text)
        text = _NEGATIVE.sub("-", ROUGHLY.sub("", text.removesuffix("\\")))
        if text == before:
            return text


def _read_plain_number(text: str, depth: int) -> Meaning | None:
    number = read_number(text)
    if number is None:
        return None
    return Meaning(kind=Kind.NUMBER, value=number.value, unit=number.unit, significant=number.significant)


def _read_letter(text: str, depth: int) -> Meaning | None:
    letter = read_choice(text, alone=True)
    return None if letter is None else Meaning(kind=Kind.CHOICE, value=letter)


def _read_enclosed(text: str, depth: int) -> Meaning | None:
    """Return the meaning of a text in one pair of brackets: a matrix, set, tuple or interval, or what they enclose."""
    left, right = text[:1], text[-1:]
    if left in "⟦([" and right in "⟧)]" and "⟦" in text:
        inner = text.strip("()[]")
        if inner.startswith("⟦") and inner.endswith("⟧") and inner.count("⟦") == 1:
            return _read_matrix(inner[1:-1], depth)
    if left not in "([{⟨" or not left or right not in ")]}⟩" or not _encloses(text):
        return None
    inner = text[1:-1].strip()
    if left == "{":
        members = [] if not inner else [_read(part, depth + 1) for part in _split(inner) or [inner]]
        return _collect(_distinct(members)) if members else Meaning(kind=Kind.EXPRESSION, value="∅")
    parts = _split(inner, words=False)
    if parts is None:
        return _read(inner, depth + 1) if left == "(" and right == ")" and inner else None
    brackets = "()" if left == "⟨" or len(parts) > 2 else left + right
    if len(parts) == 2 and brackets != "()":
        parts = [part.removeprefix("+") for part in parts]
    read = tuple(_read(part, depth + 1) for part in parts)
    if brackets == left + right == "[]" and {(each.value, len(each.members)) for each in read} == {
        ("[]", len(read[0].members))
    }:
        cells = tuple(cell for row in read for cell in row.members)
        return Meaning(kind=Kind.MATRIX, value=len(read[0].members), members=cells)  # [[1, 2], [3, 4]]
    return Meaning(kind=Kind.TUPLE, value=brackets, members=read)


def _read_matrix(inner: str, depth: int) -> Meaning | None:
    rows = [_split(row, words=False) or [row] for row in inner.split(";")]
    if len({len(row) for row in rows}) != 1 or len(rows) * len(rows[0]) > _MOST_MEMBERS:
        return None
    return Meaning(
        kind=Kind.MATRIX, value=len(rows[0]), members=tuple(_read(cell, depth + 1) for row in rows for cell in row)
    )


def _read_named(text: str, depth: int) -> Meaning | None:
    """Return the meaning of "x = 5", "Volume = 502.65 cm³", "3 + 4 = 7", "x ∈ [0, 1)": what stands behind its name."""
    named = split_name(text)
    if named is None:
        return None
    value = _read(named.value, depth + 1)
    near = _read(named.near, depth + 1) if named.near else value.near
    if near is not None and near.kind is Kind.LIST and named.near:
        near = near.near or near  # ≈ 3,14
    return _with(value, near=near, equation=text if named.is_equation else "")


def _read_bounds(text: str, depth: int) -> Meaning | None:
    """Return the interval that an inequality stands for, as -3 ≤ x < 4 or x > 2."""
    bounds = read_bounds(text)
    if bounds is None:
        return None
    members = (_read(bounds.low, depth + 1), _read(bounds.high, depth + 1))
    equation = text if bounds.is_inequality else ""
    return Meaning(kind=Kind.TUPLE, value=bounds.brackets, members=members, equation=equation)


def _read_list(text: str, depth: int) -> Meaning | None:
    """Return the meaning of "3, -7", "x = 3 or x = 5"; 3,5 may also be 3.5 as in Germany, and 3,5 cm is rather that."""
    parts = _split(_BOTH.sub("", text))
    if parts is None:
        return None
    listed = _read_members(text, parts, depth)
    comma = _DECIMAL_COMMA.fullmatch(text)
    decimal = None if comma is None else _read_plain_number(f"{comma[1]}.{comma[2]}", depth)
    if decimal is None:
        return listed
    return _with(decimal, near=listed) if is_measure(decimal.unit) else _with(listed, near=decimal)


def _read_members(text: str, parts: Sequence[str], depth: int) -> Meaning:
    named = [split_name(part) for part in parts]
    names = [each.name if each is not None else "" for each in named]
    members = [_read(part, depth + 1) for part in parts]
    if all(names) and len(set(names)) == len(names):
        values = [_with(member, equation="") for member in members]
        return Meaning(kind=Kind.NAMED, value=tuple(names), members=tuple(values))
    if len(set(filter(None, names))) > 1:
        members = [
            Meaning(kind=Kind.NAMED, value=(name,), members=(member,)) if name else member
            for name, member in zip(names, members, strict=True)
        ]
    return _with(_collect(members), equation=text if any(names) else "")


def _read_plus_minus(text: str, depth: int) -> Meaning | None:
    """Return the two values of ±6, 6 and -6."""
    if text.count("±") != 1 or "∓" in text:
        return None
    before, _, behind = text.partition("±")
    if not behind or (before and before[-1] in "=<>,"):
        return None
    plus = before + ("+" if before and before[-1] not in "(/*^" else "") + behind
    return _collect([_read(plus, depth + 1), _read(f"{before}-{behind}", depth + 1)])


_READINGS: tuple[Callable[[str, int], Meaning | None], ...] = (
    _read_plain_number,
    _read_letter,
    _read_bounds,
    _read_enclosed,
    _read_list,
    _read_named,
    _read_plus_minus,
)


def _read_rest(text: str) -> Meaning:
    """Return the meaning of a single expression, or of words."""
    trailing = _TRAILING_UNIT.match(text) if len(text) <= _MOST_BEFORE_UNIT else None
    if trailing is not None and re.search(r"[π√^/*+!(]", trailing["value"]):
        unit = read_unit(trailing["unit"])
        if unit and is_measure(unit):
            return Meaning(kind=Kind.EXPRESSION, value=_expression(trailing["value"]), unit=unit)
    if is_mathematics(text):
        return Meaning(kind=Kind.EXPRESSION, value=_expression(text))
    if _NO_SOLUTION.fullmatch(text):
        return Meaning(kind=Kind.EXPRESSION, value="∅")
    words = _ARTICLE.sub("", re.sub(r"[,;:.!?\"']+(?= |$)", "", text))
    return Meaning(kind=Kind.WORDS, value=(words or text).casefold())


def is_mathematics(text: str) -> bool:
    """Return whether a spelling is mathematics rather than words: without a run of three letters but names of functions."""
    return not any(IS_FUNCTION.fullmatch(word) is None for word in _WORD.findall(text))


def _expression(text: str) -> str:
    """Return an expression without the signs that may be left out: 3*√(2) is 3√(2)."""
    text = _REDUNDANT_TIMES.sub("", text).removeprefix("+")
    return text if len(text) > 1 or not text.isalpha() else text.casefold()


def _collect(members: Sequence[Meaning]) -> Meaning:
    """Return the meaning of a list of members; nested lists are flattened, and a unit that all share is the list's."""
    flat = [part for member in members for part in (member.members if member.kind is Kind.LIST else (member,))]
    if len(flat) == 1:
        return flat[0]
    if all(member.kind is Kind.TUPLE for member in flat):
        flat = _distinct(flat)  # of the solutions of an equation, each once
    units = {member.unit for member in flat}
    if (
        len(units - {""}) == 1
        and (flat[-1].unit or len(units) == 1)
        and all(member.kind in (Kind.NUMBER, Kind.EXPRESSION) for member in flat)
    ):
        unit = flat[-1].unit
        return Meaning(kind=Kind.LIST, members=tuple(_with(member, unit="") for member in flat), unit=unit)
    return Meaning(kind=Kind.LIST, members=tuple(flat))


def _distinct(members: Sequence[Meaning]) -> list[Meaning]:
    return list({(member.key, member.unit): member for member in members}.values())


def _with(
    meaning: Meaning, *, unit: str | None = None, near: Meaning | None = None, equation: str | None = None
) -> Meaning:
    return Meaning(
        kind=meaning.kind,
        value=meaning.value,
        unit=meaning.unit if unit is None else unit,
        members=meaning.members,
        significant=meaning.significant,
        equation=meaning.equation if equation is None else equation,
        near=near or meaning.near,
    )


def _encloses(text: str) -> bool:
    """Return whether the bracket that opens a text is closed by its last character."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{⟨") - (character in ")]}⟩")
        if depth == 0:
            return position == len(text) - 1
    return False


def _split(text: str, *, words: bool = True) -> list[str] | None:
    """Return the parts between commas, semicolons, unions and ands outside brackets; ``None`` when there are none."""
    outside = _outside(text)
    separators = ";" if ";" in outside else ",∪" + ("&" if words else "")
    parts, begin = [], 0
    for position, character in enumerate(outside):
        if character in separators:
            parts.append(text[begin:position])
            begin = position + 1
    parts.append(text[begin:])
    if words:
        parts = [piece for part in parts for piece in _split_words(part)]
    parts = [_LEADING_AND.sub("", part.strip()).strip() if words else part.strip() for part in parts]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts if 1 < len(parts) <= _MOST_MEMBERS and all(parts) else None


def _split_words(part: str) -> list[str]:
    outside, begin, pieces = _outside(part), 0, []
    for match in _AND.finditer(outside):
        if outside[: match.start()].strip():
            pieces.append(part[begin : match.start()])
            begin = match.end()
    return [*pieces, part[begin:]]


def _outside(text: str) -> str:
    """Return a text whose bracketed parts are blanked out, of the same length."""
    depth, out = 0, []
    for character in text:
        depth -= character in ")]}⟩⟧"
        out.append("\x00" if depth > 0 else character)
        depth += character in "([{⟨⟦"
    return "".join(out)
