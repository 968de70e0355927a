"""Numbers in words: "twelve", "minus twenty-five", "one hundred and twenty", "two thirds".

Pure text. Only English, and only what is a number as a whole; "a hundred" is about as many, and none.
"""

from __future__ import annotations

import re
from fractions import Fraction

_SMALL = (
    "zero one two three four five six seven eight nine ten "
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: value for value, word in enumerate(_SMALL.split())}
_VALUES |= {word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)}
_LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth"
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
_PARTS |= {name + plural: below for below, name in enumerate(_ORDINALS.split(), start=3) for plural in ("", "s")}
_ALONE = {"half": Fraction(1, 2), "a half": Fraction(1, 2), "a third": Fraction(1, 3), "a quarter": Fraction(1, 4)}
_SIGNS = {"minus": -1, "negative": -1, "plus": 1, "positive": 1}
_SEPARATOR = re.compile(r"[ -]")
_MOST_WORDS = 20


def read_number_words(text: str) -> tuple[Fraction, str] | None:
    """Return the number that a text begins with in words, and what stands behind it; ``None`` where it begins with none."""
    if text.casefold() in _ALONE:
        return _ALONE[text.casefold()], ""
    words = _SEPARATOR.split(text.casefold(), maxsplit=_MOST_WORDS)
    sign = _SIGNS.get(words[0], 0)
    at = 1 if sign else 0
    value, used = _whole(words[at:])
    if not used:
        return None
    at += used
    if at < len(words) and words[at] in _PARTS and 0 < value < 20:
        value = Fraction(value, _PARTS[words[at]])
        at += 1
    rest = text
    for word in words[:at]:
        rest = rest[len(word) + 1 :]
    return Fraction(value) * (sign or 1), rest


def _whole(words: list[str]) -> tuple[int | Fraction, int]:
    """Return the whole number that words begin with, and how many words it takes; 0 words where they begin with none."""
    total, group, used, last = 0, 0, 0, 0  # last: the value of the word before, 0 behind "hundred" or "thousand"
    for at, word in enumerate(words):
        if word in _VALUES:
            value = _VALUES[word]
            if used and (last % 10 or (last and (last < 20 or value >= 10)) or not value):
                break  # "five six", "twenty eleven" are no numbers
            group, last, used = group + value, value, at + 1
        elif word == "hundred" and 0 < group < 100 and last:
            group, last, used = group * 100, 0, at + 1
        elif word in _LARGE and group:
            total, group, last, used = total + group * _LARGE[word], 0, 0, at + 1
        elif word != "and" or not used or last or at + 1 >= len(words) or words[at + 1] not in _VALUES:
            break
    return total + group, used
