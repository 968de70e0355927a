"""The lease on a task: until when a person's draft takes one of its slots. Pure rules of what events do to it.

While a lease runs, or once the work is finished, a draft counts toward the overlap: it takes one of the task's ``overlap`` slots.
An untouched lease runs out: the slot is open again, the draft stays and may still be finished. Any event renews the lease, and
none shortens it. A solution skipped as not understood leaves its slot to somebody else; the other skips are a statement about the
solution and keep it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from engine.domain import SkipReason
from storage.database.rows import Values
from storage.labelling.draft_rows import DraftRow
from storage.labelling.events import Draft
from storage.labelling.queue_rules import QueueRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A person's lease on a task, and where the task stands in their assignment list."""

    sequence_no: int | None = None  # 0-based index in their assignment list; None in the queue of a run
    counts_toward_overlap: bool = False  # takes one of the task's slots
    leased_until: datetime | None = None  # None: finished, run out, or the queue of a run
    done_at: datetime | None = None  # submission or skip; None while it is open
    labelled_steps: int = 0  # steps labelled in it


def as_lease(row: DraftRow) -> Lease:
    """Read the lease of a draft."""
    return Lease(
        sequence_no=row.sequence_no,
        counts_toward_overlap=row.counts_toward_overlap,
        leased_until=row.leased_until,
        done_at=row.done_at,
        labelled_steps=row.labelled_steps,
    )


def lease_values(lease: Lease) -> Values:
    """Write the lease of a draft."""
    return asdict(lease)


def lease_after(rules: QueueRules, lease: Lease, draft: Draft, arrived: datetime, *, has_slot: bool) -> Lease:
    """Return the lease after events that led to this draft; ``has_slot``: one is open for this person."""
    if draft.submitted:
        return replace(
            lease,
            counts_toward_overlap=draft.skip_reason is not SkipReason.NOT_UNDERSTOOD,
            leased_until=None,
            done_at=lease.done_at or arrived,
            labelled_steps=0 if draft.skip_reason is not None else len(draft.labels),
        )
    lease = replace(lease, done_at=None, labelled_steps=0)
    if not rules.leases:
        return replace(lease, counts_toward_overlap=False)
    if lease.counts_toward_overlap or has_slot:
        until = lease_end(rules, arrived)
        # work that was sent back is leased for days: going on with it must not shorten that
        return replace(lease, counts_toward_overlap=True, leased_until=max(lease.leased_until or until, until))
    return lease


def lease_end(rules: QueueRules, at: datetime) -> datetime:
    """Return when a lease that begins at this time runs out."""
    return at + timedelta(minutes=rules.options.lease_minutes)
