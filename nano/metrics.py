"""The figures of a benchmark run, with their floors and bootstrap intervals over problems.

Pure arithmetic on labels, scores and answers. Knows nothing of models, pictures or files.
"""

from __future__ import annotations

import enum
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.aggregate import aggregate, best_of_n
from engine.domain import Aggregation, StepScore

RESAMPLES = 1000
THRESHOLD = 0.5  # fixed before any figure was looked at

Figure = dict[str, float | list[float]]


class StepKind(enum.Enum):
    """What a step does."""

    READING = "reading"
    """It states what the picture shows."""
    COMPUTATION = "computation"
    """It computes."""
    FINAL = "final line"
    """It gives the answer."""


def kind_of(step: str) -> StepKind:
    """The kind of a step, from its text."""
    if "final answer" in step.lower():
        return StepKind.FINAL
    return StepKind.COMPUTATION if "=" in step else StepKind.READING


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One sampled solution with everything that is measured about it."""

    right: bool
    """Its final answer is the reference answer."""
    answer: str | None
    """Its final answer, normalised for voting; None when it gave none."""
    labels: tuple[int, ...]
    """The exact checker's label of each step: 1, 0 or -1."""
    kinds: tuple[StepKind, ...]
    """What each step does."""
    scores: tuple[float, ...]
    """The PRM's score of each step, in [0, 1]; empty when it was not asked."""
    outcome: float | None = None
    """The ORM's score of the whole solution, in [0, 1]; None when it was not asked."""
    first_mistake: str | None
    """`perception`, `arithmetic` or `reasoning`; None when every step is right."""


Problem = Sequence[Judged]


def interval(problems: Sequence[Problem], figure: Callable[[Sequence[Problem]], float], seed: int = 0) -> Figure:
    """A figure with its 95 % bootstrap interval over problems."""
    rng = random.Random(seed)
    drawn = sorted(figure(rng.choices(problems, k=len(problems))) for _ in range(RESAMPLES))
    low, high = drawn[round(0.025 * RESAMPLES)], drawn[round(0.975 * RESAMPLES) - 1]
    return {"value": round(figure(problems), 4), "interval": [round(low, 4), round(high, 4)]}


def share(problems: Sequence[Problem], chance: Callable[[Problem], float]) -> Figure:
    """The mean over problems of a per-problem chance, with interval."""
    return mean([chance(problem) for problem in problems])


def difference(one: Sequence[float], other: Sequence[float]) -> Figure:
    """The mean of `one` minus `other`, values of the same problems, paired: the interval holds 0 unless they truly differ."""
    return mean([ours - theirs for ours, theirs in zip(one, other, strict=True)])


def mean(values: Sequence[float]) -> Figure:
    """The mean of one value a problem, with its 95 % bootstrap interval over problems."""
    rng = random.Random(0)
    drawn = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    low, high = drawn[round(0.025 * RESAMPLES)], drawn[round(0.975 * RESAMPLES) - 1]
    return {"value": round(sum(values) / len(values), 4), "interval": [round(low, 4), round(high, 4)]}


def pass_at_1(problem: Problem) -> float:
    """The share of right solutions."""
    return sum(solution.right for solution in problem) / len(problem)


def pass_at_n(problem: Problem) -> float:
    """1 when any solution is right: what a perfect selector would reach (oracle)."""
    return float(any(solution.right for solution in problem))


Ranking = Callable[[Judged], float | None]


def by_steps(how: Aggregation) -> Ranking:
    """The solution score that an aggregation of the PRM's step scores gives."""
    return lambda solution: aggregate(
        [StepScore(first=index, last=index, score=score) for index, score in enumerate(solution.scores)], how
    )


def by_outcome(solution: Judged) -> float | None:
    """The ORM's score."""
    return solution.outcome


def picked(ranking: Ranking) -> Callable[[Problem], float]:
    """1 when the solution that is ranked first is right."""

    def chance(problem: Problem) -> float:
        best = best_of_n([ranking(solution) for solution in problem])
        return float(best is not None and problem[best].right)

    return chance


