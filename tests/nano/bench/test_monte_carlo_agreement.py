"""Agreement of Monte-Carlo labels with the checker's, counted by hand."""

from functools import partial

import pytest

from nano.bench.monte_carlo_agreement import Labelled, agreement_json, compare
from nano.train.data.step_labels import monte_carlo_labels, training_labels

LABELLED: tuple[Labelled, ...] = (
    ((1.0, 1.0, 0.125, 0.0, 0.5), (True, False, False, True)),
    ((0.5, 0.0), (None,)),  # neutral
)
UNDEFINED = {"steps": 0, "share": None, "always_wrong": None, "always_correct": None, "kappa": None}


def test_agreement_by_hand() -> None:
    assert agreement_json(compare(LABELLED, monte_carlo_labels)) == {
        "steps": 4, "share": 0.75, "always_wrong": 0.5, "always_correct": 0.5, "kappa": 0.5,
    }  # fmt: skip
    assert agreement_json(compare(LABELLED, partial(monte_carlo_labels, threshold=0.125)))["share"] == 1.0


def test_early_stop_leaves_out_what_follows_the_first_wrong_step() -> None:
    labelled: list[Labelled] = [((1.0, 1.0, 0.125, 0.0, 0.0, 0.5), (True, False, False, True, True))]
    assert compare(labelled, monte_carlo_labels).steps == 5
    assert compare(labelled, partial(monte_carlo_labels, early_stop=True)).steps == 4  # the last step is judged always
    assert compare(labelled, training_labels).steps == 3  # 0 after 1 of 8 may be chance


@pytest.mark.parametrize("labelled", [(), (((0.5, 0.5), (None,)),)])
def test_nothing_to_compare_is_undefined(labelled: tuple[Labelled, ...]) -> None:
    assert agreement_json(compare(labelled, monte_carlo_labels)) == UNDEFINED


def test_kappa_is_undefined_when_nothing_varies() -> None:
    assert agreement_json(compare([((1.0, 1.0), (True,))], monte_carlo_labels))["kappa"] is None
