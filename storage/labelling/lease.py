"""How a person holds a task: their place for it, its seat, the lease. Pure rules of what events do to it.

While a lease runs, or once the work is finished, a draft is *seated*: it takes one of the task's ``overlap`` seats. An untouched
lease runs out: the seat is free again, the draft stays and may still be finished. Any event renews the lease, and none
shortens it. A solution skipped as not understood gives its seat to somebody else; the other skips say something of the solution
and keep it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Row

from engine.domain import SkipReason
from storage.database.rows import Values
from storage.labelling.events import Draft
from storage.labelling.queue_rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How a person holds a task."""

    place: int | None = None  # on their way; None in the queue of a run
    seated: bool = False  # takes one of the task's seats
    held_until: datetime | None = None  # None: finished, run out, or the queue of a run
    done_at: datetime | None = None  # submission or skip; None while it is open
    labelled: int = 0  # steps labelled in it


def as_holding(row: Row[tuple[object, ...]]) -> Holding:
    """Read how a draft is held."""
    return Holding(
        place=row.place, seated=row.seated, held_until=row.held_until, done_at=row.done_at, labelled=row.labelled
    )


def holding_values(holding: Holding) -> Values:
    """Write how a draft is held."""
    return asdict(holding)


def hold_after(rules: Rules, holding: Holding, draft: Draft, arrived: datetime, *, free: bool) -> Holding:
    """Return how a task is held after events that led to this draft; ``free``: there is a seat for this person."""
    if draft.submitted:
        return replace(
            holding,
            seated=draft.skip_reason is not SkipReason.NOT_UNDERSTOOD,
            held_until=None,
            done_at=holding.done_at or arrived,
            labelled=0 if draft.skip_reason is not None else len(draft.labels),
        )
    holding = replace(holding, done_at=None, labelled=0)
    if not rules.leases:
        return replace(holding, seated=False)
    if holding.seated or free:
        until = lease_end(rules, arrived)
        # work that was sent back is held for days: going on with it takes nothing of them away
        return replace(holding, seated=True, held_until=max(holding.held_until or until, until))
    return holding


def lease_end(rules: Rules, at: datetime) -> datetime:
    """Return until when a lease runs that begins now."""
    return at + timedelta(minutes=rules.options.lease_minutes)
