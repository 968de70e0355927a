"""What requests took, and what that costs.

Covers engine/metering/usage.py, engine/metering/prices.py.
"""

import json
from pathlib import Path

import pytest

from engine.errors import LoadError
from engine.metering.meter import Meter
from engine.metering.prices import read_prices
from engine.metering.usage import ServerUsage, ServerWait, TokenPrice, add_up, cost_text

COSTS = json.loads(Path("tests/cases/costs.json").read_text(encoding="utf-8"))["cases"]
PRICE = TokenPrice(read=2.0, written=10.0)


def test_nothing_asked_is_nothing_told():
    meter = Meter()
    assert (meter.usage("m", PRICE), meter.wait) == (None, None)


def test_tokens_are_added_up_and_cost_what_a_million_costs():
    meter = Meter()
    meter.request().tell(read=1000, written=10)
    meter.request().tell(read=500, written=40)
    whole = ServerUsage(model="m", requests=2, counted=2, read=1500, written=50, cost=0.0035)
    assert meter.usage("m", PRICE) == whole
    assert meter.usage("m", None).cost is None
    assert whole.sentence == "m: 1,500 tokens read and 50 written, cost 0.0035"


def test_a_server_that_tells_again_tells_all():
    meter = Meter()
    request = meter.request()
    request.tell(read=7, written=1)
    request.tell(read=7, written=3)
    assert meter.usage("m", None) == ServerUsage(model="m", requests=1, counted=1, read=7, written=3)


def test_what_is_not_told_is_not_zero():
    meter = Meter()
    meter.request()
    assert meter.usage("m", PRICE) == ServerUsage(model="m", requests=1, counted=0)
    assert meter.usage("m", PRICE).sentence == "m: 1 request with tokens that its server did not count"
    meter.request().tell(read=5, written=1)
    part = meter.usage("m", PRICE)
    assert (part.read, part.written, part.cost, part.is_whole) == (5, 1, None, False)
    assert part.sentence == "m: at least 5 tokens read and 1 written"


def test_the_longest_wait_is_told_in_whole_seconds():
    now = 100.0
    meter = Meter(clock=lambda: now)
    with meter.waiting(2.5, "busy"), meter.waiting(12.0, "the server's rate limit"):
        assert meter.wait == ServerWait(seconds=12, reason="the server's rate limit")
        assert meter.wait.sentence == "waiting 12 s: the server's rate limit"
        now = 111.9
        assert meter.wait.seconds == 1
        now = 113.0
        assert meter.wait.seconds == 1
    assert meter.wait is None


def test_runs_are_added_up_by_model():
    one = ServerUsage(model="a", requests=1, counted=1, read=5, written=2, cost=0.5)
    assert add_up([]) == ()
    assert add_up([one]) == (one,)
    none = ServerUsage(model="a", requests=2, counted=0)
    other = ServerUsage(model="b", requests=1, counted=0)
    assert add_up([one, other, one]) == (
        ServerUsage(model="a", requests=2, counted=2, read=10, written=4, cost=1.0),
        other,
    )
    assert add_up([one, none]) == (ServerUsage(model="a", requests=3, counted=1, read=5, written=2),)


def test_prices_are_read_by_name():
    prices = read_prices(" meta/llama:8b=0.25/1.25 , x=y=0/3, *=1/2,")
    assert prices.of("meta/llama:8b") == TokenPrice(read=0.25, written=1.25)
    assert prices.of("x=y") == TokenPrice(read=0.0, written=3.0)
    assert prices.of("another") == TokenPrice(read=1.0, written=2.0)
    assert read_prices("").of("another") is None


@pytest.mark.parametrize("text", ["m", "m=", "=1/2", "m=1", "m=a/b", "m=-1/2", "m=nan/1", "m=1/inf", "ok=1/2,m=1/2/3"])
def test_what_is_no_price_is_named(text):
    with pytest.raises(LoadError, match="NAME=READ/WRITTEN"):
        read_prices(text)


def test_a_model_has_one_price():
    with pytest.raises(LoadError, match="'a=b' twice"):
        read_prices("a=b=1/2, c=1/2, a=b=3/4")


@pytest.mark.parametrize(("cost", "text"), COSTS)
def test_a_cost_is_written_as_on_the_page(cost, text):
    """12,345.67 was 1.235e+04."""
    assert cost_text(cost) == text
