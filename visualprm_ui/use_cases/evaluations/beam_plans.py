"""How a set is searched, read out of the JSON that ``dataclasses.asdict`` makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain import Aggregation
from engine.outcomes.guided_search import BeamPlan


def read_beam_plan(values: Mapping[str, Any]) -> BeamPlan:
    """Read how a search goes."""
    return BeamPlan(**{**values, "how": Aggregation(values["how"])})
