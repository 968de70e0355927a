"""Runs of an engine with scripted models: a problem, two solutions, and what comes of them."""

from PIL import Image

from engine import Priority, Problem, Sampling

PROBLEM = Problem(question="How many?")
IMAGES = (Image.new("RGB", (8, 8)),)
TWO = ("One bar.\n\nTwo bars.\n\nFinal answer: 2", "I guess.\n\nFinal answer: 3")


def judge(step: str) -> float:
    return len(step) / 1000


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def solve(engine, n=2, priority=Priority.PERSON, **sampling):
    return engine.solve(PROBLEM, IMAGES, Sampling(n=n, **sampling), priority=priority)
