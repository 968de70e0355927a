"""How far annotators agree on steps, and how sure that is, overall and by source, pair of people and place in the solution.

Knows :class:`engine.domain.RatedSolution` and numpy, no rows and no page; the formulas are in coefficients.py. The unit
is the step; steps that fewer than two people labelled say nothing about agreement and count nowhere. Steps of one
solution are not independent, so the bootstrap draws whole solutions: the sums of each solution are kept, and solutions
that add the same are drawn as one kind. tests/engine/evaluation/test_agreement.py holds the published examples and the
figures of scikit-learn, statsmodels and krippendorff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain import Label, RatedSolution
from engine.evaluation.arrays import Floats, Ints, Mask
from engine.evaluation.coefficients import (
    AgreementSums,
    Ratings,
    cohen_kappas,
    confusion_cell,
    fleiss_kappas,
    nominal_alphas,
    ordinal_alphas,
    percent_agreement,
    split_sums,
    unit_terms,
)
from engine.evaluation.intervals import Estimate, Interval

LATER = 10  # steps from this 0-based index on are one group: few solutions have them
_LABELS = (Label.WRONG, Label.NEUTRAL, Label.CORRECT)  # in their order, which the ordinal coefficient needs
_CELLS = 4_000_000  # of the matrix of draws made at once: 32 MB


class StepPlace(StrEnum):
    """Where in its solution a step stands. A solution of one step has only a first one."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far people agree on one group of steps. The coefficients are at most 1, and 0 where labels agree as by chance."""

    items: int  # solutions with a step that at least two people labelled
    steps: int  # such steps
    people: int  # who labelled one of them
    percent: Estimate  # share of pairs of labels of one step that are equal, in [0, 1]
    cohen: Estimate  # Cohen's kappa, for exactly two people
    fleiss: Estimate  # Fleiss' kappa
    alpha_nominal: Estimate  # Krippendorff's alpha
    alpha_ordinal: Estimate  # Krippendorff's alpha with wrong < neutral < correct


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """Agreement of everything asked for, and of its parts."""

    overall: Agreement
    by_source: dict[str | None, Agreement]  # by data source of the problem
    by_pair: dict[tuple[str, str], Agreement]  # two annotators, in the order of their names
    by_step: dict[int, Agreement]  # by 0-based index; LATER stands for all from there on
    by_place: dict[StepPlace, Agreement]


def measure_agreement(rated: Iterable[RatedSolution], resamples: int = 1000, seed: int = 0) -> AgreementReport:
    """Return every coefficient with its interval, overall and by source, pair of people and place of the step.

    Args:
        rated: the labels; solutions that only one person labelled may be among them.
        resamples: of the bootstrap; the same ones serve all figures of a group, so that they can be compared.
        seed: of the resamples.
    """
    units = _flatten(rated)
    everyone = np.arange(len(units.people))
    everywhere = np.ones(len(units.step), dtype=bool)
    overall = _Group(units, everywhere, everyone)
    sources = {name: _Group(units, units.source_is(name), everyone) for name in units.sources}
    pairs = {pair: _Group(units, everywhere, columns) for pair, columns in _pairs(units)}
    index = np.minimum(units.step, LATER)
    steps = {int(step): _Group(units, index == step, everyone) for step in np.unique(index)}
    places = {place: _Group(units, units.is_at(place), everyone) for place in StepPlace}
    groups = [overall, *sources.values(), *pairs.values(), *steps.values(), *places.values()]
    # one group after the other: many people make thousands of pairs, whose resamples together would fill the memory
    found = {id(group): group.agreement(_bootstrap(group, units.solutions, resamples, seed)) for group in groups}
    return AgreementReport(
        overall=found[id(overall)],
        by_source={name: found[id(group)] for name, group in sources.items()},
        by_pair={pair: found[id(group)] for pair, group in pairs.items()},
        by_step={step: found[id(group)] for step, group in steps.items()},
        by_place={place: found[id(group)] for place, group in places.items()},
    )


