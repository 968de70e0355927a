"""Inequalities, set-builder notation and brackets turned outwards, as intervals."""

import pytest

from engine.answers.bounds import Bounds, read_bounds


@pytest.mark.parametrize(
    ("text", "brackets", "low", "high"),
    [
        ("-3≤x<4", "[)", "-3", "4"),
        ("4>x≥-3", "[)", "-3", "4"),
        ("x>2", "()", "2", "∞"),
        ("2>x", "()", "-∞", "2"),
        ("|x|≤2", "[]", "-2", "2"),
        ("{x|x>3}", "()", "3", "∞"),
        ("{x∈R:0≤x≤1}", "[]", "0", "1"),
        ("]0,1]", "(]", "0", "1"),
        ("[0;1[", "[)", "0", "1"),
        ("all real numbers", "()", "-∞", "∞"),
    ],
)
def test_bounds_are_read(text, brackets, low, high):
    is_inequality = any(sign in text for sign in "<>≤≥")
    assert read_bounds(text) == Bounds(brackets=brackets, low=low, high=high, is_inequality=is_inequality)


@pytest.mark.parametrize("text", ["", "(0,1)", "[0,1]", "x=3", "x<y", "{x∈Z|x>3}", "{y|x>3}", "|x|>2", "|x|<a", "2<3"])
def test_what_is_no_interval_is_none(text):
    assert read_bounds(text) is None
