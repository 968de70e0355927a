"""A crowd of a few for some seconds: nobody who does nothing wrong meets an error, and the store holds what was acknowledged.

Covers benchmarks/load.py, benchmarks/visitors.py, benchmarks/app_process.py.
"""

import pytest

from benchmarks.load import Company, ResidentSet, compare, measure, measure_sessions
from benchmarks.visitors import Ledger
from storage import open_store


def test_a_short_crowd_loses_and_doubles_nothing(tmp_path):
    found = measure(tmp_path / "data", Company(label=4, sample=1, browse=2, hostile=2), 10)
    assert (found["errors"], found["first_errors"], found["tracebacks"]) == (0, [], 0)
    assert (found["lost"], found["doubled"], found["unacknowledged"]) == (0, 0, 0)
    assert found["acknowledged"] == found["labels"] > 0
    assert found["runs"] > 0
    assert found["ack_p95_ms"] >= found["ack_p50_ms"] > 0
    assert found["rss_warm_mib"] > 50
    assert found["requests"] > found["labels"]
    assert sum(found["refusals"].values()) > 0


def test_sessions_are_counted(tmp_path):
    found = measure_sessions(tmp_path / "data", 20)
    assert found["sessions"] == 20
    assert found["rss_mib"] > 50


def test_what_was_lost_is_told(tmp_path):
    """Against a comparison that finds nothing."""
    open_store(tmp_path / "data").close()
    ledger = Ledger(acknowledged={"one", "two"})
    assert compare(tmp_path / "data", ledger) == {"acknowledged": 2, "lost": 2, "doubled": 0, "unacknowledged": 0}


def test_the_slope_of_memory_is_that_of_a_line():
    memory = ResidentSet(readings=[(at, 100 + at / 60 + (50 if at < 60 else 0)) for at in range(0, 300, 10)])
    assert memory.slope(60) == pytest.approx(1)
    assert memory.after(60) == pytest.approx(101)
    assert ResidentSet(readings=[(0, 7.0)]).slope(0) == 0
