"""Numbers in words."""

from fractions import Fraction

import pytest

from engine.answers.number_words import read_number_words


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("zero", 0, ""),
        ("Twelve cm", 12, "cm"),
        ("twenty-five", 25, ""),
        ("one hundred and twenty apples", 120, "apples"),
        ("two thousand three hundred", 2300, ""),
        ("three million", 3_000_000, ""),
        ("two thirds", Fraction(2, 3), ""),
        ("minus one half", Fraction(-1, 2), ""),
        ("half", Fraction(1, 2), ""),
        ("a third", Fraction(1, 3), ""),
        ("seven and", 7, "and"),
        ("five six", 5, "six"),
        ("twenty eleven", 20, "eleven"),
    ],
)
def test_words_are_a_number(text, value, rest):
    assert read_number_words(text) == (value, rest)


@pytest.mark.parametrize("text", ["", "a hundred", "hundred", "thirds", "minus", "and five", "onerous", "half empty"])
def test_what_begins_with_no_number_is_none(text):
    assert read_number_words(text) is None
