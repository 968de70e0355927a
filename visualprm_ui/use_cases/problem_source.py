"""A world of problems that are drawn at random and whose every step can be checked exactly: what the pages need of one.

``app.py`` plugs in the world that the embedded models were trained on. A problem drawn from it is known again by its id, which
holds the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.domain import Problem


class DrawnProblem(Protocol):
    """A problem nobody has seen before; the same seed gives the same one."""

    @property
    def image(self) -> bytes:
        """Its picture, as a file."""
        ...

    @property
    def question(self) -> str:
        """What is asked about the picture."""
        ...

    @property
    def answer(self) -> str:
        """The right answer."""
        ...


class StepVerdict(Protocol):
    """What the exact checker says of one step."""

    @property
    def label(self) -> int:
        """1 right, -1 wrong, 0 where the step claims nothing."""
        ...

    @property
    def reason(self) -> str | None:
        """For people: what is wrong with it; None when nothing is."""
        ...


Check = Callable[[Sequence[str]], tuple[StepVerdict, ...]]  # all steps of one solution -> one verdict a step


class World(Protocol):
    """Draws problems and checks steps."""

    @property
    def name(self) -> str:
        """What stands as data source of its problems and at the start of their ids, such as ``nano_world``."""
        ...

    def draw(self, seed: int) -> DrawnProblem:
        """Return the problem of a seed."""
        ...

    def check(self, seed: int, steps: Sequence[str]) -> tuple[StepVerdict, ...]:
        """Return the verdict on every step of a solution of that seed's problem."""
        ...


def problem_id(world: World, seed: int) -> str:
    """Return the id of a drawn problem: the same one however often it is drawn, so that its checker can be found again."""
    return f"{world.name}:{seed}"


def seed_of(world: World | None, problem: str) -> int | None:
    """Return the seed that a problem of this id was drawn from, or None when it was not drawn from the world."""
    name, _, seed = problem.partition(":")
    return int(seed) if world is not None and name == world.name and seed.isdecimal() else None


def find_check(world: World | None, problem: Problem) -> Check | None:
    """Return the checker of a problem, or None when it was not drawn from the world."""
    seed = seed_of(world, problem.id)
    if world is None or seed is None:
        return None
    return lambda steps: world.check(seed, steps)
