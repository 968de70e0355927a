"""Figures that the VisualPRM paper prints, to stand beside measured ones and never among them.

Source: VisualPRM (arXiv 2503.10291). The table of VisualProcessBench results: macro-F1 in per cent by source, and over all. The
Best-of-N results of InternVL2.5-8B by N, overall: right answers in per cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SOURCE = "arXiv 2503.10291"
DATE = "2025-03"  # of the first version, by its number
OURS = "VisualPRM-8B"  # the paper's own reward model

_SOURCES = ("MMMU_DEV_VAL", "MathVision_MINI", "MathVerse_MINI_Vision_Only", "DynaMath", "WeMath")
_PER_CENT: Mapping[str, tuple[float, ...]] = {  # by source in this order, then over all
    OURS: (58.5, 62.1, 61.0, 62.7, 61.8, 62.0),
    "GPT-4o": (56.3, 60.2, 59.7, 59.0, 63.3, 60.3),
    "Gemini-2.0-Flash": (58.5, 60.1, 62.8, 66.7, 58.7, 62.3),
    "Qwen2.5-VL-72B": (59.2, 59.0, 59.7, 62.9, 62.3, 60.5),
    "InternVL2.5-78B": (52.0, 51.7, 53.7, 50.8, 52.5, 52.6),
    "InternVL2.5-8B": (47.1, 45.5, 47.8, 50.3, 50.8, 48.0),
    "MiniCPM-V2.6": (44.9, 50.9, 58.9, 46.7, 57.4, 50.4),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """What the paper prints of one model; macro-F1 in [0, 1]."""

    model: str
    sources: Mapping[str, float]
    """By data source, as the published file names it."""
    overall: float


def published_rows() -> tuple[PublishedRow, ...]:
    """Return the rows of the paper's table, in its order."""
    return tuple(
        PublishedRow(
            model=model,
            sources={name: round(value / 100, 3) for name, value in zip(_SOURCES, values, strict=False)},
            overall=round(values[-1] / 100, 3),
        )
        for model, values in _PER_CENT.items()
    )


def published_row(model: str = OURS) -> PublishedRow:
    """Return the row of a model, by default the paper's own reward model."""
    return next(each for each in published_rows() if each.model == model)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCurve:
    """How often the paper's choice among N was right; over seven benchmarks, the first of the N greedy."""

    name: str
    """The policy, and what chose."""
    points: Mapping[int, float]
    """N -> share in [0, 1]."""


_CURVE_SIZES = (1, 8, 16, 32, 64, 128)
_CURVES_PER_CENT: Mapping[str, tuple[float, ...]] = {  # InternVL2.5-8B, overall, by N in this order
    "InternVL2.5-8B, picked by VisualPRM-8B": (32.8, 41.2, 42.0, 42.7, 43.5, 44.0),
    "InternVL2.5-8B, picked by an ORM": (32.8, 39.7, 39.3, 40.0, 40.4, 39.7),
    "InternVL2.5-8B, majority vote": (32.8, 38.8, 39.8, 41.0, 40.9, 40.9),
}


def published_curves() -> tuple[PublishedCurve, ...]:
    """Return the paper's curves, that of its own reward model first."""
    return tuple(
        PublishedCurve(
            name=name, points={n: round(value / 100, 3) for n, value in zip(_CURVE_SIZES, values, strict=True)}
        )
        for name, values in _CURVES_PER_CENT.items()
    )
