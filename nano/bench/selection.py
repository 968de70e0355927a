"""How often each way to choose among N solutions picks a correct one, its differences and its curve over N.

Knows which ways are compared and on what they rank. The estimates are those of engine/evaluation/best_of_n.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.aggregate import aggregate
from engine.domain import Aggregation, StepScore
from engine.evaluation.best_of_n import best_of_n_accuracy, curve_sizes, pass_at_n, self_consistency_accuracy
from engine.evaluation.intervals import bootstrap_mean, paired_difference
from nano.bench.metrics import GradedProblem, GradedSolution, JsonEstimate, estimate_json

Chances = dict[str, list[float]]
"""Way to choose -> for every problem the chance that it picks a correct solution."""

Ranking = Callable[[GradedSolution], float | None]
"""What a way to choose ranks a solution by; None: it never picks it."""

_COMPARED = ("self_consistency", "orm", "prm_max", "random")  # with the PRM's mean


def accuracy_json(values: Sequence[float]) -> JsonEstimate:
    """The mean over problems of one value each, with its interval."""
    return estimate_json(bootstrap_mean(values))


def pass_at(n: int, problems: Sequence[GradedProblem]) -> JsonEstimate:
    """Pass@n with its interval."""
    return accuracy_json([pass_at_n(_correct(problem), n) for problem in problems])


def selection(problems: Sequence[GradedProblem]) -> dict[str, JsonEstimate]:
    """The share of correct picks of every way to choose among all of a problem's solutions."""
    return _accuracies(chances(problems, len(problems[0])))


def differences(problems: Sequence[GradedProblem], n: int) -> dict[str, JsonEstimate]:
    """How far the PRM's mean is ahead of other ways to choose among `n`, on the same problems."""
    return _leads(chances(problems, n))


def curve(pools: Sequence[GradedProblem]) -> dict[str, dict[str, JsonEstimate]]:
    """N -> way to choose -> share of correct picks, estimated from pools of equal size."""
    by_n = {n: chances(pools, n) for n in curve_sizes(len(pools[0]))}
    return {str(n): {**_accuracies(one), **_leads(one)} for n, one in by_n.items()}


def lead_growth(pools: Sequence[GradedProblem], few: int, many: int) -> JsonEstimate:
    """How much further the PRM's mean is ahead of self-consistency among `many` than among `few`, on the same problems."""

    def leads(n: int) -> list[float]:
        one = chances(pools, n, ("prm_mean", "self_consistency"))
        return [ours - theirs for ours, theirs in zip(one["prm_mean"], one["self_consistency"], strict=True)]

    return estimate_json(paired_difference(leads(many), leads(few)))


def chances(problems: Sequence[GradedProblem], n: int, ways: Sequence[str] | None = None) -> Chances:
    """The chances of some ways to choose among `n` of a problem's solutions, of all ways by default."""
    has_outcome = all(solution.outcome_score is not None for problem in problems for solution in problem)
    rankings: dict[str, Ranking] = {f"prm_{how.value}": partial(_aggregated, how) for how in Aggregation}
    if has_outcome:
        rankings["orm"] = _outcome
    estimates: dict[str, Callable[[GradedProblem], float]] = {
        **{name: partial(_best_of_n, ranking, n) for name, ranking in rankings.items()},
        "self_consistency": partial(_self_consistency, n),
        "random": lambda problem: pass_at_n(_correct(problem), 1),
        "oracle": lambda problem: pass_at_n(_correct(problem), n),
    }
    return {
        name: [estimate(problem) for problem in problems]
        for name, estimate in estimates.items()
        if ways is None or name in ways
    }


def _accuracies(one: Chances) -> dict[str, JsonEstimate]:
    return {name: accuracy_json(values) for name, values in one.items()}


def _leads(one: Chances) -> dict[str, JsonEstimate]:
    return {
        f"prm_mean - {name}": estimate_json(paired_difference(one["prm_mean"], one[name]))
        for name in _COMPARED
        if name in one
    }


def _best_of_n(ranking: Ranking, n: int, problem: GradedProblem) -> float:
    return best_of_n_accuracy(_correct(problem), [ranking(solution) for solution in problem], n)


def _self_consistency(n: int, problem: GradedProblem) -> float:
    return self_consistency_accuracy(_correct(problem), [solution.answer_group for solution in problem], n)


def _correct(problem: GradedProblem) -> list[bool]:
    return [solution.is_correct for solution in problem]


def _aggregated(how: Aggregation, solution: GradedSolution) -> float | None:
    """The solution score that an aggregation of the PRM's step scores gives."""
    return aggregate(
        [StepScore(first=index, last=index, score=score) for index, score in enumerate(solution.scores)], how
    )


def _outcome(solution: GradedSolution) -> float | None:
    return solution.outcome_score
