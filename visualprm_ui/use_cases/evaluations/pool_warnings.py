"""What people should know before they trust the figures of pools: what is left out of them, and where they end. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Problems that no figure is of, or none of a search."""

    unanswered: int  # without a reference answer
    unsampled: int  # without any solution
    deleted: int  # with a pool, and deleted before what was added to the pools since
    failed: int  # with a pool, and there still, but nothing could be added
    unsearched: Mapping[str, int] = field(default_factory=dict)  # title of a search -> with a pool, but without it


def warn_of_pools(left: LeftOut, total: int, pools: Sequence[ProblemPool]) -> tuple[str, ...]:
    """Return what is out of the ordinary, a sentence each. ``total``: problems to be done; ``pools``: those with figures."""
    sentences = []
    if left.unanswered:
        sentences.append(f"{counted(left.unanswered, 'problem has', 'problems have')} no reference answer: left out.")
    if left.unsampled:
        sentences.append(f"{left.unsampled} of {total} problems have no solutions and are left out of every figure.")
    if left.deleted:
        sentences.append(
            f"{counted(left.deleted, 'problem was', 'problems were')} deleted before the last additions to the pools: "
            "left out of every figure."
        )
    if left.failed:
        sentences.append(
            f"What was added to the pools failed for {counted(left.failed, 'problem', 'problems')}: left out of every figure "
            "until it is tried again."
        )
    for title, count in left.unsearched.items():
        sentences.append(
            f"{counted(count, 'problem', 'problems')} could not be searched ({title}): left out of the comparison with this search."
        )
    sizes = sorted({len(each.draws) for each in pools})
    if len(sizes) > 1:
        sentences.append(f"The pools have {sizes[0]} to {sizes[-1]} solutions, so the curve ends early.")
    return tuple(sentences)


def counted(count: int, one: str, several: str) -> str:
    """Return a count with the word that agrees with it."""
    return f"{count} {one if count == 1 else several}"
