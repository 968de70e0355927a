"""The world as a source of problems for the app's pages: problems by seed, and the exact check of their solutions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from nano.world.random_problem import ExplainedStep, RandomProblem, explain_steps, random_problem

CACHED = 64  # problems: all solutions of a run are checked against the same one


class NanoWorld:
    """An endless source of held-out problems; implements ``visualprm_ui.use_cases.problem_source.ProblemSource``."""

    name = "nano_world"

    def draw(self, seed: int) -> RandomProblem:
        """Return the problem of a seed."""
        return _drawn(seed)

    def check(self, seed: int, steps: Sequence[str]) -> tuple[ExplainedStep, ...]:
        """Check every step of a solution of that seed's problem."""
        return explain_steps(_drawn(seed), steps)


@lru_cache(maxsize=CACHED)
def _drawn(seed: int) -> RandomProblem:
    return random_problem(seed)
