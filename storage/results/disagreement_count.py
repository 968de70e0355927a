"""How many disagreements are open, for whoever asks often: counted anew only when something has changed that may change it."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, func, select

from storage.database import tables
from storage.results.disagreements import DisagreementFilter, page_of_disagreements

_State = tuple[int | None, ...]


class OpenDisagreements:
    """Counts the solutions on which people differ and nobody has decided. Safe to use from many threads.

    Counting reads all labels: 0.4 s of processor time where 20,000 solutions have two annotators, against 2 ms to see that
    nothing has changed since.
    """

    def __init__(self) -> None:
        self._guard = (
            threading.Lock()
        )  # of what is known; held while counting, so that pages that ask at once share one count
        self._known: tuple[_State, int] | None = None

    def count(self, connection: Connection) -> int:
        """Return how many there are, as the database is now."""
        with self._guard:
            state = _state(connection)
            if self._known is None or self._known[0] != state:
                found = page_of_disagreements(connection, DisagreementFilter(open_only=True), 1, None)
                self._known = state, found.total
            return self._known[1]


def _state(connection: Connection) -> _State:
    """Return numbers of which one changes with whatever makes a label or a decision count, or not count any more.

    Annotations and decisions are only added, or deleted with their solutions; work that was sent back does not count.
    """
    annotations, decisions, drafts = tables.annotations.c, tables.decisions.c, tables.drafts.c
    numbers = (
        select(func.max(annotations.seq)),
        select(func.count(annotations.seq)),
        select(func.max(decisions.seq)),
        select(func.count(decisions.seq)),
        select(func.count(drafts.task_id)).where(drafts.send_back_note.is_not(None)),
    )
    return tuple(connection.execute(select(*(each.scalar_subquery() for each in numbers))).one())
