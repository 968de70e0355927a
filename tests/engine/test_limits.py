"""What a sampling request may ask for.

Covers engine/domain.py.
"""

import math
from dataclasses import fields, replace

import pytest

from engine.domain import Sampling
from engine.errors import InvalidRequest
from engine.limits import ENGINE_LIMITS, FORM_LIMITS

NUMBERS = {field.name for field in fields(Sampling)} - {"stop"}
ENDS = [
    (limits, field, value)
    for limits in (ENGINE_LIMITS, FORM_LIMITS)
    for field, held in limits.ranges.items()
    for value in (held.least, held.most)
]


def refusal(limits, **values):
    with pytest.raises(InvalidRequest) as raised:
        limits.check(replace(Sampling(), **values))
    return str(raised.value)


def test_every_number_of_a_request_has_its_limits():
    assert set(ENGINE_LIMITS.ranges) == set(FORM_LIMITS.ranges) == NUMBERS
    assert set(FORM_LIMITS.names) == NUMBERS | {"stop"}


def test_the_defaults_lie_within_all_limits():
    ENGINE_LIMITS.check(Sampling())
    FORM_LIMITS.check(Sampling())


def test_the_form_asks_for_nothing_that_the_engine_refuses():
    for field, held in FORM_LIMITS.ranges.items():
        assert held.least in ENGINE_LIMITS.ranges[field]
        assert held.most in ENGINE_LIMITS.ranges[field]


@pytest.mark.parametrize(("limits", "field", "value"), ENDS)
def test_both_ends_of_a_range_are_taken_and_what_lies_outside_is_not(limits, field, value):
    held = limits.ranges[field]
    if value == math.inf:
        return
    limits.check(replace(Sampling(), **{field: value}))
    outside = math.nextafter(value, -math.inf if value == held.least else math.inf)
    outside = outside if isinstance(getattr(Sampling(), field), float) else value + (-1 if value == held.least else 1)
    refusal(limits, **{field: outside})


def test_messages_name_the_value_and_what_would_do():
    assert refusal(ENGINE_LIMITS, n=0) == "n must be at least 1 and at most 128, not 0."
    assert refusal(ENGINE_LIMITS, top_p=0.0) == "top_p must be at least 0.0001 and at most 1, not 0.0."
    assert refusal(FORM_LIMITS, n=0) == "Solutions is 0; choose a value from 1 to 128."
    assert refusal(FORM_LIMITS, seed=2**53) == f"Seed is {2**53}; choose a value from 0 to {2**53 - 1}."


def test_what_is_no_number_is_refused():
    assert "nan" in refusal(ENGINE_LIMITS, temperature=math.nan)
    assert "nan" in refusal(FORM_LIMITS, top_p=math.nan)


def test_stop_texts_are_limited_in_number_and_length():
    assert "stop string is empty" in refusal(ENGINE_LIMITS, stop=("a", ""))
    ENGINE_LIMITS.check(Sampling(stop=("x" * 201,) * 17))
    FORM_LIMITS.check(Sampling(stop=("x" * 200,) * 16))
    assert refusal(FORM_LIMITS, stop=("x",) * 17) == "There are 17 stop texts; the most is 16, one a line."
    assert refusal(FORM_LIMITS, stop=("x", "x" * 201)) == "A stop text has 201 characters; the most is 200. Shorten it."


def test_zero_is_greedy_and_what_is_nearer_to_it_than_float32_can_compute_is_refused():
    for limits in (ENGINE_LIMITS, FORM_LIMITS):
        limits.check(replace(Sampling(), temperature=0))
        refusal(limits, temperature=1e-40)
        refusal(limits, top_p=1e-46)
    said = "temperature must be 0 or at least 0.001 and at most 10, not 1e-40."
    assert refusal(ENGINE_LIMITS, temperature=1e-40) == said
    assert refusal(FORM_LIMITS, temperature=1e-40) == "Temperature is 1e-40; choose 0, or a value from 0.001 to 2."


@pytest.mark.parametrize(
    ("limits", "field", "least", "most"),
    [
        (ENGINE_LIMITS, "n", 1, 128),
        (ENGINE_LIMITS, "temperature", 0.001, 10),
        (ENGINE_LIMITS, "top_p", 0.0001, 1),
        (ENGINE_LIMITS, "top_k", 0, math.inf),
        (ENGINE_LIMITS, "seed", 0, 9_223_372_036_854_775_807),  # what 64 bits of SQLite and of a generator hold
        (ENGINE_LIMITS, "max_new_tokens", 1, 1_048_576),
        (ENGINE_LIMITS, "repetition_penalty", 0.01, 10),
        (FORM_LIMITS, "n", 1, 128),
        (FORM_LIMITS, "temperature", 0.001, 2),
        (FORM_LIMITS, "top_p", 0.01, 1),
        (FORM_LIMITS, "top_k", 0, 1000),
        (FORM_LIMITS, "seed", 0, 9_007_199_254_740_991),  # JavaScript's Number.MAX_SAFE_INTEGER
        (FORM_LIMITS, "max_new_tokens", 1, 32768),
        (FORM_LIMITS, "repetition_penalty", 0.5, 2),
    ],
)
def test_the_ranges_that_clients_rely_on(limits, field, least, most):
    held = limits.ranges[field]
    assert (held.least, held.most) == (least, most)
