import math

from engine.domain import Label
from engine.prediction import THRESHOLD, predict


def test_a_step_is_predicted_correct_above_the_threshold_and_not_at_it():
    assert THRESHOLD == 0.5
    assert predict(math.nextafter(THRESHOLD, 1)) is Label.CORRECT
    assert predict(THRESHOLD) is Label.WRONG
    assert predict(0.0) is Label.WRONG


def test_another_threshold_moves_the_border():
    assert predict(0.8, threshold=0.8) is Label.WRONG
    assert predict(0.81, threshold=0.8) is Label.CORRECT
