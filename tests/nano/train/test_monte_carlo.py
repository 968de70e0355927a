"""Monte-Carlo estimates: exact where nothing is left to complete."""

import torch

from nano.bench import WEIGHTS, load
from nano.bench.pools import draw_exam
from nano.train.monte_carlo import COMPLETIONS, roll


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
