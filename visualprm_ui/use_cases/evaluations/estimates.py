"""Figures with intervals, read out of the JSON that ``dataclasses.asdict`` makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.intervals import Estimate, Interval


def read_estimate(values: Mapping[str, Any]) -> Estimate:
    """Read a figure with its interval."""
    interval = values["interval"]
    return Estimate(
        value=values["value"], interval=None if interval is None else Interval(**interval), reason=values["reason"]
    )
