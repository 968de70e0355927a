"""In which order waiting requests are served: turns between owners, so that many requests of one keep nobody else waiting.

Round-robin over whoever has something waiting or being served. Knows no model, no slot and no memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from engine.serving.job import Job


class OwnerTurns:
    """How many requests of each owner were begun since they came. Not thread-safe."""

    def __init__(self) -> None:
        self._begun: dict[str, int] = {}  # by owner, of those who have something waiting or being served
        self._latest: dict[str, int] = {}  # when one of theirs was begun last
        self._clock = itertools.count()

    def ordered(self, waiting: Sequence[Job], active: Iterable[Job]) -> list[Job]:
        """Return what waits as it is to be served: by priority, of each owner the first, then of each the second, and so on.

        Whoever comes joins the turn that the others are in, and is the first in it. Within one turn the owner comes first who was
        served longest ago, else the request that did. Jobs without an owner are each of an owner of their own.
        """
        here = {_owner(job) for job in active}
        asking = {_owner(job) for job in waiting}
        known = [owner for owner in asking if owner in self._begun] or [owner for owner in here if owner in self._begun]
        turn = min((self._begun[owner] for owner in known), default=0)
        self._begun = {owner: self._begun.get(owner, turn) for owner in here | asking}
        self._latest = {owner: at for owner, at in self._latest.items() if owner in self._begun}
        next_of = dict(self._begun)
        turns: dict[str, int] = {}
        for job in sorted(waiting, key=lambda each: each.arrived):
            turns[job.id] = next_of[_owner(job)]
            next_of[_owner(job)] += 1
        return sorted(
            waiting,
            key=lambda each: (each.priority, turns[each.id], self._latest.get(_owner(each), -1), each.arrived),
        )

    def begin(self, job: Job) -> None:
        """Count a request that is served from now on."""
        self._begun[_owner(job)] = self._begun.get(_owner(job), 0) + 1
        self._latest[_owner(job)] = next(self._clock)

    def put_back(self, job: Job) -> None:
        """Count a request as not begun after all: it waits again."""
        self._begun[_owner(job)] -= 1


def _owner(job: Job) -> str:
    return job.owner or job.id
