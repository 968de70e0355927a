"""Coefficients of agreement as functions of sums over steps: percent agreement, Cohen's, Fleiss' and Krippendorff's.

Every coefficient is a function of a few sums to which each step adds a row of terms. Whoever has the sums of each
solution can add them up in any combination, as the bootstrap in agreement.py does. Knows numbers; not who gave the
ratings, nor to what.

Sources: Cohen 1960; Fleiss 1971, in the form for a varying number of raters (Gwet 2014, sec. 2.3); Krippendorff 2011,
"Computing Krippendorff's Alpha-Reliability". Units are Krippendorff's word for what is rated: here, steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.arrays import Floats, Ints, ratio

Ratings = NDArray[np.int8]
"""(units, raters) which category, 0-based; -1: not rated."""

_NO_VARIATION = 1e-12  # a chance of agreement this close to 1 is 1 up to rounding


@dataclass(frozen=True, slots=True)
class AgreementSums:
    """Sums of terms over units, many sets of units at once, for k categories."""

    units: Floats
    """(sets,) how many units there are."""
    agreeing: Floats
    """(sets,) sum of the shares of the pairs of a unit's ratings that are equal."""
    shares: Floats
    """(sets, k) sum of the shares of each category among a unit's ratings."""
    coincidences: Floats
    """(sets, k, k) Krippendorff's: pairs of ratings by different raters, those of a unit weighing 1 / (ratings - 1) each."""
    confusion: Floats
    """(sets, k, k) of two raters: how often the first rated row and the second column; NaN for more raters."""


def cohen_kappa(confusion: Sequence[Sequence[float]]) -> float | None:
    """Return Cohen's kappa of a (k, k) table of what two raters said, in [-1, 1].

    None when the table is empty or both always gave the same one rating, so that chance alone would agree always.
    """
    value = float(_cohen(np.asarray(confusion, dtype=np.float64)[None])[0])
    return None if math.isnan(value) else value


# ---- terms ----


def unit_terms(ratings: Ratings, k: int, *, two_raters: bool) -> Floats:
    """Return what each unit adds to the sums, (units, 2 + k + 2 k k); every unit has at least 2 ratings.

    With ``two_raters`` the first two columns of ``ratings`` are those of the two, who both rated every unit.
    """
    counts = np.stack([(ratings == category).sum(axis=1) for category in range(k)], axis=1).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)  # (units, 1)
    agreeing = (counts * (counts - 1)).sum(axis=1, keepdims=True) / (total * (total - 1))
    ordered = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(k)  # (units, k, k)
    coincidences = (ordered / (total - 1)[:, :, None]).reshape(-1, k * k)
    confusion = np.full((len(counts), k * k), np.nan)
    if two_raters:
        confusion[:] = 0.0
        confusion[np.arange(len(ratings)), confusion_cell(ratings, k)] = 1.0
    return np.concatenate([np.ones_like(total), agreeing, counts / total, coincidences, confusion], axis=1)


def confusion_cell(ratings: Ratings, k: int) -> Ints:
    """Return the cell of the flattened (k, k) table that each unit of two raters falls into, (units,)."""
    cell: Ints = ratings[:, 0].astype(np.int64) * k + ratings[:, 1]
    return cell


def split_sums(flat: Floats, k: int) -> AgreementSums:
    """Name the parts of sums of :func:`unit_terms`, (sets, 2 + k + 2 k k)."""
    units, agreeing, shares, coincidences, confusion = np.split(flat, [1, 2, 2 + k, 2 + k + k * k], axis=1)
    return AgreementSums(
        units[:, 0], agreeing[:, 0], shares, coincidences.reshape(-1, k, k), confusion.reshape(-1, k, k)
    )


# ---- coefficients: one value a set, NaN where undefined ----


def percent_agreement(sums: AgreementSums) -> Floats:
    """Return the mean share of pairs of ratings of a unit that are equal, in [0, 1]."""
    return ratio(sums.agreeing, sums.units)


def fleiss_kappas(sums: AgreementSums) -> Floats:
    """Return Fleiss' kappa of any number of raters a unit; at most 1."""
    share = ratio(sums.shares, sums.units[:, None])
    return _beyond_chance(percent_agreement(sums), (share**2).sum(axis=1))


def cohen_kappas(sums: AgreementSums) -> Floats:
    """Return Cohen's kappa of two raters, in [-1, 1]."""
    return _cohen(sums.confusion)


def nominal_alphas(sums: AgreementSums) -> Floats:
    """Return Krippendorff's alpha where all categories are equally far apart; at most 1."""
    k = sums.shares.shape[1]
    return _alpha(sums, 1 - np.eye(k)[None])


def ordinal_alphas(sums: AgreementSums) -> Floats:
    """Return Krippendorff's alpha where categories stand in an order; at most 1.

    Two categories are as far apart as there are ratings between them, half of each of the two counted; squared.
    """
    marginal = sums.coincidences.sum(axis=2)  # (sets, k)
    middle = np.cumsum(marginal, axis=1) - marginal / 2
    return _alpha(sums, (middle[:, :, None] - middle[:, None, :]) ** 2)


def _cohen(confusion: Floats) -> Floats:
    share = ratio(confusion, confusion.sum(axis=(1, 2), keepdims=True))
    chance = (share.sum(axis=1) * share.sum(axis=2)).sum(axis=1)
    return _beyond_chance(np.trace(share, axis1=1, axis2=2), chance)


def _alpha(sums: AgreementSums, distance: Floats) -> Floats:
    marginal = sums.coincidences.sum(axis=2)
    observed = (sums.coincidences * distance).sum(axis=(1, 2))
    expected = (marginal[:, :, None] * marginal[:, None, :] * distance).sum(axis=(1, 2))
    return 1 - ratio(observed * (marginal.sum(axis=1) - 1), expected)


def _beyond_chance(observed: Floats, chance: Floats) -> Floats:
    left = 1 - chance
    return ratio(observed - chance, np.where(left < _NO_VARIATION, 0.0, left))
