"""Who is served when one owner asks for much: turns between owners, not between requests.

Covers engine/engine.py, engine/serving/owner_turns.py.
"""

import threading

import pytest
from PIL import Image

from engine import Engine, Models, Problem, Sampling
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel

IMAGES = (Image.new("RGB", (8, 8)),)


class Recorder(ScriptedPolicy):
    """Notes the questions in the order in which they are begun."""

    def __init__(self, gate):
        super().__init__(["One. Two.\n\nFinal answer: 3"], gate=gate)
        self.begun = []

    def sample(self, images, question, sampling):
        self.begun.append(question)
        yield from super().sample(images, question, sampling)


@pytest.fixture(params=[1, 2])
def engine(request):
    """An engine that serves so many runs at a time, and whose policy waits before the second word of every text.

    Its models come when ``loaded`` is set: whoever asked before that is there when the first one is chosen.
    """
    gate, loaded = threading.Event(), threading.Event()
    policy = Recorder(gate)
    models = Models(policy=policy, reward_model=ScriptedRewardModel())

    def load():
        loaded.wait(60)
        return models

    with Engine(load, max_active=request.param) as engine:
        engine.gate, engine.loaded, engine.begun = gate, loaded, policy.begun
        yield engine
        loaded.set()
        gate.set()


def ask(engine, owner, name):
    return engine.solve(Problem(question=name), IMAGES, Sampling(n=1), owner=owner)


def begun_order(engine, jobs):
    """The questions in the order in which they were begun, once all have ended."""
    engine.loaded.set()
    engine.gate.set()
    for job in jobs:
        assert list(job.events())[-1].error is None
    return engine.begun


def test_a_newcomer_is_served_before_the_third_run_of_another(engine):
    """Thirty abandoned runs of N = 128 kept a newcomer waiting for over 20 seconds; one at a time, for all of them."""
    floods = [f"flood {number}" for number in range(6)]
    jobs = [ask(engine, "flood", name) for name in floods]
    order = begun_order(engine, [*jobs, ask(engine, "new", "newcomer")])
    assert order.index("newcomer") <= 2
    assert [each for each in order if each != "newcomer"] == floods


def test_owners_take_turns(engine):
    jobs = [ask(engine, "a", f"a{number}") for number in range(4)]
    jobs += [ask(engine, "b", f"b{number}") for number in range(3)]
    order = begun_order(engine, jobs)
    for number in range(1, 3):
        assert order.index(f"b{number}") < order.index(f"a{number + 1}")


def test_who_comes_late_makes_up_for_nothing(engine):
    """They join the turn that the others are in, and do not keep them waiting for as many as those were served before."""
    early = [ask(engine, "a", f"a{number}") for number in range(4)]
    engine.loaded.set()
    engine.gate.set()
    for job in early[:3]:
        list(job.events())
    engine.gate.clear()
    late = [ask(engine, owner, f"{owner}{number}") for number in range(4, 7) for owner in ("a", "b")]
    order = begun_order(engine, [early[3], *late])
    places = [order.index(f"b{number}") for number in range(4, 7)]
    assert order.index("a6") < places[2] + 2
    assert all(abs(order.index(f"a{number}") - place) <= 2 for number, place in zip(range(4, 7), places, strict=True))


def test_without_an_owner_who_comes_first_is_served_first(engine):
    names = [str(number) for number in range(5)]
    assert begun_order(engine, [ask(engine, "", name) for name in names]) == names
