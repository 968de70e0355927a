"""When labelling will be done, from how much was labelled on each of the last days. Knows counts, no people and no rows.

A day is 24 hours that end now, not one of a calendar: the present one is whole, and no time zone has a part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.evaluation.intervals import bootstrap_mean

PACE_DAYS = 7  # a week has its free days in it
FEWEST_DAYS = 3  # of fewer a range would be chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When labelling will be done at the pace of the last days. Undefined is ``None`` with its reason."""

    a_day: float | None
    """Labels a day, the mean of ``over_days``."""
    over_days: int
    """How many of the last days the pace is the mean of."""
    days_left: float | None
    """Days from now; 0 where nothing is left."""
    soonest: float | None
    """Days from now at the upper end of the 95 % interval of the pace."""
    latest: float | None
    """At its lower end; ``None`` with a ``soonest``: days without labels are so many that no end can be told."""
    reason: str | None = None
    """For people: why there is no date, or else no range."""


def forecast_labelling(daily: Sequence[int], left: int) -> Forecast:
    """Return when ``left`` labels more will be there.

    Args:
        daily: labels of each day since the first one, the present day last.
        left: labels still to come.
    """
    recent = [float(count) for count in daily[-PACE_DAYS:]]
    pace = bootstrap_mean(recent)
    a_day = pace.value or None  # at no pace there is no end
    days = 0.0 if left <= 0 else None if a_day is None else left / a_day
    soonest, latest, reason = None, None, None
    if left > 0 and a_day is None:
        reason = f"Nothing was labelled in the last {PACE_DAYS} days." if recent else "Nothing is labelled yet."
    elif left > 0 and (len(recent) < FEWEST_DAYS or pace.interval is None):
        reason = f"After {FEWEST_DAYS} days of labelling there is a range too."
    elif left > 0 and pace.interval is not None:
        soonest = left / pace.interval.high
        latest = left / pace.interval.low if pace.interval.low > 0 else None
    return Forecast(a_day=a_day, over_days=len(recent), days_left=days, soonest=soonest, latest=latest, reason=reason)
