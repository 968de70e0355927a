"""Who is served when one owner asks for much: turns between owners, not between requests.

Covers engine/engine.py.
"""

import threading

import pytest
from PIL import Image

from engine import Problem, RunEnded, RunStarted, Sampling
from tests.support.scripted import scripted_engine

PROBLEM = Problem(question="How many?")
IMAGES = (Image.new("RGB", (8, 8)),)


@pytest.fixture
def engine():
    """An engine whose policy waits before the second word of every text."""
    gate = threading.Event()
    with scripted_engine(["One. Two.\n\nFinal answer: 3"], gate=gate) as engine:
        engine.gate = gate
        yield engine
        gate.set()


def ask(engine, owner):
    return engine.solve(PROBLEM, IMAGES, Sampling(n=1), owner=owner)


def begun_order(engine, jobs):
    """The names of the jobs in the order in which they were begun, once all have ended."""
    order, guard = [], threading.Lock()

    def follow(name, job):
        for event in job.events():
            if isinstance(event, RunStarted):
                with guard:
                    order.append(name)
            assert not isinstance(event, RunEnded) or event.error is None

    readers = [threading.Thread(target=follow, args=each) for each in jobs.items()]
    for reader in readers:
        reader.start()
    engine.gate.set()
    for reader in readers:
        reader.join()
    return order


def test_a_newcomer_is_served_before_the_third_run_of_another(engine):
    """Thirty abandoned runs of N = 128 kept a newcomer waiting for over 20 seconds."""
    jobs = {f"flood {number}": ask(engine, "flood") for number in range(6)}
    jobs["newcomer"] = ask(engine, "new")
    order = begun_order(engine, jobs)
    assert order.index("newcomer") <= 2
    assert [each for each in order if each != "newcomer"] == [f"flood {number}" for number in range(6)]


def test_owners_take_turns(engine):
    jobs = {f"a{number}": ask(engine, "a") for number in range(4)}
    jobs |= {f"b{number}": ask(engine, "b") for number in range(3)}
    order = begun_order(engine, jobs)
    for number in range(1, 3):
        assert order.index(f"b{number}") < order.index(f"a{number + 1}")


def test_without_an_owner_who_comes_first_is_served_first(engine):
    jobs = {str(number): ask(engine, "") for number in range(5)}
    assert begun_order(engine, jobs) == [str(number) for number in range(5)]
