"""Best-of-N estimates out of a pool agree with counting every choice by hand."""

import itertools

import pytest

from nano import metrics
from nano.bench.best_of_n_curve import expected_oracle, expected_pick, expected_vote, powers
from nano.metrics import Judged, StepKind

POOL = [
    Judged(
        right=right,
        answer=answer,
        labels=(1,),
        kinds=(StepKind.FINAL,),
        scores=(score,),
        outcome=score,
        first_mistake=None,
    )
    for right, answer, score in (
        (False, "a", 0.9),
        (True, "b", 0.8),
        (True, "b", 0.3),
        (False, "c", 0.2),
        (False, None, 0.1),
    )
]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_picks_and_oracle_equal_the_mean_over_all_choices(n: int) -> None:
    choices = list(itertools.combinations(POOL, n))
    pick, oracle = metrics.picked(metrics.by_outcome), metrics.pass_at_n
    assert expected_pick(metrics.by_outcome, n)(POOL) == pytest.approx(sum(map(pick, choices)) / len(choices))
    assert expected_oracle(n)(POOL) == pytest.approx(sum(map(oracle, choices)) / len(choices))


def test_votes_are_exact_on_the_whole_pool_and_close_on_parts() -> None:
    assert expected_vote(5)(POOL) == metrics.self_consistency(POOL) == 1.0
    assert 0.2 <= expected_vote(1)(POOL) <= 0.6


def test_nothing_scored_picks_nothing() -> None:
    assert expected_pick(lambda _: None, 2)(POOL) == 0.0


def test_powers() -> None:
    assert powers(64) == (1, 2, 4, 8, 16, 32, 64)
    assert powers(5) == (1, 2, 4)
    assert powers(1) == (1,)
