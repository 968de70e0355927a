"""The world as a source of problems for the app: problems by seed, solutions of them, and the exact check of any."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

from engine.domain import Label
from nano.world.corruption import corrupt_solution
from nano.world.random_problem import ExplainedStep, RandomProblem, explain_steps, random_problem

_TRIES = 10  # for each solution that differs from those before
CACHED = 64  # problems: all solutions of a run are checked against the same one


class NanoWorld:
    """An endless source of held-out problems; implements ``visualprm_ui.use_cases.problem_source.ProblemSource``."""

    name = "nano_world"

    def draw(self, seed: int) -> RandomProblem:
        """Return the problem of a seed."""
        return _drawn(seed)

    def solve(self, seed: int, count: int) -> list[tuple[str, ...]]:
        """Return up to ``count`` different solutions of a seed's problem: the right one, then some with mistakes."""
        problem, chance = _drawn(seed).world, random.Random(seed)
        found = dict.fromkeys([problem.steps])
        for _try in range(_TRIES * count):
            if len(found) >= count:
                break
            steps = corrupt_solution(problem, chance)
            if any(each.label == Label.WRONG for each in self.check(seed, steps)):  # a slip may leave all steps right
                found[steps] = None
        return list(found)[:count]

    def check(self, seed: int, steps: Sequence[str]) -> tuple[ExplainedStep, ...]:
        """Check every step of a solution of that seed's problem."""
        return explain_steps(_drawn(seed), steps)


@lru_cache(maxsize=CACHED)
def _drawn(seed: int) -> RandomProblem:
    return random_problem(seed)