def measure_overall(rated: Iterable[RatedSolution], resamples: int = 1000, seed: int = 0) -> Agreement:
    """Return every coefficient with its interval over all of it, the first of what :func:`measure_agreement` returns."""
    units = _flatten(rated)
    group = _Group(units, np.ones(len(units.step), dtype=bool), np.arange(len(units.people)))
    return group.agreement(_bootstrap(group, units.solutions, resamples, seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _RatedSteps:
    """Every step that somebody labelled, as arrays of one length."""

    people: tuple[str, ...]
    sources: tuple[str | None, ...]
    solutions: int
    solution: Ints  # (units,) which solution
    source: Ints  # (units,) which of the sources
    step: Ints  # (units,) 0-based index in its solution
    steps: Ints  # (units,) how many steps its solution has
    ratings: Ratings  # (units, people) place in _LABELS; -1: no label

    def source_is(self, name: str | None) -> Mask:
        mine: Mask = self.source == self.sources.index(name)
        return mine

    def is_at(self, place: StepPlace) -> Mask:
        first: Mask = self.step == 0
        last: Mask = self.step == self.steps - 1
        match place:
            case StepPlace.FIRST:
                return first
            case StepPlace.LAST:
                return last & ~first
            case StepPlace.MIDDLE:
                return ~first & ~last


def _flatten(rated: Iterable[RatedSolution]) -> _RatedSteps:
    kept = list(rated)
    people = tuple(sorted({name for each in kept for name in each.ratings}))
    sources = tuple(sorted({each.data_source for each in kept if each.ratings}, key=lambda name: (name is None, name)))
    column = {name: at for at, name in enumerate(people)}
    row = {name: at for at, name in enumerate(sources)}
    lengths = np.array([max(map(len, each.ratings.values()), default=0) for each in kept], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    ratings = np.full((int(lengths.sum()), len(people)), -1, dtype=np.int8)
    for start, each in zip(starts, kept, strict=True):
        for name, labels in each.ratings.items():
            codes = [-1 if label is None else label + 1 for label in labels]
            ratings[start : start + len(codes), column[name]] = codes
    labelled = (ratings >= 0).any(axis=1)
    source = np.array([row[each.data_source] if each.ratings else -1 for each in kept], dtype=np.int64)
    return _RatedSteps(
        people=people,
        sources=sources,
        solutions=len(kept),
        solution=np.repeat(np.arange(len(kept)), lengths)[labelled],
        source=np.repeat(source, lengths)[labelled],
        step=(np.arange(len(ratings)) - np.repeat(starts, lengths))[labelled],
        steps=np.repeat(lengths, lengths)[labelled],
        ratings=ratings[labelled],
    )


def _pairs(units: _RatedSteps) -> Iterator[tuple[tuple[str, str], Ints]]:
    """Give every two people who labelled a step in common, and their columns."""
    given = (units.ratings >= 0).astype(np.float32)
    together = given.T @ given
    for one, other in np.argwhere(np.triu(together, k=1) > 0):
        yield (units.people[one], units.people[other]), np.array([one, other])


class _Group:
    """Some of the steps and some of the people: the sums of each solution that all figures are made of."""

    def __init__(self, units: _RatedSteps, where: Mask, columns: Ints) -> None:
        ratings = units.ratings[where][:, columns]
        given = ratings >= 0
        self._labelled_by = int(given.any(axis=0).sum())
        shared = given.sum(axis=1) >= 2
        ratings, given = ratings[shared], given[shared]
        solution = units.solution[where][shared]
        is_new = np.diff(solution, prepend=-1) != 0  # the units of a solution stand together
        self.items = int(is_new.sum())
        self.steps = len(solution)
        active = np.flatnonzero(given.any(axis=0))
        self.people = len(active)
        item = np.cumsum(is_new) - 1  # (units,) which of the items
        kind, terms = _terms_by_kind(ratings[:, active])
        self.sums: Floats = np.stack(
            [np.bincount(item, weights=term[kind], minlength=self.items) for term in terms.T], axis=1
        )  # (items, terms)

    def agreement(self, resampled: Floats) -> Agreement:
        """Return the figures of the group, given the sums of its bootstrap resamples, (resamples, terms)."""
        k = len(_LABELS)
        point, many = split_sums(self.sums.sum(axis=0, keepdims=True), k), split_sums(resampled, k)
        undefined = self._why_undefined()
        too_many = f"Cohen's kappa compares exactly two people; here are {self.people}."

        def figure(statistic: Callable[[AgreementSums], Floats]) -> Estimate:
            if undefined is not None:
                return Estimate(value=None, interval=None, reason=undefined)
            return self._estimate(float(statistic(point)[0]), statistic(many))

        return Agreement(
            items=self.items,
            steps=self.steps,
            people=self.people,
            percent=figure(percent_agreement),
            cohen=figure(cohen_kappas) if self.people <= 2 else Estimate(value=None, interval=None, reason=too_many),
            fleiss=figure(fleiss_kappas),
            alpha_nominal=figure(nominal_alphas),
            alpha_ordinal=figure(ordinal_alphas),
        )

    def _why_undefined(self) -> str | None:
        if self.steps:
            return None
        match self._labelled_by:
            case 0:
                return "Nobody has labelled anything here yet."
            case 1:
                return "Only one person has labelled anything here."
            case _:
                return "No step was labelled by two people."

    def _estimate(self, value: float, resampled: Floats) -> Estimate:
        if np.isnan(value):
            return Estimate(
                value=None, interval=None, reason="All labels are the same, so nothing is left to agree on."
            )
        if self.items < 2:
            return Estimate(value=value, interval=None, reason="One solution is too few for an interval.")
        defined = resampled[~np.isnan(resampled)]
        if len(defined) < len(resampled) / 2 or not len(defined):
            return Estimate(value=value, interval=None, reason="Too few labels differ for an interval.")
        low, high = np.percentile(defined, [2.5, 97.5])
        return Estimate(value=value, interval=Interval(low=float(low), high=float(high)))


def _terms_by_kind(ratings: Ratings) -> tuple[Ints, Floats]:
    """Return the kind of each unit, (units,), and what a unit of each kind adds, (kinds, terms).

    What a unit adds follows from how many labels of each category it has, of two people from who said what: few kinds,
    however many units. ``ratings`` are (units, people who labelled any of them).
    """
    k, two_raters = len(_LABELS), ratings.shape[1] == 2
    if two_raters:
        kind = confusion_cell(ratings, k)
    else:
        counts = [(ratings == category).sum(axis=1) for category in range(k)]
        base = max((int(count.max(initial=0)) for count in counts), default=0) + 1
        kind = (counts[0] * base + counts[1]) * base + counts[2]
        if kind.max(initial=0) > len(kind):  # hundreds of people on few steps: no table of all that could be
            kind = np.unique(kind, return_inverse=True)[1]
    example = np.zeros(int(kind.max(initial=0)) + 1, dtype=np.int64)  # a unit of each kind
    example[kind] = np.arange(len(kind))
    present = np.unique(kind)
    terms = np.zeros((len(example), 2 + k + 2 * k * k))
    terms[present] = unit_terms(ratings[example[present]], k, two_raters=two_raters)
    return kind, terms


def _bootstrap(group: _Group, solutions: int, resamples: int, seed: int) -> Floats:
    """Draw solutions with replacement; return the sums of every resample, (resamples, terms).

    Solutions that add the same to the sums are of one kind, and there are few kinds: how often each is drawn is
    multinomial, so a resample costs a number a kind, not one a solution. Those that add nothing to the group are the
    last kind.
    """
    rng = np.random.default_rng(seed)
    kinds, counts = _distinct(group.sums)
    shares = np.append(counts, solutions - counts.sum()) / max(solutions, 1)
    resampled = np.zeros((resamples, group.sums.shape[1]))
    block = max(1, _CELLS // len(shares))
    for start in range(0, resamples if len(kinds) else 0, block):
        times = rng.multinomial(solutions, shares, size=min(block, resamples - start))  # (block, kinds + 1)
        resampled[start : start + block] = times[:, :-1].astype(np.float64) @ kinds
    return resampled


def _distinct(sums: Floats) -> tuple[Floats, Ints]:
    """Return the rows that differ, (kinds, terms), and how often each is there; compared as bytes: NaN is like NaN."""
    whole = np.ascontiguousarray(sums)
    _bytes, first, counts = np.unique(
        whole.view(np.dtype((np.void, whole.itemsize * whole.shape[1]))).ravel(), return_index=True, return_counts=True
    )
    return whole[first], counts
