import pytest

from engine.aggregate import aggregate
from engine.domain import Aggregation, StepScore


def scores(*values):
    return tuple(StepScore(first=i, last=i, score=value) for i, value in enumerate(values))


@pytest.mark.parametrize(
    ("how", "expected"),
    [("mean", 0.5), ("min", 0.25), ("max", 0.75), ("last", 0.5), ("product", 0.09375)],
)
def test_aggregations(how, expected):
    assert aggregate(scores(0.75, 0.25, 0.5), Aggregation(how)) == expected


@pytest.mark.parametrize("how", list(Aggregation))
def test_one_step_is_its_own_score_and_none_is_undefined(how):
    assert aggregate(scores(0.3), how) == 0.3
    assert aggregate((), how) is None
