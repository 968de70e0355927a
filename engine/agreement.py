"""How far annotators agree, and how sure that is: percent agreement, Cohen's, Fleiss' and Krippendorff's coefficients.

Pure statistics over :class:`engine.domain.RatedSolution`; knows numpy, no rows and no page. The unit is the step; steps that fewer
than two people labelled say nothing about agreement and count nowhere. Every figure is a function of a few sums over units, so
the sums of each solution are kept and the bootstrap, which draws whole solutions (steps of one solution are not independent),
draws kinds of solutions that add the same.

Sources: Cohen 1960; Fleiss 1971, in the form for a varying number of raters (Gwet 2014, sec. 2.3); Krippendorff 2011,
"Computing Krippendorff's Alpha-Reliability". tests/engine/test_agreement.py holds the published examples and the figures of
scikit-learn, statsmodels and krippendorff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engine.domain import Label, RatedSolution

LATER = 10  # steps from this 0-based index on are one group: few solutions have them
_CATEGORIES = (Label.WRONG, Label.NEUTRAL, Label.CORRECT)  # in their order, which the ordinal coefficient needs
_CELLS = 4_000_000  # of the matrix of draws made at once: 32 MB

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Place(StrEnum):
    """Where in its solution a step stands. A solution of one step has only a first one."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % percentile-bootstrap interval over solutions."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One coefficient. Undefined is None with its reason, never 0."""

    value: float | None
    interval: Interval | None
    reason: str | None  # why the value, or else its interval, is undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far people agree on one group of steps."""

    items: int  # solutions with a step that at least two people labelled
    steps: int  # such steps
    people: int  # who labelled one of them
    percent: Figure  # share of pairs of labels of one step that are equal, in [0, 1]
    cohen: Figure  # for exactly two people
    fleiss: Figure
    alpha_nominal: Figure
    alpha_ordinal: Figure  # wrong < neutral < correct


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Agreement of everything asked for, and of its parts."""

    overall: Agreement
    by_source: dict[str | None, Agreement]  # by data source of the problem
    by_pair: dict[tuple[str, str], Agreement]  # two annotators, in the order of their names
    by_step: dict[int, Agreement]  # by 0-based index; LATER stands for all from there on
    by_place: dict[Place, Agreement]


def measure(rated: Iterable[RatedSolution], draws: int = 1000, seed: int = 0) -> Report:
    """Return every coefficient with its interval, overall and by source, pair of people and place of the step.

    Args:
        rated: the labels; solutions that only one person labelled may be among them.
        draws: bootstrap draws; the same ones serve all figures of a group, so that they can be compared.
        seed: of the draws.
    """
    units = _flatten(rated)
    everyone = np.arange(len(units.people))
    everywhere = np.ones(len(units.step), dtype=bool)
    overall = _Group(units, everywhere, everyone)
    sources = {name: _Group(units, units.source_is(name), everyone) for name in units.sources}
    pairs = {pair: _Group(units, everywhere, columns) for pair, columns in _pairs(units)}
    index = np.minimum(units.step, LATER)
    steps = {int(step): _Group(units, index == step, everyone) for step in np.unique(index)}
    places = {place: _Group(units, units.stands(place), everyone) for place in Place}
    groups = [overall, *sources.values(), *pairs.values(), *steps.values(), *places.values()]
    # drawn for one group after the other: a crowd makes thousands of pairs, whose draws together would fill the memory
    found = {id(group): group.agreement(_bootstrap(group, units.solutions, draws, seed)) for group in groups}
    return Report(
        overall=found[id(overall)],
        by_source={name: found[id(group)] for name, group in sources.items()},
        by_pair={pair: found[id(group)] for pair, group in pairs.items()},
        by_step={step: found[id(group)] for step, group in steps.items()},
        by_place={place: found[id(group)] for place, group in places.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Units:
    """Every step that somebody labelled, as arrays of one length."""

    people: tuple[str, ...]
    sources: tuple[str | None, ...]
    solutions: int
    solution: Ints  # (units,) which solution
    source: Ints  # (units,) which of the sources
    step: Ints  # (units,) 0-based index in its solution
    steps: Ints  # (units,) how many steps its solution has
    ratings: NDArray[np.int8]  # (units, people) place in _CATEGORIES; -1: no label

    def source_is(self, name: str | None) -> Mask:
        mine: Mask = self.source == self.sources.index(name)
        return mine

    def stands(self, place: Place) -> Mask:
        first: Mask = self.step == 0
        last: Mask = self.step == self.steps - 1
        match place:
            case Place.FIRST:
                return first
            case Place.LAST:
                return last & ~first
            case Place.MIDDLE:
                return ~first & ~last


def _flatten(rated: Iterable[RatedSolution]) -> _Units:
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
    return _Units(
        people=people,
        sources=sources,
        solutions=len(kept),
        solution=np.repeat(np.arange(len(kept)), lengths)[labelled],
        source=np.repeat(source, lengths)[labelled],
        step=(np.arange(len(ratings)) - np.repeat(starts, lengths))[labelled],
        steps=np.repeat(lengths, lengths)[labelled],
        ratings=ratings[labelled],
    )


def _pairs(units: _Units) -> Iterator[tuple[tuple[str, str], Ints]]:
    """Give every two people who labelled a step in common, and their columns."""
    given = (units.ratings >= 0).astype(np.float32)
    together = given.T @ given
    for one, other in np.argwhere(np.triu(together, k=1) > 0):
        yield (units.people[one], units.people[other]), np.array([one, other])


class _Group:
    """Some of the steps and some of the people: the sums of each solution that all figures are made of."""

    def __init__(self, units: _Units, where: Mask, columns: Ints) -> None:
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
        place = np.cumsum(is_new) - 1  # (units,) which of the items
        kind, terms = _terms_of_kinds(ratings, ratings[:, active] if len(active) == 2 else None)
        self.sums: Floats = np.stack(
            [np.bincount(place, weights=term[kind], minlength=self.items) for term in terms.T], axis=1
        )  # (items, terms)

    def agreement(self, drawn: Floats) -> Agreement:
        """Return the figures of the group, given the sums of its bootstrap draws, (draws, terms)."""
        k = len(_CATEGORIES)
        point, many = _cut(self.sums.sum(axis=0, keepdims=True), k), _cut(drawn, k)
        nothing = self._why_nothing()
        crowd = f"Cohen's kappa compares exactly two people; here are {self.people}."

        def figure(statistic: Callable[[_Sums], Floats]) -> Figure:
            if nothing is not None:
                return Figure(value=None, interval=None, reason=nothing)
            return self._figure(float(statistic(point)[0]), statistic(many))

        return Agreement(
            items=self.items,
            steps=self.steps,
            people=self.people,
            percent=figure(_percent),
            cohen=figure(_cohen) if self.people <= 2 else Figure(value=None, interval=None, reason=crowd),
            fleiss=figure(_fleiss),
            alpha_nominal=figure(_alpha_nominal),
            alpha_ordinal=figure(_alpha_ordinal),
        )

    def _why_nothing(self) -> str | None:
        if self.steps:
            return None
        match self._labelled_by:
            case 0:
                return "Nobody has labelled anything here yet."
            case 1:
                return "Only one person has labelled anything here."
            case _:
                return "No step was labelled by two people."

    def _figure(self, value: float, drawn: Floats) -> Figure:
        if np.isnan(value):
            return Figure(value=None, interval=None, reason="All labels are the same, so nothing is left to agree on.")
        if self.items < 2:
            return Figure(value=value, interval=None, reason="One solution is too few for an interval.")
        defined = drawn[~np.isnan(drawn)]
        if len(defined) < len(drawn) / 2 or not len(defined):
            return Figure(value=value, interval=None, reason="Too few labels differ for an interval.")
        low, high = np.percentile(defined, [2.5, 97.5])
        return Figure(value=value, interval=Interval(low=float(low), high=float(high)), reason=None)


# ---- the terms that each unit adds to the sums ----


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of terms over units, for many draws at once and any number k of categories."""

    units: Floats  # (draws,)
    agreeing: Floats  # (draws,) shares of the pairs of a unit's labels that are equal
    shares: Floats  # (draws, k) shares of each category among a unit's labels
    coincidences: (
        Floats  # (draws, k, k) Krippendorff's: pairs of labels by different people, of a unit 1 / (labels - 1) each
    )
    confusion: Floats  # (draws, k, k) of two people: who said what; NaN for more


