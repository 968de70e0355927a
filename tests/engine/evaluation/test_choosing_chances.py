"""Choosing among N equals choosing from every possible N of a small pool, under both protocols, for every way to choose.

Covers engine/evaluation/solution_pool.py, engine/evaluation/pick_chances.py, engine/evaluation/majority.py,
engine/evaluation/weighted_vote.py.
"""

import itertools
import random
from collections import Counter
from fractions import Fraction
from math import comb
from statistics import fmean

import numpy as np
import pytest

from engine.evaluation.best_of_n import best_of_n_accuracy, pass_at_n, self_consistency_accuracy
from engine.evaluation.majority import majority
from engine.evaluation.pick_chances import best_of_n, oracle, random_pick
from engine.evaluation.solution_pool import LARGEST, PooledSolution, Protocol, as_arrays
from engine.evaluation.weighted_vote import weighted_vote

PROTOCOLS = pytest.mark.parametrize("protocol", list(Protocol))


def draw_pool(chance: random.Random, size: int) -> list[PooledSolution]:
    """A pool with ties in votes and scores, solutions without answer or score, and answers that are right in part."""
    pool = []
    for _ in range(size):
        group = chance.choice([None, 0, 0, 1, 1, 2, 3])
        is_correct = group == 1 if chance.random() < 0.8 else group is not None and chance.random() < 0.5
        score = chance.choice([None, 0.0, 0.2, 0.3, 0.3, 0.9])
        pool.append(PooledSolution(is_correct=is_correct, answer_group=group, scores={"s": score}))
    return pool


def choices(size: int, n: int, protocol: Protocol) -> list[tuple[int, ...]]:
    first = tuple(range(protocol.fixed))
    return [first + rest for rest in itertools.combinations(range(len(first), size), n - len(first))]


def right_share(pool: list[PooledSolution], group: int) -> float:
    return fmean(each.is_correct for each in pool if each.answer_group == group)


def vote(pool: list[PooledSolution], chosen: tuple[int, ...], *, weighted: bool) -> float:
    """The chance that the vote of these solutions is right, in exact arithmetic."""
    votes: Counter[int] = Counter()
    for index in chosen:
        group, score = pool[index].answer_group, pool[index].scores["s"]
        if group is not None and (score is not None or not weighted):
            votes[group] += Fraction(str(score)) if weighted else 1
    winners = [group for group, count in votes.items() if count == max(votes.values())]
    return sum(right_share(pool, group) for group in winners) / len(winners) if winners else 0.0


def pick(pool: list[PooledSolution], chosen: tuple[int, ...]) -> float:
    scored = [index for index in chosen if pool[index].scores["s"] is not None]
    return float(bool(scored) and pool[max(scored, key=lambda index: (pool[index].scores["s"], -index))].is_correct)


@PROTOCOLS
def test_every_way_is_the_mean_over_all_choices(protocol: Protocol) -> None:
    chance = random.Random(5)
    for size in [1, 2, 3, 4, 5, 6, 7, 8, 9] * 3:
        pool = draw_pool(chance, size)
        (arrays,) = as_arrays([pool])
        sizes = list(range(1, size + 1))
        found = {
            "pick": best_of_n(arrays, "s", sizes, protocol)[0],
            "oracle": oracle(arrays, sizes, protocol)[0],
            "random": random_pick(arrays, sizes, protocol)[0],
            "vote": majority(arrays, sizes, protocol)[0],
        }
        for n in sizes:
            some = choices(size, n, protocol)
            expected = {
                "pick": fmean(pick(pool, chosen) for chosen in some),
                "oracle": fmean(any(pool[index].is_correct for index in chosen) for chosen in some),
                "random": fmean(pool[index].is_correct for chosen in some for index in chosen),
                "vote": fmean(vote(pool, chosen, weighted=False) for chosen in some),
            }
            assert {way: values[n - 1] for way, values in found.items()} == pytest.approx(expected, abs=1e-12)


@PROTOCOLS
def test_a_weighted_vote_is_near_the_mean_over_all_choices_and_knows_how_near(protocol: Protocol) -> None:
    chance = random.Random(6)
    for size in (1, 2, 5, 7):
        pool = draw_pool(chance, size)
        (arrays,) = as_arrays([pool])
        for n in range(1, size + 1):
            expected = fmean(vote(pool, chosen, weighted=True) for chosen in choices(size, n, protocol))
            found = weighted_vote(arrays, "s", n, protocol)
            assert found.chance[0] == pytest.approx(expected, abs=4 * found.error + 1e-12)
            assert (found.error == 0) == (n in (1, size) or set(weighted_wins(pool, n, protocol)) in ({0.0}, {1.0}))
            again = weighted_vote(arrays, "s", n, protocol)
            assert (found.chance[0], found.error) == (again.chance[0], again.error)


def weighted_wins(pool: list[PooledSolution], n: int, protocol: Protocol) -> list[float]:
    return [vote(pool, chosen, weighted=True) for chosen in choices(len(pool), n, protocol)]


def test_the_error_of_a_weighted_vote_is_that_of_repeated_estimates() -> None:
    (arrays,) = as_arrays([draw_pool(random.Random(4), 9), draw_pool(random.Random(9), 9)])
    found = [weighted_vote(arrays, "s", 4, seed=seed, subsets=200) for seed in range(60)]
    spread = np.std([each.chance.mean() for each in found], ddof=1)
    assert spread == pytest.approx(fmean(each.error for each in found), rel=0.4)


