r"""The final answer out of a solution, and whether two answers are the same.

Pure text. Understands "Final answer: ...", ``\boxed{...}``, numbers, simple fractions, percentages, units and choice letters;
it does no algebra: ``2x + 2`` and ``2(x + 1)`` are different answers here.

Source: the two sampling prompts of VisualPRM ("Final answer: .." and the boxed variant).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

_BOX = r"\boxed{"
# Behind "final answer" comes ":" or "is", or the line ends as a heading does: the answer is the rest of the line, or the next one
# that is not empty. It is only looked at, so that "Final answer: The final answer is 5" is found twice.
_FINAL = re.compile(
    r"final\s+answers?[ \t*_#]*(?:is\b[ \t*_#]*[:：]?|[:：]|\r?\n)[\s*_#]*(?=(?P<answer>.+))", re.IGNORECASE
)
_SAYS_SOMETHING = re.compile(r"[^\W_]|[<>=∞∅]")  # a letter, a digit or a sign that can be a whole answer
_EMPHASIS = re.compile(r"(?<!\S)\*\*(?=\S)|(?<=\S)\*\*(?=[\s.,;:!?)]|$)")  # where it opens or closes: 2**3 is a power
_CLOSING = re.compile(r"(?<!\\)\$|\\[)\]]|[*`]")  # what may end between a box and its unit
_SENTENCE_END = re.compile(r"[.,;:!?](?:\s|$)")

_CHOICE = re.compile(r"\(?([a-h])(?:\)(?P<closed>.*)|[.:](?:\s+(?P<open>.*))?)?", re.DOTALL)  # a:b is a ratio
# what makes a choice one of several: "b)" or "B:" anywhere behind it, "and (c)", ", d" at the end or before the next
_OTHER_CHOICE = re.compile(r"(?<![^\W_])[a-h]\)?[.:)]|(?:\band\b|[,;&])\s*\(?[a-h]\)?\s*(?:$|[.,:;&]|and\b)")
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\{([^{}]*)\}")
_DEGREES = re.compile(r"\^\{?\\circ\}?|\\degree|\bdegrees?\b|°", re.IGNORECASE)
_BARE_FRACTION = re.compile(r"(\\[dt]?frac) ?(\d) ?(\d)")  # \frac12: TeX takes one digit each
_FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(-?\d+)\s*\}(?!\d)")
_SPACED_SIGN = re.compile(r"\s*([][(){},;=+\-*/<>])\s*|\s+(?=\\)")  # white space that says nothing: "(1, 2)" is "(1,2)"
_NUMBER = re.compile(
    r"""
    (?: [^\W\d_]? \s* = \s* )?              # "x = 5" says 5
    (?P<sign> [+-]? ) \s*
    (?P<currency> [$€£¥]? ) \s*
    (?: (?P<whole> \d+ ) \s (?= \d+/ ) )?   # the 2 of "2 1/2"
    (?: (?P<above> \d+ ) / (?P<below> -?\d+ )
      | (?P<decimal> \d{1,3} (?: [,\ ] \d{3} )+ (?: \.\d+ )? | \d+ \.? \d* | \.\d+ ) )
    \s* (?P<unit> .* )
    """,
    re.VERBOSE,
)
_POWER = re.compile(r" ?\^ ?\{?([23])\}?(?!\d)")
_UNIT_WORD = re.compile(r"°?(?P<letters>[^\W\d_²³](?:[^\W\d_²³]|['’])*)[²³]?")
_UNIT_SIGNS = frozenset({"", "%", "$", "€", "£", "¥", "°", "°c", "°f"})
# Other words of one or two letters are variables: 3x, 4ab.
_SHORT_UNIT = re.compile(
    "m|nm|μm|mm|cm|dm|km|ft|in|yd|mi|mg|g|kg|lb|oz|ml|cl|dl|l|ms|s|hr|h|am|pm|hz|pa|db|ev|mv|kv|mw|kw|kj|kn|kb|mb|gb|tb"
)
_NO_UNIT = re.compile("pi|sqrt|sin|cos|tan|cot|log|exp|mod|hundred|thousand|million|billion|dozen")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGroup:
    """Solutions that reached the same answer."""

    text: str  # the answer as its first solution wrote it
    members: tuple[int, ...]  # indices into the answers given, ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What an answer says, as far as answers are compared."""

    value: Fraction | str  # a number, a choice letter or any other text
    unit: str = ""  # of a number; "" when it has none


def read_answer(response: str) -> str | None:
    r"""Return the final answer of a response, or ``None`` when it states none.

    The last "Final answer: ...", "final answer is ..." or line under a heading "Final answer" wins, then the last
    ``\boxed{...}``. Markup around the answer is removed; what has no letter or digit ("..") is no answer.
    """
    stated = [match.group("answer") for match in _FINAL.finditer(response)]
    boxed = _last_boxed(response)
    for candidate in reversed(stated if boxed is None else [boxed, *stated]):
        answer = _unwrap(candidate)
        if _SAYS_SOMETHING.search(answer):
            return answer
    return None


def answers_equal(left: str, right: str) -> bool:
    """Say whether two answers mean the same: the same number, choice or text.

    Units only count when both have one, and are compared as they are written: 5 is 5 cm, 5 cm is not 5 m, 50% is 50 and not 0.5.
    """
    if left == right:
        return True
    a, b = _meaning(left), _meaning(right)
    return a.value == b.value and (a.unit == b.unit or not a.unit or not b.unit)


