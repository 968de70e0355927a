"""Rows of bare computations, true and false, a dozen of them a row: where a reward model learns to check arithmetic.

Whole solutions hold two or three computations in 150 tokens and mostly true ones; here every 15 tokens bring a label, and
half the results are wrong by what goes wrong in a head: a carry, a borrow, a digit. Needs no picture.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nano.train.data.rows import Batch, Layout, Row, batches
from nano.world.questions import problems
from nano.world.scenes import Family, Split

BATCH = 8  # rows
ROW = 12  # computations
POOL_ROWS = 30 * BATCH
FALSE_SHARE = 0.5
_FAMILIES = (*3 * (Family.BARS, Family.PRICES, Family.ANGLES), Family.SHAPES)  # counts of shapes are easily added
_EQUATION = re.compile(r"\$(\d+)(\+|-|\\times)(\d+)=\d+\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """One computation as a step claims it."""

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
    for problem in problems(rng.getrandbits(48), Split.TRAIN, _FAMILIES):
        for first, sign, second in _EQUATION.findall("\n".join(problem.steps)):
            left, right = _moved(int(first), rng), _moved(int(second), rng)
            if sign == "-" and left < right:
                left, right = right, left
            result = _apply(left, sign, right)
            claimed = near_miss(left, sign, right, rng) if rng.random() < FALSE_SHARE else result
            yield Computation(left=f"{left}{sign}{right}", result=result, claimed=claimed)


def near_miss(left: int, sign: str, right: int, rng: random.Random) -> int:
    """A wrong result that is easily written: a carry or borrow forgotten or made up, a digit off, digits swapped."""
    result = _apply(left, sign, right)
    digits = list(str(result))
    digits[rng.randrange(len(digits))] = str(rng.randrange(10))
    options = [result + off for off in (-10, 10, -10, 10, -10, 10, -1, 1, -1, 1, -2, 2, -9, 9, -11, 11, -20, 20)]
    options += [int("".join(digits))] * 4 + [int(str(result)[::-1]), rng.randint(0, 2 * result + 9)]
    options += [left + right, abs(left - right), _apply(left, sign, max(0, right + rng.choice((-10, -1, 1, 10))))]
    return rng.choice([option for option in options if option != result and option >= 0])


def _moved(number: int, rng: random.Random) -> int:
    """The number, or one nearby: what is misread has to be computed with, too."""
    if rng.random() < 0.5 or number < 7:  # factors and small counts stay what they are
        return number
    return max(1, number + rng.choice((-30, -20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20, 30)))


def _apply(left: int, sign: str, right: int) -> int:
    if sign == "+":
        return left + right
    return left - right if sign == "-" else left * right


def verified_row(layout: Layout, some: list[Computation]) -> Row:
    """Computations one after the other, each labelled where the reward model reads a step."""
    return layout.claims([(claim.text, str(claim.result), claim.true) for claim in some])


def verified_batches(layout: Layout, seed: str) -> Iterator[Batch]:
    """Endless batches of BATCH rows of ROW computations; the same seed gives the same ones."""
    rng, stream = random.Random(f"verifying {seed}"), computations(seed)
    while True:
        rows = [verified_row(layout, list(itertools.islice(stream, ROW))) for _ in range(POOL_ROWS)]
        yield from batches(rows, BATCH, layout.pad, rng)
