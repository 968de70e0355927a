"""When labelling will be done: the pace of the last days, its range, and what makes either undefined."""

import pytest

from engine.evaluation.labelling_pace import forecast_labelling


def test_an_even_pace_has_one_end() -> None:
    found = forecast_labelling([10] * 5, 40)
    assert (found.a_day, found.over_days, found.days_left) == (10, 5, 4)
    assert (found.soonest, found.latest, found.reason) == (4, 4, None)


def test_only_the_last_week_counts() -> None:
    assert forecast_labelling([1000, *[10] * 7], 70).days_left == 7


def test_an_uneven_pace_has_a_range_around_its_end() -> None:
    found = forecast_labelling([20, 40, 60, 30, 50, 25, 45], 270)
    assert found.soonest is not None
    assert found.latest is not None
    assert found.days_left is not None
    assert found.days_left == pytest.approx(7)
    assert found.soonest < found.days_left < found.latest


def test_days_off_leave_the_latest_end_open() -> None:
    found = forecast_labelling([0, 0, 30], 60)
    assert found.days_left == 6
    assert found.soonest is not None
    assert found.latest is None
    assert found.reason is None


@pytest.mark.parametrize(
    ("daily", "reason"),
    [
        ([], "Nothing is labelled yet."),
        ([5, *[0] * 7], "Nothing was labelled in the last 7 days."),
    ],
)
def test_without_a_pace_there_is_no_date(daily: list[int], reason: str) -> None:
    found = forecast_labelling(daily, 10)
    assert (found.a_day, found.days_left, found.soonest, found.latest) == (None, None, None, None)
    assert found.reason == reason


def test_two_days_give_a_date_and_no_range() -> None:
    found = forecast_labelling([4, 6], 10)
    assert (found.days_left, found.soonest, found.latest) == (2, None, None)
    assert found.reason == "After 3 days of labelling there is a range too."


def test_where_nothing_is_left_it_is_done_now() -> None:
    found = forecast_labelling([4, 6, 1], 0)
    assert (found.days_left, found.soonest, found.latest, found.reason) == (0, None, None, None)
