"""A source of problems that are drawn at random and whose every step can be checked exactly: what the app needs of one.

``app.py`` plugs in the source that the embedded models were trained on. A problem drawn from it is known again by its id, which
holds the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.domain import Problem


class DrawnProblem(Protocol):
    """A problem drawn at random; the same seed gives the same problem."""

    @property
    def image(self) -> bytes:
        """The bytes of its image file."""
        ...

    @property
    def question(self) -> str:
        """What is asked about the image."""
        ...

    @property
    def answer(self) -> str:
        """The right answer."""
        ...


class StepCheck(Protocol):
    """The exact checker's result for one step."""

    @property
    def label(self) -> int:
        """1: correct, -1: wrong, 0: the step claims nothing."""
        ...

    @property
    def reason(self) -> str | None:
        """A sentence for people about what is wrong; None when nothing is."""
        ...


StepChecker = Callable[[Sequence[str]], tuple[StepCheck, ...]]  # all steps of one solution -> one result per step


class ProblemSource(Protocol):
    """Draws problems, writes solutions of them and checks steps."""

    @property
    def name(self) -> str:
        """The data source of its problems and the prefix of their ids, such as ``nano_world``."""
        ...

    def draw(self, seed: int) -> DrawnProblem:
        """Return the problem that this seed gives."""
        ...

    def solve(self, seed: int, count: int) -> Sequence[Sequence[str]]:
        """Return the steps of up to ``count`` different solutions of that seed's problem, the right one first, then mistaken ones.

        The same seed gives the same solutions.
        """
        ...

    def check(self, seed: int, steps: Sequence[str]) -> tuple[StepCheck, ...]:
        """Return the result for every step of a solution to that seed's problem."""
        ...


def problem_id(source: ProblemSource, seed: int) -> str:
    """Return the id of a drawn problem. It holds the seed, so that the problem's checker can be found again."""
    return f"{source.name}:{seed}"


def seed_of(source: ProblemSource | None, problem: str) -> int | None:
    """Return the seed behind a problem id, or None when the problem was not drawn from this source."""
    name, _, seed = problem.partition(":")
    return int(seed) if source is not None and name == source.name and seed.isdecimal() else None


def find_checker(source: ProblemSource | None, problem: Problem) -> StepChecker | None:
    """Return the exact checker of a problem, or None when it was not drawn from this source."""
    seed = seed_of(source, problem.id)
    if source is None or seed is None:
        return None
    return lambda steps: source.check(seed, steps)
