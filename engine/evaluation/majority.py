"""The exact chance that the majority vote of N out of a pool is correct; answers with equally many votes are equally likely.

An answer wins with c votes where every other has at most c; with t others at c it is chosen one time in t + 1. The
choices with c votes for it are counted by a product of polynomials in x, whose exponent is the number of solutions chosen:
an answer that s solutions state contributes sum over j < c of C(s, j) x^j, and y C(s, c) x^c, where y marks a tie. The
integral of y^t from 0 to 1 is 1 / (t + 1), and Gauss-Legendre quadrature makes it without error, as the product is a
polynomial in y. Answers that fewer than c solutions state, and solutions without an answer, are (1 + x)^s together.
All terms are positive, so nothing cancels.

Source: Wang et al. 2022 (arXiv 2203.11171), self-consistency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask
from engine.evaluation.solution_pool import NO_VOTE, PoolArrays, Protocol, check_sizes

_BLOCK = 60_000  # numbers worked on at once: they stay in the cache


def majority(pool: PoolArrays, sizes: Sequence[int], protocol: Protocol = Protocol.IID) -> Floats:
    """Return the chance that the vote of n is correct, (problems, sizes), for every n of ``sizes``.

    Where an answer is stated by correct and by wrong solutions, it counts as correct by the share of them. Without
    votes none is chosen. Raises ValueError unless every 1 <= n <= m.
    """
    check_sizes(sizes, pool.size)
    drawn = [n - protocol.fixed for n in sizes]
    free = pool.size - protocol.fixed
    partial = [k for k in sorted(set(drawn)) if k < free]
    contests = _contests(pool, protocol)
    chances = np.zeros((len(contests.problem), len(drawn)))  # of each contest's answer, to be chosen
    if partial:
        found = _chances(contests, free, partial)
        for at, k in enumerate(drawn):
            if k < free:
                chances[:, at] = found[:, partial.index(k)]
    for at in (at for at, k in enumerate(drawn) if k == free):
        chances[:, at] = _whole_pool(contests)
    result = np.zeros((len(pool.is_correct), len(drawn)))
    np.add.at(result, contests.problem, contests.share[:, None] * chances)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contests:
    """Answers that are right at least in part, each against the other answers of its problem."""

    problem: Ints  # (contests,)
    share: Floats  # (contests,) of the solutions that state the answer, how many are correct
    free: Ints  # (contests,) solutions that state it and may be chosen
    fixed: Ints  # (contests,) 1 where the solution that is always in states it, else 0
    other_free: Ints  # (contests, answers) the same of the other answers, those with most solutions first
    other_fixed: Ints

    @property
    def others(self) -> Ints:
        """How many solutions state each of the other answers, (contests, answers)."""
        return self.other_free + self.other_fixed

    def take(self, rows: Ints, columns: int) -> _Contests:
        """Return some of the contests, each against the first so many others."""
        return _Contests(
            problem=self.problem[rows],
            share=self.share[rows],
            free=self.free[rows],
            fixed=self.fixed[rows],
            other_free=self.other_free[rows, :columns],
            other_fixed=self.other_fixed[rows, :columns],
        )


def _contests(pool: PoolArrays, protocol: Protocol) -> _Contests:
    problems, answers = len(pool.group), int(pool.group.max(initial=NO_VOTE)) + 1

    def count(where: Mask) -> Ints:
        rows, columns = np.nonzero(where & (pool.group != NO_VOTE))
        flat = np.bincount(rows * answers + pool.group[rows, columns], minlength=problems * answers)
        return flat.reshape(problems, answers)

    total, correct = count(np.ones_like(pool.is_correct)), count(pool.is_correct)
    always = np.zeros_like(pool.is_correct)
    always[:, : protocol.fixed] = True
    fixed = count(always)
    problem, answer = np.nonzero(correct)
    mine = np.arange(answers)[None] == answer[:, None]
    others, others_fixed = np.where(mine, 0, total[problem]), np.where(mine, 0, fixed[problem])
    order = np.argsort(-others, axis=1, kind="stable")
    others, others_fixed = (np.take_along_axis(each, order, axis=1) for each in (others, others_fixed))
    return _Contests(
        problem=problem,
        share=correct[problem, answer] / total[problem, answer],
        free=(total - fixed)[problem, answer],
        fixed=fixed[problem, answer],
        other_free=others - others_fixed,
        other_fixed=others_fixed,
    )


def _whole_pool(contests: _Contests) -> Floats:
    """Return the chance of each answer where everybody votes, (contests,)."""
    votes = (contests.free + contests.fixed)[:, None]
    wins = (contests.others <= votes).all(axis=1)
    return np.where(wins, 1 / (1 + (contests.others == votes).sum(axis=1)), 0.0)


def _chances(contests: _Contests, free: int, sizes: Sequence[int]) -> Floats:
    """Return the chance of each answer where k of the ``free`` solutions are chosen, (contests, sizes)."""
    choose = _binomials(free)
    found = np.zeros((len(contests.problem), len(sizes)))
    votes, others = contests.free + contests.fixed, contests.others
    for c in range(1, min(int(votes.max(initial=0)), sizes[-1] + 1) + 1):
        rivals = (others >= c).sum(axis=1)
        able = np.flatnonzero((votes >= c) & (c - contests.fixed <= sizes[-1]))
        able = able[np.argsort(-rivals[able], kind="stable")]
        start = 0
        while start < len(able):
            most = int(rivals[able[start]])
            width = (_nodes(most, sizes[-1], c) if most else 1) * (sizes[-1] + 1)
            rows = able[start : start + max(1, _BLOCK // width)]
            start += len(rows)
            found[rows] += _ways(contests.take(rows, most), c, free, sizes, choose)
    return found / choose[free, list(sizes)]


def _ways(contests: _Contests, c: int, free: int, sizes: Sequence[int], choose: Floats) -> Floats:
    """Return how many choices of each size the answer wins with ``c`` votes, a tie counting in part, (contests, sizes).

    The contests have their rivals only, and are sorted by the number of them, most first.
    """
    own = c - contests.fixed  # votes of solutions that are chosen, (contests,)
    rivals = contests.others >= c
    rest = free - contests.free - np.where(rivals, contests.other_free, 0).sum(axis=1)
    product = _rivals_at_most(contests, rivals, c, sizes[-1], choose)  # (contests, degrees)
    result = np.zeros((len(own), len(sizes)))
    for at, k in enumerate(sizes):
        degrees = k - own[:, None] - np.arange(product.shape[1])[None]  # chosen among the rest
        ways = choose[rest[:, None], np.clip(degrees, 0, free)] * (degrees >= 0)
        result[:, at] = (product * ways).sum(axis=1)
    return result * choose[contests.free, own][:, None]


def _rivals_at_most(contests: _Contests, rivals: Mask, c: int, most: int, choose: Floats) -> Floats:
    """Return in how many ways so many solutions of the rivals are chosen that none has over ``c`` votes, (contests, degrees)."""
    count = rivals.sum(axis=1)
    if not rivals.any():
        return np.ones((len(count), 1))
    length = most - c + 2  # the answer itself takes c, or c - 1 where one of them is always in
    nodes, weights = _quadrature(_nodes(int(count[0]), most, c))
    product = np.zeros((len(count), len(nodes), length))
    product[:, :, 0] = 1.0
    for rival in range(int(count[0])):
        rows = int((count > rival).sum())  # the contests with so many rivals come first
        size, top = contests.other_free[:rows, rival], c - contests.other_fixed[:rows, rival]
        before, after = product[:rows], np.zeros((rows, len(nodes), length))
        for votes in range(min(c, length - 1) + 1):
            ways = choose[size, votes]
            below, tie = np.less(votes, top).astype(np.float64), np.equal(votes, top).astype(np.float64)
            factor = (ways * below)[:, None] + (ways * tie)[:, None] * nodes[None]  # (rows, nodes)
            after[:, :, votes:] += factor[:, :, None] * before[:, :, : length - votes]
        product[:rows] = after
    integral: Floats = np.einsum("rnd,n->rd", product, weights)
    return integral


def _nodes(rivals: int, most: int, c: int) -> int:
    """Return how many nodes integrate without error: so many rivals can tie at most, of those that fit into ``most``."""
    return min(rivals, most // c + 1) // 2 + 1


@cache
def _quadrature(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss-Legendre quadrature from 0 to 1."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2


@cache
def _binomials(most: int) -> Floats:
    """Return C(a, b) for a and b up to ``most``, (most + 1, most + 1)."""
    table = np.zeros((most + 1, most + 1))
    table[:, 0] = 1.0
    for row in range(1, most + 1):
        table[row, 1:] = table[row - 1, 1:] + table[row - 1, :-1]
    return table
