"""Which rolled-out solutions are taken to train on: by hand, and against taking them one by one.

Covers engine/evaluation/training_subset.py.
"""

import random

import pytest

from engine.evaluation.training_subset import balanced_information, best_of_each


def test_mixed_solutions_with_reliable_steps_score_highest():
    assert balanced_information([1.0, 0.0]) == pytest.approx(0.3)
    assert balanced_information([0.25, 0.0]) == pytest.approx(0.3 * 0.25)
    assert balanced_information([1.0, 0.5, 0.0, 0.0]) == pytest.approx(0.3 * 0.75)
    assert balanced_information([1.0, 1.0]) == pytest.approx(0.05)
    assert balanced_information([0.0, 0.0]) == pytest.approx(0.05), "wrong steps are reliable"
    assert balanced_information([1.0, None, 0.0]) == balanced_information([1.0, 0.0]), "not measured is not 0"
    assert balanced_information([None, None]) is None
    assert balanced_information([]) is None


def test_the_best_of_each_collection_are_taken_one_after_the_other():
    chance = random.Random(1)
    scored = [(number, chance.choice("abc"), round(chance.random(), 1)) for number in range(200)]
    for share in (0.001, 0.1, 0.25, 1.0):
        expected = set()
        for collection in "abc":
            left = [each for each in scored if each[1] == collection]
            for _ in range(max(1, int(len(left) * share))):
                best = next(each for each in left if each[2] == max(score for *_, score in left))
                left.remove(best)
                expected.add(best[0])
        assert best_of_each(scored, share) == expected
    assert best_of_each([], 0.1) == frozenset()
    assert best_of_each([("one", None, 0.0)], 0.1) == {"one"}
