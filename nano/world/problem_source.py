"""The world as the app's pages want it: problems by seed, and the verdict on every step of a solution of one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from nano.world.random_problem import RandomProblem, StepVerdict, random_problem, verdicts

KEPT = 64  # problems drawn last: all solutions of a run ask for the same one


class NanoWorld:
    """Held-out problems without end; implements ``visualprm_ui.use_cases.problem_source.ProblemSource``."""

    name = "nano_world"

    def draw(self, seed: int) -> RandomProblem:
        """Return the problem of a seed."""
        return _drawn(seed)

    def check(self, seed: int, steps: Sequence[str]) -> tuple[StepVerdict, ...]:
        """Return the verdict on every step of a solution of that seed's problem."""
        return verdicts(_drawn(seed), steps)


@lru_cache(maxsize=KEPT)
def _drawn(seed: int) -> RandomProblem:
    return random_problem(seed)
