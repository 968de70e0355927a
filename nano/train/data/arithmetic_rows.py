"""Rows of a dozen bare computations, true and false, from which a reward model learns to check arithmetic.

Whole solutions hold two or three computations in 150 tokens, mostly true ones; here there is a label every 15 tokens,
and half of the results are wrong by a carry, a borrow or a digit. Needs no picture.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nano.train.data.rows import Batch, RowEncoder, TrainingRow, batches
from nano.world.questions import problems
from nano.world.scenes import Family, SceneSplit

BATCH = 8  # rows
ROW = 12  # computations a row
POOL_ROWS = 30 * BATCH
FALSE_SHARE = 0.5
_FAMILIES = (*3 * (Family.BARS, Family.PRICES, Family.ANGLES), Family.SHAPES)  # sums of counts are easy
_EQUATION = re.compile(r"\$(\d+)(\+|-|\\times)(\d+)=\d+\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """One computation as a step states it."""

    left: str
    """What is computed: `87+19`."""
    result: int
    """The true result."""
    claimed: int
    """The result that the step states."""

    @property
    def text(self) -> str:
        """The step: `$87+19=96$`."""
        return f"${self.left}={self.claimed}$"

    @property
    def true(self) -> bool:
        """Whether the step is right."""
        return self.result == self.claimed


def computations(seed: str) -> Iterator[Computation]:
    """Endless computations of the world's kinds and sizes; the same seed gives the same ones."""
    rng = random.Random(f"computations {seed}")
    for problem in problems(rng.getrandbits(48), SceneSplit.TRAIN, _FAMILIES):
        for first, sign, second in _EQUATION.findall("\n".join(problem.steps)):
            left, right = _perturbed(int(first), rng), _perturbed(int(second), rng)
            if sign == "-" and left < right:
                left, right = right, left
            result = _apply(left, sign, right)
            claimed = near_miss(left, sign, right, rng) if rng.random() < FALSE_SHARE else result
            yield Computation(left=f"{left}{sign}{right}", result=result, claimed=claimed)


def near_miss(left: int, sign: str, right: int, rng: random.Random) -> int:
    """A plausible wrong result: a carry or borrow missing or added, a digit off, digits swapped."""
    result = _apply(left, sign, right)
    digits = list(str(result))
    digits[rng.randrange(len(digits))] = str(rng.randrange(10))
    options = [result + off for off in (-10, 10, -10, 10, -10, 10, -1, 1, -1, 1, -2, 2, -9, 9, -11, 11, -20, 20)]
    options += [int("".join(digits))] * 4 + [int(str(result)[::-1]), rng.randint(0, 2 * result + 9)]
    options += [left + right, abs(left - right), _apply(left, sign, max(0, right + rng.choice((-10, -1, 1, 10))))]
    return rng.choice([option for option in options if option != result and option >= 0])


def _perturbed(number: int, rng: random.Random) -> int:
    """The number, or one nearby: solutions compute with misread numbers, too."""
    if rng.random() < 0.5 or number < 7:  # factors and small counts stay
        return number
    return max(1, number + rng.choice((-30, -20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20, 30)))


def _apply(left: int, sign: str, right: int) -> int:
    if sign == "+":
        return left + right
    return left - right if sign == "-" else left * right


def arithmetic_row(encoder: RowEncoder, row: list[Computation]) -> TrainingRow:
    """A row of computations, each with its label at the score position."""
    return encoder.claims_row([(claim.text, str(claim.result), claim.true) for claim in row])


def arithmetic_batches(encoder: RowEncoder, seed: str) -> Iterator[Batch]:
    """Endless batches of BATCH rows of ROW computations; the same seed gives the same ones."""
    rng, stream = random.Random(f"verifying {seed}"), computations(seed)  # the word is part of the recipe
    while True:
        rows = [arithmetic_row(encoder, list(itertools.islice(stream, ROW))) for _ in range(POOL_ROWS)]
        yield from batches(rows, BATCH, encoder.pad, rng)
