"""Which splits wait for one reviewer: those in which others' work can be judged, or whose round can be ended.

How the sample is drawn, and what a verdict does, is ``storage/projects/review.py``'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from storage.labelling.queue_rules import QueueRules
from storage.labelling.review_outcome import SplitState
from storage.projects.review import ReviewSplit, iter_sample, list_splits


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerSplits:
    """The splits of a queue as one reviewer finds them."""

    splits: tuple[ReviewSplit, ...]  # in order
    judgeable: frozenset[int]  # the numbers of those under review in which the reviewer can do something


def list_splits_of_reviewer(connection: Connection, rules: QueueRules, reviewer: str) -> ReviewerSplits:
    """Return the splits of a queue; none where nothing is reviewed."""
    splits = list_splits(connection, rules)
    judgeable = frozenset(
        split.number
        for split in splits
        if split.state is SplitState.REVIEW and _is_judgeable(connection, rules, split, reviewer)
    )
    return ReviewerSplits(splits=splits, judgeable=judgeable)


def _is_judgeable(connection: Connection, rules: QueueRules, split: ReviewSplit, reviewer: str) -> bool:
    """Return whether a piece of another's work has no verdict, or all has one, so that the split can be accepted."""
    if split.reviewed >= split.sample:
        return True
    sample = iter_sample(connection, rules, split, reviewer)
    return any(each.verdict is None and each.annotator != reviewer for each in sample)