def group_answers(answers: Iterable[str | None]) -> tuple[AnswerGroup, ...]:
    """Group equal answers, largest group first, equal sizes in order of first appearance; ``None`` belongs to no group.

    A number without unit joins the same number with one, unless that number stands there with several units: 5 is a group of its
    own beside 5 cm and 5 m, whatever the order.
    """
    texts = list(answers)
    groups: dict[_Meaning, list[int]] = {}
    for index, text in enumerate(texts):
        if text is not None:
            groups.setdefault(_meaning(text), []).append(index)
    for bare in [meaning for meaning in groups if not meaning.unit]:
        with_unit = [meaning for meaning in groups if meaning.unit and meaning.value == bare.value]
        if len(with_unit) == 1:
            groups[with_unit[0]] += groups.pop(bare)
    found = sorted((sorted(members) for members in groups.values()), key=lambda members: (-len(members), members[0]))
    return tuple(AnswerGroup(text=texts[members[0]] or "", members=tuple(members)) for members in found)


def _last_boxed(text: str) -> str | None:
    """Return the content of the last ``\\boxed{...}`` with balanced braces."""
    start = text.rfind(_BOX)
    if start < 0:
        return None
    depth, begin = 0, start + len(_BOX) - 1
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return text[begin + 1 : position]
    return None


def _unwrap(answer: str) -> str:
    """Strip what surrounds an answer: boxes, math delimiters, emphasis, a closing full stop."""
    answer = answer.strip()
    while not answer.isalnum():  # most answers are a plain number or word
        before = answer
        answer = _EMPHASIS.sub("", _open_box(answer)).strip("*_").strip()
        for left, right in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("`", "`")):
            if len(answer) > len(left) + len(right) and answer.startswith(left) and answer.endswith(right):
                inner = answer[len(left) : -len(right)]
                answer = inner if left not in inner else answer
        answer = answer.strip().removesuffix(".").strip() if not answer.endswith("..") else answer.strip(". ")
        if answer == before:
            break
    return answer


def _open_box(line: str) -> str:
    """Return what is boxed and the unit directly behind the box; a line with several boxes, or none, stays as it is."""
    content = _last_boxed(line)
    if content is None or line.count(_BOX) > 1:
        return line
    behind = _CLOSING.sub("", line.partition(_BOX + content + "}")[2])
    return content + _SENTENCE_END.split(behind, maxsplit=1)[0]


def _meaning(answer: str) -> _Meaning:
    text = _normalise(answer)
    number = _NUMBER.fullmatch(text)
    if number is not None:
        value, unit = _value_of(number), _unit_of(number)
        if value is not None and unit is not None:
            return _Meaning(value=value, unit=unit)
    choice = _CHOICE.fullmatch(text)
    if choice is not None and not _OTHER_CHOICE.search(choice["closed"] or choice["open"] or ""):
        return _Meaning(value=choice.group(1))
    return _Meaning(value=_SPACED_SIGN.sub(r"\1", text))


def _normalise(answer: str) -> str:
    """Lower-case, without markup that carries no meaning."""
    text = _unwrap(answer).casefold()
    if text.isalnum():
        return text
    text = text.replace("−", "-").replace("–", "-").replace("{,}", ",")
    text = _WRAPPER.sub(r"\1", text)
    text = re.sub(r"(?<=\d)(?=\\[dt]?frac)", " ", text)  # a mixed number
    text = _FRACTION.sub(r"\1/\2", _BARE_FRACTION.sub(r"\1{\2}{\3}", text))
    text = _DEGREES.sub("°", text).replace(r"\%", "%").replace(r"\$", "$")
    text = re.sub(r"\\[,;:! ]|~|\$(?!\d)", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def _value_of(number: re.Match[str]) -> Fraction | None:
    """Return the number of "1,200 cm", "3/4" or "2 1/2"; ``None`` for n/0 and for more digits than Python reads."""
    sign, whole, above, below, decimal = number.group("sign", "whole", "above", "below", "decimal")
    try:
        value = Fraction(int(above), int(below)) if above else Fraction(decimal.replace(",", "").replace(" ", ""))
        value += int(whole or 0)
    except (ValueError, ZeroDivisionError):
        return None
    return -value if sign == "-" else value


def _unit_of(number: re.Match[str]) -> str | None:
    """Return the unit of a number, "" when it has none; ``None`` when what follows makes it something else (3x, 3π, 5!)."""
    written = (number.group("unit") or number.group("currency")).replace("° ", "°")
    if written in _UNIT_SIGNS:
        return written
    unit = _POWER.sub(lambda power: "²" if power.group(1) == "2" else "³", written)
    return unit if all(_is_unit_word(word) for word in re.split(r" ?[/·] ?| ", unit)) else None


def _is_unit_word(word: str) -> bool:
    match = _UNIT_WORD.fullmatch(word)
    if match is None:
        return False
    letters = match.group("letters")
    is_chinese = "\u2e80" <= letters[0] <= "\ud7ff"  # or its neighbours, where one character is a word
    is_long = len(letters) > 2 or is_chinese
    return bool(_SHORT_UNIT.fullmatch(letters) or (is_long and not _NO_UNIT.fullmatch(letters)))