def _terms_of_kinds(ratings: NDArray[np.int8], two: NDArray[np.int8] | None) -> tuple[Ints, Floats]:
    """Return the kind of each unit, (units,), and what a unit of each kind adds, (kinds, terms).

    What a unit adds follows from how many labels of each category it has, of two people from who said what: few kinds, however
    many units.
    """
    k = len(_CATEGORIES)
    if two is not None:
        kind = two[:, 0].astype(np.int64) * k + two[:, 1]
    else:
        counts = [(ratings == place).sum(axis=1) for place in range(k)]
        most = max((int(count.max(initial=0)) for count in counts), default=0) + 1
        kind = (counts[0] * most + counts[1]) * most + counts[2]
        if kind.max(initial=0) > len(kind):  # hundreds of people on few steps: no table of all that could be
            kind = np.unique(kind, return_inverse=True)[1]
    example = np.zeros(int(kind.max(initial=0)) + 1, dtype=np.int64)  # a unit of each kind
    example[kind] = np.arange(len(kind))
    met = np.unique(kind)
    terms = np.zeros((len(example), 2 + k + 2 * k * k))
    terms[met] = _terms(ratings[example[met]], None if two is None else two[example[met]], k)
    return kind, terms


def _terms(ratings: NDArray[np.int8], two: NDArray[np.int8] | None, k: int) -> Floats:
    """Return what each unit adds, (units, 2 + k + 2 k k); ``ratings`` are (units, people), at least 2 a unit, -1 for none."""
    counts = np.stack([(ratings == place).sum(axis=1) for place in range(k)], axis=1).astype(np.float64)  # (units, k)
    many = counts.sum(axis=1, keepdims=True)  # (units, 1)
    agreeing = (counts * (counts - 1)).sum(axis=1, keepdims=True) / (many * (many - 1))
    ordered = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(k)
    coincidences = (ordered / (many - 1)[:, :, None]).reshape(-1, k * k)
    confusion = np.full((len(counts), k * k), np.nan)
    if two is not None:
        confusion[:] = 0.0
        confusion[np.arange(len(two)), two[:, 0].astype(np.int64) * k + two[:, 1]] = 1.0
    return np.concatenate([np.ones_like(many), agreeing, counts / many, coincidences, confusion], axis=1)


