"""How well Monte-Carlo labels agree with those of the exact checker, by several rules that make labels of expected accuracies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.evaluation.step_metrics import Confusion, count_predictions
from nano.bench.metrics import rounded
from nano.bench.pools import ProblemSet, SolutionSampler
from nano.train import monte_carlo
from nano.train.data.step_labels import Accuracies, exact_labels, monte_carlo_labels, training_labels

THRESHOLDS = (0.0, 0.125, 0.25)  # Source: VisualPRM, table 5

Labels = Sequence[bool | None]
Labelled = tuple[Accuracies, Labels]
"""The expected accuracies of one solution, and the checker's labels of its steps."""


def monte_carlo_figures(problem_set: ProblemSet, sampler: SolutionSampler, n: int) -> dict[str, object]:
    """The agreement on `n` sampled solutions a problem."""
    solved = list(zip(problem_set.problems, sampler.sample(problem_set, n), strict=True))
    estimates = monte_carlo.estimate_accuracies(
        sampler.model, sampler.encoder, solved, sampler.model.image_tokens(problem_set.pixels), problem_set.seed
    )
    labelled = [
        (accuracies, exact_labels(problem, steps))
        for (problem, solutions), of_problem in zip(solved, estimates, strict=True)
        for steps, accuracies in zip(solutions, of_problem, strict=True)
    ]
    return {
        "solutions": len(labelled),
        "completions_a_prefix": monte_carlo.COMPLETIONS,
        "agreement": [
            {
                "threshold": threshold,
                **agreement_json(compare(labelled, partial(monte_carlo_labels, threshold=threshold))),
            }
            for threshold in THRESHOLDS
        ],
        "agreement_up_to_first_wrong": agreement_json(compare(labelled, partial(monte_carlo_labels, early_stop=True))),
        "agreement_of_what_is_taught": agreement_json(compare(labelled, training_labels)),
    }


def compare(labelled: Sequence[Labelled], rule: Callable[[Accuracies], Labels]) -> Confusion:
    """The labels that `rule` makes of accuracies against the checker's; steps without either are left out."""
    return count_predictions(
        (exact, estimated)
        for accuracies, labels in labelled
        for estimated, exact in zip(rule(accuracies), labels, strict=True)
        if estimated is not None
    )


def agreement_json(confusion: Confusion) -> dict[str, float | int | None]:
    """Share of equal labels, Cohen's kappa, and the shares that calling every step wrong, or correct, would reach."""
    base_rate = confusion.correct / confusion.steps if confusion.steps else None
    return {
        "steps": confusion.steps,
        "share": rounded(confusion.accuracy),
        "always_wrong": None if base_rate is None else rounded(1 - base_rate),
        "always_correct": rounded(base_rate),
        "kappa": rounded(confusion.kappa),
    }
