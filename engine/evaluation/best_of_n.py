"""How often choosing among N solutions gives a correct one, for every N, from one pool of M >= N solutions of a problem.

The protocol is *iid*: the M solutions are equal draws, and a figure is its mean over all choices of N of them, which is
an unbiased estimate of what N fresh draws would give. Pass@N and the pick by a score are computed exactly, by counting
choices; self-consistency is the mean over ``SUBSETS`` random choices. Where N is M, all are exact.

What takes part in a choice is decided by the caller: a solution without a score is never picked, one without an answer
has no vote. Every function returns the chance, in [0, 1], that a correct solution is chosen from one problem's pool; to
choose none is not to choose a correct one. ``correct`` holds, for each solution of the pool, whether its answer is
correct.

Sources: Chen et al. 2021 (arXiv 2107.03374), unbiased pass@k; Wang et al. 2022 (arXiv 2203.11171), self-consistency.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Hashable, Sequence

from engine.choosing import rank

SUBSETS = 40  # random choices behind a figure of self-consistency


def pass_at_n(correct: Sequence[bool], n: int) -> float:
    """Return the chance that any of ``n`` solutions is correct: what a perfect selector would reach (the oracle).

    With ``n`` 1 it is pass@1, the share of correct solutions: what a random pick reaches.
    Raises ValueError unless 1 <= n <= M.
    """
    size = _check(correct, n)
    choices = math.comb(size, n)
    return (choices - math.comb(size - sum(correct), n)) / choices


def best_of_n_accuracy(correct: Sequence[bool], scores: Sequence[float | None], n: int) -> float:
    """Return the chance that the highest-scored of ``n`` solutions is correct; of equal scores the earlier solution wins.

    ``scores`` are solution scores in the order of ``correct``; None: it is never picked.
    The solution at 0-based place i of the ranking is the best of C(M - 1 - i, n - 1) choices out of C(M, n).
    Raises ValueError unless 1 <= n <= M and both are equally long.
    """
    size = _check(correct, n, scores)
    picked = sum(math.comb(size - 1 - place, n - 1) for place, index in enumerate(rank(scores)) if correct[index])
    return picked / math.comb(size, n)


def self_consistency_accuracy(
    correct: Sequence[bool], answers: Sequence[Hashable | None], n: int, seed: int = 0
) -> float:
    """Return the chance that the most frequent answer of ``n`` solutions is correct; answers that tie are equally likely chosen.

    Args:
        correct: for each solution of the pool whether its answer is correct. answers: equal values are one answer
        (normalise them before); None: no answer, no vote. Without votes none is chosen. n: solutions that vote. seed:
        of the choices of n, which are the same for every pool of this size.

    Raises ValueError unless 1 <= n <= M and both are equally long.
    """
    size = _check(correct, n, answers)
    if n == size:
        return _vote(correct, answers)
    rng = random.Random(seed)
    total = 0.0
    for _ in range(SUBSETS):
        chosen = rng.sample(range(size), n)
        total += _vote([correct[index] for index in chosen], [answers[index] for index in chosen])
    return total / SUBSETS


def curve_sizes(most: int) -> tuple[int, ...]:
    """Return the N of a curve: 1, 2, 4, ... up to ``most``."""
    return tuple(2**power for power in range(most.bit_length()))


def _check(correct: Sequence[bool], n: int, values: Sequence[object] | None = None) -> int:
    size = len(correct)
    if not 1 <= n <= size:
        raise ValueError(f"n is {n!r}, but must be between 1 and the {size} solutions of the pool.")
    if values is not None and len(values) != size:
        raise ValueError(f"There are {len(values)} values for {size} solutions.")
    return size


def _vote(correct: Sequence[bool], answers: Sequence[Hashable | None]) -> float:
    votes = Counter(answer for answer in answers if answer is not None)
    if not votes:
        return 0.0
    most = max(votes.values())
    winners = [answer for answer, count in votes.items() if count == most]
    right = {answer for answer, is_correct in zip(answers, correct, strict=True) if is_correct}
    return sum(answer in right for answer in winners) / len(winners)
