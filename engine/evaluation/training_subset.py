"""Which rolled-out solutions a reward model learns most from: those with right and wrong steps whose right ones are reliable.

The Balanced-Information Score of a solution is (p (1 - p) + 0.05) R: p is the share of its measured steps that are called correct
(share of completions above 0), R the mean share of these; R is 1 where none is. The best of each collection are taken.

Source: Training Data Efficiency in Multimodal Process Reward Models (arXiv 2602.04145): the best tenth of VisualPRM400K trained as
good a model as all of it. Its released script ranks each file by itself and keeps at least one of each.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

_SMOOTHING = 0.05  # as the released script has it

Key = TypeVar("Key", bound=Hashable)


def balanced_information(shares: Sequence[float | None]) -> float | None:
    """Return the score of a solution by the share of completions of each of its steps; None where no step was measured."""
    measured = [each for each in shares if each is not None]
    if not measured:
        return None
    reached = [each for each in measured if each > 0]
    mixture = len(reached) / len(measured)
    reliability = sum(reached) / len(reached) if reached else 1.0
    return (mixture * (1 - mixture) + _SMOOTHING) * reliability


def best_of_each(scored: Iterable[tuple[Key, Hashable, float]], share: float) -> frozenset[Key]:
    """Return the keys of the best share of each collection, at least one of each; of equals the first.

    Args:
        scored: (key, collection, score) of each solution.
        share: of each collection that is taken, in (0, 1].
    """
    collections: dict[Hashable, list[tuple[Key, float]]] = {}
    for key, collection, score in scored:
        collections.setdefault(collection, []).append((key, score))
    best: set[Key] = set()
    for members in collections.values():
        ranked = sorted(members, key=lambda each: -each[1])
        best.update(key for key, _ in ranked[: max(1, int(len(members) * share))])
    return frozenset(best)
