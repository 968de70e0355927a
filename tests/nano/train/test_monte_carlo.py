"""Monte-Carlo labels: exact where nothing is left to complete; agreement counted by hand."""

from functools import partial

import pytest
import torch

from nano.bench import WEIGHTS, load
from nano.bench.pools import draw_exam
from nano.train.data.step_labels import called, taught
from nano.train.monte_carlo import COMPLETIONS, Rolled, agreement, roll


def test_accuracies_are_shares_of_completions_and_the_last_step_is_known() -> None:
    torch.set_num_threads(1)
    exam = draw_exam(3, 2)
    seer, layout = load(WEIGHTS / "policy")
    wrong = "Final answer: 100000"
    asked = [(problem, [problem.steps, (problem.steps[0], wrong)]) for problem in exam.problems]
    accuracies = roll(seer, layout, asked, seer.look(exam.pixels), seed=1)
    for (problem, _), (right, false) in zip(asked, accuracies, strict=True):
        assert len(right) == 1 + len(problem.steps)
        assert (right[-1], false[-1]) == (1.0, 0.0)
        assert right[:2] == false[:2]  # the same prefix is completed once
        assert all(0 <= share <= 1 and (share * COMPLETIONS).is_integer() for share in right)


ROLLED = (
    Rolled(accuracies=(1.0, 1.0, 0.125, 0.0, 0.5), labels=(1, -1, -1, 1)),
    Rolled(accuracies=(0.5, 0.0), labels=(0,)),
)


def test_agreement_by_hand() -> None:
    found = agreement(ROLLED, called)
    assert (found.steps, found.share, found.always_wrong, found.always_correct) == (4, 0.75, 0.5, 0.5)
    assert found.kappa == 0.5
    assert agreement(ROLLED, partial(called, threshold=0.125)).share == 1.0


def test_early_stop_leaves_out_what_follows_the_first_wrong_step() -> None:
    rolled = [Rolled(accuracies=(1.0, 1.0, 0.125, 0.0, 0.0, 0.5), labels=(1, -1, -1, 1, 1))]
    assert agreement(rolled, called).steps == 5
    assert agreement(rolled, partial(called, early_stop=True)).steps == 4  # the last step is judged always
    assert agreement(rolled, taught).steps == 3  # 0 after 1 of 8 may be chance


@pytest.mark.parametrize("rolled", [(), (Rolled(accuracies=(0.5, 0.5), labels=(0,)),)])
def test_nothing_to_compare_is_undefined(rolled: tuple[Rolled, ...]) -> None:
    found = agreement(rolled, called)
    assert (found.steps, found.share, found.kappa) == (0, None, None)


def test_kappa_is_undefined_when_nothing_varies() -> None:
    assert agreement([Rolled(accuracies=(1.0, 1.0), labels=(1,))], called).kappa is None