def test_large_pools_keep_their_precision() -> None:
    """Against exact fractions where they are easy: two answers, of which the right one needs more than half of the votes."""
    size, right = 128, 70
    pool = [PooledSolution(is_correct=at < right, answer_group=int(at >= right)) for at in range(size)]
    (arrays,) = as_arrays([pool])
    for n, found in zip((1, 2, 33, 64, 127, 128), majority(arrays, (1, 2, 33, 64, 127, 128))[0], strict=True):
        ways = Fraction(0)
        for votes in range(n + 1):
            others = n - votes
            share = Fraction(1 if votes > others else 1 if votes == others == 0 else 0)
            if votes == others:
                share = Fraction(1, 2)
            ways += share * comb(right, votes) * comb(size - right, others)
        assert found == pytest.approx(float(ways / comb(size, n)), abs=1e-12)


def test_many_answers_tie_by_turns() -> None:
    """128 different answers, one of them right: whatever is chosen, each of the n is equally likely."""
    pool = [PooledSolution(is_correct=at == 17, answer_group=at) for at in range(128)]
    (arrays,) = as_arrays([pool])
    assert majority(arrays, (1, 8, 64, 128))[0] == pytest.approx([1 / 128] * 4, abs=1e-12)


def test_they_equal_the_figures_of_one_pool() -> None:
    """The formulas of engine/evaluation/best_of_n.py, which the model card of the embedded models uses."""
    pool = draw_pool(random.Random(8), 12)
    correct, scores = [each.is_correct for each in pool], [each.scores["s"] for each in pool]
    (arrays,) = as_arrays([pool])
    for n in (1, 2, 4, 8, 12):
        assert oracle(arrays, [n])[0, 0] == pytest.approx(pass_at_n(correct, n), abs=1e-12)
        assert best_of_n(arrays, "s", [n])[0, 0] == pytest.approx(best_of_n_accuracy(correct, scores, n), abs=1e-12)
    whole = [PooledSolution(is_correct=each.answer_group == 1, answer_group=each.answer_group) for each in pool]
    expected = self_consistency_accuracy([each.is_correct for each in whole], [each.answer_group for each in whole], 12)
    assert majority(as_arrays([whole])[0], [12])[0, 0] == pytest.approx(expected, abs=1e-12)


def test_the_greedy_solution_is_the_whole_choice_of_one() -> None:
    greedy_right = [
        PooledSolution(is_correct=True, answer_group=0, scores={"s": 0.1}),
        PooledSolution(is_correct=False, answer_group=1, scores={"s": 0.9}),
        PooledSolution(is_correct=False, answer_group=1, scores={"s": 0.8}),
    ]
    (arrays,) = as_arrays([greedy_right])
    for found in (
        best_of_n(arrays, "s", [1, 3], Protocol.GREEDY_FIRST),
        majority(arrays, [1, 3], Protocol.GREEDY_FIRST),
    ):
        assert found.tolist() == [[1.0, 0.0]]
    assert oracle(arrays, [1, 2, 3], Protocol.GREEDY_FIRST).tolist() == [[1.0, 1.0, 1.0]]
    assert random_pick(arrays, [1, 3], Protocol.GREEDY_FIRST)[0] == pytest.approx([1, 1 / 3])


@PROTOCOLS
def test_what_was_cut_off_is_never_chosen_and_counts_as_wrong(protocol: Protocol) -> None:
    pool = [PooledSolution(is_correct=False, answer_group=None)] * 3
    (arrays,) = as_arrays([[*pool, PooledSolution(is_correct=True, answer_group=0, scores={"s": 0.1})]])
    assert best_of_n(arrays, "s", [4], protocol)[0] == 1.0
    assert majority(arrays, [4], protocol)[0] == 1.0
    assert random_pick(arrays, [4], protocol)[0] == 0.25
    nothing = as_arrays([pool])[0]
    assert majority(nothing, [1, 3], protocol).tolist() == [[0.0, 0.0]]
    assert oracle(nothing, [3], protocol)[0] == 0.0


def test_pools_of_one_size_stand_together() -> None:
    one = PooledSolution(is_correct=True, answer_group=0)
    found = as_arrays([[one] * 2, [one], [one] * 2])
    assert [(each.size, each.problem.tolist()) for each in found] == [(1, [1]), (2, [0, 2])]


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_empty_and_huge_pools_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"Pool 0 has {size} solutions"):
        as_arrays([[PooledSolution(is_correct=True, answer_group=None)] * size])


def test_n_is_at_most_the_pool() -> None:
    (arrays,) = as_arrays([draw_pool(random.Random(1), 3)])
    for figure in (
        lambda n: best_of_n(arrays, "s", [1, n]),
        lambda n: oracle(arrays, [1, n]),
        lambda n: random_pick(arrays, [1, n]),
        lambda n: majority(arrays, [1, n]),
        lambda n: weighted_vote(arrays, "s", n),
    ):
        for n in (0, 4):
            with pytest.raises(ValueError, match=f"n is {n}"):
                figure(n)
