"""Monte-Carlo estimates: exact where nothing is left to complete."""

import torch

from nano.bench import WEIGHTS, load_model
from nano.bench.pools import draw_problem_set
from nano.train.monte_carlo import COMPLETIONS, estimate_accuracies


def test_accuracies_are_shares_of_completions_and_the_last_step_is_known() -> None:
    torch.set_num_threads(1)
    problem_set = draw_problem_set(3, 2)
    model, encoder = load_model(WEIGHTS / "policy")
    wrong = "Final answer: 100000"
    asked = [(problem, [problem.steps, (problem.steps[0], wrong)]) for problem in problem_set.problems]
    accuracies = estimate_accuracies(model, encoder, asked, model.image_tokens(problem_set.pixels), seed=1)
    for (problem, _), (right, false) in zip(asked, accuracies, strict=True):
        assert len(right) == 1 + len(problem.steps)
        assert (right[-1], false[-1]) == (1.0, 0.0)
        assert right[:2] == false[:2]  # the same prefix is completed once
        assert all(0 <= share <= 1 and (share * COMPLETIONS).is_integer() for share in right)
