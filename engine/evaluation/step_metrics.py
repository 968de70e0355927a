"""How well step scores and predictions tell correct steps from wrong ones: F1, macro-F1, accuracy, area under ROC.

The positive class is *correct*. Neutral steps (VisualProcessBench's label 0) are left out before anything is counted.

Source: VisualPRM (arXiv 2503.10291) sec. 5: macro-F1 is the mean of the F1 of correct and of wrong steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.evaluation.coefficients import cohen_kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How many steps of each label got each prediction."""

    true_positives: int = 0
    """Correct steps that are predicted to be correct."""
    false_positives: int = 0
    """Wrong steps that are predicted to be correct."""
    false_negatives: int = 0
    """Correct steps that are predicted to be wrong."""
    true_negatives: int = 0
    """Wrong steps that are predicted to be wrong."""
    unread_correct: int = 0
    """Correct steps without a prediction that could be read (a generative judge's); each counts as missed."""
    unread_wrong: int = 0
    """Wrong steps without one."""

    def __add__(self, other: Confusion) -> Confusion:
        """Pool two sets of steps."""
        return Confusion(
            true_positives=self.true_positives + other.true_positives,
            false_positives=self.false_positives + other.false_positives,
            false_negatives=self.false_negatives + other.false_negatives,
            true_negatives=self.true_negatives + other.true_negatives,
            unread_correct=self.unread_correct + other.unread_correct,
            unread_wrong=self.unread_wrong + other.unread_wrong,
        )

    @property
    def correct(self) -> int:
        """Steps labelled correct."""
        return self.true_positives + self.false_negatives + self.unread_correct

    @property
    def wrong(self) -> int:
        """Steps labelled wrong."""
        return self.false_positives + self.true_negatives + self.unread_wrong

    @property
    def steps(self) -> int:
        """All steps counted."""
        return self.correct + self.wrong

    @property
    def unread(self) -> int:
        """Steps without a prediction that could be read."""
        return self.unread_correct + self.unread_wrong

    @property
    def called_correct(self) -> float | None:
        """Share of the steps with a prediction that are predicted to be correct, in [0, 1]; None when there are none.

        Above :attr:`labelled_correct` it is the positive bias of judges (VisualPRM, sec. 4).
        """
        read = self.steps - self.unread
        return (self.true_positives + self.false_positives) / read if read else None

    @property
    def labelled_correct(self) -> float | None:
        """Share of the steps that are labelled correct, in [0, 1]; None when there are none."""
        return self.correct / self.steps if self.steps else None

    @property
    def f1_correct(self) -> float | None:
        """F1 of the correct steps, in [0, 1]; None when no step is labelled or predicted correct."""
        return _f1(self.true_positives, self.false_positives, self.correct - self.true_positives)

    @property
    def f1_wrong(self) -> float | None:
        """F1 of the wrong steps, in [0, 1]; None when no step is labelled or predicted wrong."""
        return _f1(self.true_negatives, self.false_negatives, self.wrong - self.true_negatives)

    @property
    def macro_f1(self) -> float | None:
        """The mean of both F1, in [0, 1]; None when either is undefined."""
        return _mean(self.f1_correct, self.f1_wrong)

    @property
    def accuracy(self) -> float | None:
        """The share of steps that are predicted as they are labelled, in [0, 1]; None without steps."""
        return (self.true_positives + self.true_negatives) / self.steps if self.steps else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa of labels and predictions that could be read, in [-1, 1]; None when chance alone would agree always."""
        return cohen_kappa([[self.true_positives, self.false_positives], [self.false_negatives, self.true_negatives]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The macro-F1 that predictions reach which do not look at the steps."""

    all_correct: float | None
    """Every step is called correct; None when there is no correct or no wrong step."""
    fair_coin: float | None
    """Correct or wrong by the toss of a fair coin, in expectation."""
    base_rate: float | None
    """Correct with the chance that a step of this set is correct, in expectation."""


def count_predictions(steps: Iterable[tuple[bool | None, bool | None]]) -> Confusion:
    """Count steps, given as (is it correct, is it predicted to be correct).

    A label of None is a neutral or unlabelled step, which is left out; a prediction of None could not be read.
    """
    table: dict[tuple[bool, bool | None], int] = {}
    for label, prediction in steps:
        if label is not None:
            table[label, prediction] = table.get((label, prediction), 0) + 1
    return Confusion(
        true_positives=table.get((True, True), 0),
        false_positives=table.get((False, True), 0),
        false_negatives=table.get((True, False), 0),
        true_negatives=table.get((False, False), 0),
        unread_correct=table.get((True, None), 0),
        unread_wrong=table.get((False, None), 0),
    )


def floors(confusion: Confusion) -> Floors:
    """Return what predictions that do not look would reach on the same labels.

    An expected count stands for the count, as usual: F1 of expectations, not the expectation of F1.
    """
    correct, wrong = confusion.correct, confusion.wrong

    def blind(rate: float) -> float | None:  # every step is called correct with this chance
        return _mean(
            _f1(correct * rate, wrong * rate, correct * (1 - rate)),
            _f1(wrong * (1 - rate), correct * (1 - rate), wrong * rate),
        )

    if not confusion.steps:
        return Floors(all_correct=None, fair_coin=None, base_rate=None)
    return Floors(all_correct=blind(1.0), fair_coin=blind(0.5), base_rate=blind(correct / confusion.steps))


def area_under_roc(steps: Iterable[tuple[float, bool]]) -> float | None:
    """Return the chance that a correct step scores above a wrong one, ties counting half; 0.5 is chance.

    Steps are given as (score, is it correct). None when all are correct, all are wrong, or there are none.
    Source: Mann and Whitney 1947, by ranks.
    """
    ranked = sorted(steps)
    correct = sum(is_correct for _, is_correct in ranked)
    wrong = len(ranked) - correct
    if not correct or not wrong:
        return None
    rank_sum, start = 0.0, 0
    while start < len(ranked):  # a group of equal scores shares its mean rank
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        rank_sum += (start + 1 + end) / 2 * sum(is_correct for _, is_correct in ranked[start:end])
        start = end
    return (rank_sum - correct * (correct + 1) / 2) / (correct * wrong)


def _f1(hits: float, false_alarms: float, misses: float) -> float | None:
    total = 2 * hits + false_alarms + misses
    return 2 * hits / total if total else None


def _mean(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2