def _cut(flat: Floats, k: int) -> _Sums:
    """Take sums of :func:`_terms`, (draws, terms), apart again."""
    units, agreeing, shares, coincidences, confusion = np.split(flat, [1, 2, 2 + k, 2 + k + k * k], axis=1)
    return _Sums(units[:, 0], agreeing[:, 0], shares, coincidences.reshape(-1, k, k), confusion.reshape(-1, k, k))


def _bootstrap(group: _Group, solutions: int, draws: int, seed: int) -> Floats:
    """Draw solutions with replacement; return the sums of every draw, (draws, terms).

    Solutions that add the same to the sums are alike, and few kinds differ: how often each kind is drawn is multinomial, so a draw
    costs a number a kind, not one a solution. Those that add nothing to the group are the last kind.
    """
    dice = np.random.default_rng(seed)
    kinds, counts = _kinds(group.sums)
    shares = np.append(counts, solutions - counts.sum()) / max(solutions, 1)
    drawn = np.zeros((draws, group.sums.shape[1]))
    block = max(1, _CELLS // len(shares))
    for start in range(0, draws if len(kinds) else 0, block):
        times = dice.multinomial(solutions, shares, size=min(block, draws - start))  # (block, kinds + 1)
        drawn[start : start + block] = times[:, :-1].astype(np.float64) @ kinds
    return drawn


def _kinds(sums: Floats) -> tuple[Floats, Ints]:
    """Return the rows that differ, (kinds, terms), and how often each is there; compared as bytes: NaN is like NaN."""
    whole = np.ascontiguousarray(sums)
    _bytes, first, counts = np.unique(
        whole.view(np.dtype((np.void, whole.itemsize * whole.shape[1]))).ravel(), return_index=True, return_counts=True
    )
    return whole[first], counts


# ---- statistics: one value a draw, NaN where undefined ----


def _percent(sums: _Sums) -> Floats:
    return _divide(sums.agreeing, sums.units)


def _fleiss(sums: _Sums) -> Floats:
    share = _divide(sums.shares, sums.units[:, None])
    return _beyond_chance(_percent(sums), (share**2).sum(axis=1))


def _cohen(sums: _Sums) -> Floats:
    share = _divide(sums.confusion, sums.units[:, None, None])
    chance = (share.sum(axis=1) * share.sum(axis=2)).sum(axis=1)
    return _beyond_chance(np.trace(share, axis1=1, axis2=2), chance)


def _alpha_nominal(sums: _Sums) -> Floats:
    k = sums.shares.shape[1]
    return _alpha(sums, 1 - np.eye(k)[None])


def _alpha_ordinal(sums: _Sums) -> Floats:
    """Two categories are as far apart as there are labels between them, half of each of the two counted; squared."""
    marginal = sums.coincidences.sum(axis=2)  # (draws, k)
    middle = np.cumsum(marginal, axis=1) - marginal / 2
    return _alpha(sums, (middle[:, :, None] - middle[:, None, :]) ** 2)


def _alpha(sums: _Sums, distance: Floats) -> Floats:
    marginal = sums.coincidences.sum(axis=2)
    observed = (sums.coincidences * distance).sum(axis=(1, 2))
    expected = (marginal[:, :, None] * marginal[:, None, :] * distance).sum(axis=(1, 2))
    return 1 - _divide(observed * (marginal.sum(axis=1) - 1), expected)


def _beyond_chance(observed: Floats, chance: Floats) -> Floats:
    left = 1 - chance
    return _divide(observed - chance, np.where(left < 1e-12, 0.0, left))  # chance is 1 up to rounding: undefined


def _divide(above: Floats, below: Floats) -> Floats:
    """Divide; NaN where the divisor is 0."""
    undefined = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    quotient: Floats = np.divide(above, below, out=undefined, where=below != 0)
    return quotient