def self_consistency(problem: Problem) -> float:
    """The chance that a most frequent answer is right, ties shared equally."""
    votes = Counter(solution.answer for solution in problem if solution.answer is not None)
    if not votes:
        return 0.0
    most = max(votes.values())
    winners = [answer for answer, count in votes.items() if count == most]
    right = {solution.answer for solution in problem if solution.right}
    return sum(answer in right for answer in winners) / len(winners)


def judged_steps(problems: Sequence[Problem], kind: StepKind | None = None) -> Iterator[tuple[float, bool]]:
    """(score, truly right) of every step of that kind, neutral steps left out."""
    for problem in problems:
        for solution in problem:
            for label, score, own in zip(solution.labels, solution.scores, solution.kinds, strict=True):
                if label and (kind is None or own is kind):
                    yield score, label > 0


def counts(problems: Sequence[Problem], kind: StepKind | None = None) -> tuple[int, int, int, int]:
    """Steps that are (right, called right), (wrong, called right), (right, called wrong), (wrong, called wrong)."""
    table = [0, 0, 0, 0]
    for score, right in judged_steps(problems, kind):
        table[(not right) + 2 * (score < THRESHOLD)] += 1
    return table[0], table[1], table[2], table[3]


def macro_f1(table: tuple[float, float, float, float]) -> float:
    """Mean of the F1 of correct steps and the F1 of wrong steps, as on VisualProcessBench."""
    hit, false_plus, false_minus, reject = table
    plus = 2 * hit / max(1e-9, 2 * hit + false_plus + false_minus)
    minus = 2 * reject / max(1e-9, 2 * reject + false_plus + false_minus)
    return (plus + minus) / 2


def floors(table: tuple[int, int, int, int]) -> dict[str, float]:
    """Macro-F1 of calling every step correct, and of coins that do not look: fair, and at the base rate."""
    right, wrong = table[0] + table[2], table[1] + table[3]
    base = right / max(1, right + wrong)
    coin = macro_f1((right / 2, wrong / 2, right / 2, wrong / 2))
    rate = macro_f1((right * base, wrong * base, right * (1 - base), wrong * (1 - base)))
    return {
        "all_correct": round(macro_f1((right, wrong, 0, 0)), 4),
        "coin": round(coin, 4),
        "base_rate": round(rate, 4),
    }


def auc(problems: Sequence[Problem], kind: StepKind | None = None) -> float | None:
    """The chance that a right step scores above a wrong one, ties counting half; None without both kinds."""
    pairs = sorted(judged_steps(problems, kind))
    right = sum(is_right for _, is_right in pairs)
    wrong = len(pairs) - right
    if not right or not wrong:
        return None
    ranks, start = 0.0, 0
    while start < len(pairs):
        end = start
        while end < len(pairs) and pairs[end][0] == pairs[start][0]:
            end += 1
        ranks += (start + 1 + end) / 2 * sum(is_right for _, is_right in pairs[start:end])
        start = end
    return (ranks - right * (right + 1) / 2) / (right * wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Steps with scores in one tenth of [0, 1]."""

    steps: int
    """How many there are."""
    score: float
    """Their mean score."""
    right: float
    """The share of them that is right."""


def calibration(problems: Sequence[Problem], bins: int = 10) -> tuple[Bin, ...]:
    """Equal-width bins that hold steps, lowest scores first."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, right in judged_steps(problems):
        groups.setdefault(min(bins - 1, int(score * bins)), []).append((score, right))
    return tuple(
        Bin(
            steps=len(group),
            score=sum(score for score, _ in group) / len(group),
            right=sum(right for _, right in group) / len(group),
        )
        for _, group in sorted(groups.items())
    )


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """The mean distance between score and share of right steps, weighted by steps; None without steps."""
    steps = sum(one.steps for one in bins)
    return sum(one.steps * abs(one.score - one.right) for one in bins) / steps if steps else None
