r"""Numbers in an answer: signs, fractions, mixed numbers, powers, scientific notation, money, percent and the unit behind.

Works on the one spelling of :mod:`engine.answers.spelling`. Values are exact fractions. A decimal that is a fraction to its full
precision (0.0416666666666667) is that fraction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from engine.answers.number_words import read_number_words
from engine.answers.tex import REPEATING
from engine.answers.units import read_unit

_MOST_DIGITS = 400  # of a number that is computed rather than read
_FULL_PRECISION = 10  # significant digits from which a decimal is taken for the simple fraction it is the decimals of
_MOST_DENOMINATOR = 1000  # of such a fraction: by chance a decimal is that near to one in fewer than 1 of 10,000 cases

_NUMBER = re.compile(
    rf"""
    (?P<sign> [+-]? ) \ ?
    (?P<currency> [$€£¥₹]? ) \ ?
    (?: (?P<whole> \d{{1,3}} (?: \ \d{{3}} )+ | \d+ ) \ (?P<part> \d+ ) / (?P<of> \d+ ) (?![\d.])
      | (?P<above> -?\d+ (?: \.\d+ )? ) / \(? (?P<below> -?\d+ (?: \.\d+ )? ) \)? (?![\d.(])
      | (?P<base> \d+ ) \^ \(? (?P<exponent> -?\d+ ) \)?
      | (?P<decimal> \d{{1,3}} (?: \ \d{{3}} )+ (?![\d]) (?: \.\d+ )? | \d+ \.? \d* | \.\d+ )
        (?: {REPEATING} (?P<repeating> \d{{1,30}} ) {REPEATING} )?
        (?: (?: \* 10 \^ | [eE] (?=[+-]?\d) ) \(? (?P<scale> [+-]? \d{{1,4}} ) \)? )? )
    (?: \ ? (?P<many> thousand | million | billion | trillion ) \b )?
    \ ? (?P<unit> [^\d+\-=<>≤≥(),;].* | )
    """,
    re.VERBOSE | re.DOTALL,
)
_MANY = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number and what is counted or measured by it."""

    value: Fraction
    unit: str  # "" when it has none
    significant: int  # digits of a decimal; 0 for a fraction


def read_number(text: str) -> Number | None:
    """Return the number that a text is; ``None`` when it is none, or one too long to compute."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return _read_word(text)
    currency = match["currency"]
    written = match["unit"]
    if currency and written.startswith(("/", "per ")):
        written, currency = f"{currency} {written}", ""  # $5 per hour
    unit = read_unit(written)
    if unit is None or (currency and unit not in ("", currency, "$")):
        return None
    if (
        match["unit"]
        and match["base"]
        and not match["unit"].startswith((" ", "°", "%"))
        and match["unit"][:1].isalpha()
    ):
        return None  # 2^3x
    try:
        value = _value(match)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if value is None:
        return None
    if match["many"]:
        value *= 10 ** _MANY[match["many"]]
    digits = len((match["decimal"] or "").replace(".", "").replace(" ", "").lstrip("0"))
    return Number(value=-value if match["sign"] == "-" else value, unit=unit or currency, significant=digits)


def _value(match: re.Match[str]) -> Fraction | None:
    """Return the value without its sign; ``None`` where the text only looks like a number (13 8/5)."""
    if match["part"]:
        part = Fraction(int(match["part"]), int(match["of"]))
        return int(match["whole"].replace(" ", "")) + part if part < 1 else None
    if match["above"]:
        return Fraction(match["above"]) / Fraction(match["below"])
    if match["base"]:
        base, exponent = int(match["base"]), int(match["exponent"])
        if len(match["base"]) * abs(exponent) > _MOST_DIGITS:
            return None
        return Fraction(base) ** exponent
    decimal = match["decimal"].replace(" ", "")
    value = Fraction(decimal)
    if match["repeating"]:
        places = len(decimal.partition(".")[2])
        nines = 10 ** len(match["repeating"]) - 1
        value += Fraction(int(match["repeating"]), nines * 10**places)
    elif "." in decimal:
        value = _simple_fraction(value, decimal)
    if match["scale"]:
        if abs(int(match["scale"])) > _MOST_DIGITS:
            return None
        value *= Fraction(10) ** int(match["scale"])
    return value


def _simple_fraction(value: Fraction, decimal: str) -> Fraction:
    """Return the simple fraction whose decimals these are, rounded or cut off in the last place, or the value itself."""
    digits = len(decimal.replace(".", "").lstrip("0"))
    if digits < _FULL_PRECISION:
        return value
    simple = value.limit_denominator(_MOST_DENOMINATOR)
    last_place = Fraction(1, 10 ** len(decimal.partition(".")[2]))
    slack = max(last_place, abs(value) / 10**15) if digits > 15 else last_place  # what a float cannot tell apart
    return simple if abs(simple - value) < slack else value


def _read_word(text: str) -> Number | None:
    """Return the number that words such as "twelve" or "three cm" state."""
    if not text[:1].isalpha() or not text.isascii():
        return None
    read = read_number_words(text)
    if read is None:
        return None
    value, rest = read
    unit = read_unit(rest)
    return None if unit is None else Number(value=value, unit=unit, significant=0)
