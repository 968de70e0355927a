"""Step metrics on hand-computed cases: ordinary, one step, none, one class only, ties, predictions that cannot be read."""

from dataclasses import replace

import pytest

from engine.evaluation.step_metrics import Confusion, Floors, area_under_roc, count_predictions, floors

MIXED = Confusion(true_positives=6, false_positives=2, false_negatives=3, true_negatives=4)


def test_every_step_is_counted_once_and_neutral_ones_are_left_out() -> None:
    found = count_predictions(
        [(True, True)] * 3
        + [(False, True)] * 4
        + [(True, False)] * 5
        + [(False, False)] * 2
        + [(True, None)] * 7
        + [(False, None)] * 6
        + [(None, True)] * 8
    )
    assert found == Confusion(
        true_positives=3,
        false_positives=4,
        false_negatives=5,
        true_negatives=2,
        unread_correct=7,
        unread_wrong=6,
    )
    assert (found.correct, found.wrong, found.steps) == (15, 12, 27)
    assert count_predictions([]) == Confusion()


def test_f1_of_both_classes_by_hand() -> None:
    """F1 of correct: 12 / (12 + 2 + 3); of wrong: 8 / (8 + 3 + 2)."""
    assert MIXED.f1_correct == pytest.approx(12 / 17)
    assert MIXED.f1_wrong == pytest.approx(8 / 13)
    assert MIXED.macro_f1 == pytest.approx((12 / 17 + 8 / 13) / 2)
    assert MIXED.accuracy == pytest.approx(10 / 15)


def test_kappa_by_hand() -> None:
    """Observed 10/15; chance (9 * 8 + 6 * 7) / 225."""
    chance = (9 * 8 + 6 * 7) / 225
    assert MIXED.kappa == pytest.approx((10 / 15 - chance) / (1 - chance))


def test_perfect_and_opposite_predictions() -> None:
    perfect = Confusion(true_positives=3, true_negatives=1)
    assert (perfect.macro_f1, perfect.accuracy, perfect.kappa) == (1.0, 1.0, 1.0)
    opposite = Confusion(false_positives=2, false_negatives=2)
    assert (opposite.macro_f1, opposite.accuracy, opposite.kappa) == (0.0, 0.0, -1.0)


def test_a_class_without_steps_and_predictions_is_undefined() -> None:
    """It was 0 once, so that a set without wrong steps got at most 50."""
    only_correct = Confusion(true_positives=1)
    assert (only_correct.f1_correct, only_correct.f1_wrong, only_correct.macro_f1) == (1.0, None, None)
    assert (only_correct.accuracy, only_correct.kappa) == (1.0, None)
    missed = Confusion(true_positives=1, false_negatives=1)  # no step is wrong, but one was called so
    assert (missed.f1_wrong, missed.macro_f1) == (0.0, pytest.approx(1 / 3))
    nothing = Confusion()
    assert (nothing.f1_correct, nothing.f1_wrong, nothing.macro_f1, nothing.accuracy, nothing.kappa) == (None,) * 5


def test_an_unread_prediction_is_a_miss_of_its_class() -> None:
    """3 of 4 correct steps found, one unread: 6 / (6 + 0 + 1); 1 of 2 wrong ones: 2 / (2 + 0 + 1)."""
    found = Confusion(true_positives=3, true_negatives=1, unread_correct=1, unread_wrong=1)
    assert (found.f1_correct, found.f1_wrong) == (pytest.approx(6 / 7), pytest.approx(2 / 3))
    assert found.accuracy == pytest.approx(4 / 6)


def test_pooled_steps_are_added_up() -> None:
    one = Confusion(true_positives=1, false_positives=2, false_negatives=3, true_negatives=4, unread_wrong=6)
    assert one + Confusion(unread_correct=5) == replace(one, unread_correct=5)
    assert sum([one, one], Confusion()) == Confusion(
        true_positives=2, false_positives=4, false_negatives=6, true_negatives=8, unread_wrong=12
    )


def test_floors_by_hand() -> None:
    """50 correct, 50 wrong: all correct gives 2/3 and 0; either coin 1/2 and 1/2."""
    even = Confusion(true_positives=50, false_positives=25, true_negatives=25)
    assert floors(even) == Floors(all_correct=pytest.approx(1 / 3), fair_coin=0.5, base_rate=0.5)


def test_floors_of_visualprocessbench() -> None:
    """As published for its 16,585 correct and 7,691 wrong steps: 40.6 and 48.3."""
    found = floors(Confusion(true_positives=16585, false_positives=7691))
    assert found.all_correct is not None
    assert found.fair_coin is not None
    assert (round(100 * found.all_correct, 1), round(100 * found.fair_coin, 1)) == (40.6, 48.3)
    assert found.base_rate == pytest.approx(0.5)


def test_floors_without_both_classes_are_undefined_where_a_class_is() -> None:
    assert floors(Confusion()) == Floors(all_correct=None, fair_coin=None, base_rate=None)
    one_class = floors(Confusion(true_positives=4))
    assert (one_class.all_correct, one_class.base_rate) == (None, None)
    assert one_class.fair_coin == pytest.approx(1 / 3)  # F1 of correct 2/3, of wrong 0: half are called so


@pytest.mark.parametrize(
    ("steps", "area"),
    [
        ([(0.9, True), (0.1, False)], 1.0),
        ([(0.1, True), (0.9, False)], 0.0),
        ([(0.5, True), (0.5, False)], 0.5),
        ([(0.9, True), (0.5, True), (0.5, False), (0.1, False), (0.7, False)], (3 + 1.5) / 6),
        ([(0.5, True)], None),
        ([(0.5, False), (0.4, False)], None),
        ([], None),
    ],
)
def test_area_is_the_share_of_pairs_in_order(steps: list[tuple[float, bool]], area: float | None) -> None:
    assert area_under_roc(steps) == (None if area is None else pytest.approx(area))
