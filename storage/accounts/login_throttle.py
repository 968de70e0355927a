"""How long to wait after wrong passwords. Knows names and addresses as keys, and a clock; knows no person.

Counted in the store, so that all processes that serve it count together. A try that has to wait is refused before its password is
looked at and before anything is written, so that guessing gains nothing and holds nobody up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, tuple_

from storage.database import tables
from storage.database.connection import Database
from storage.database.typed_rows import iter_rows

MAX_KEYS = 20_000  # of a flood of made-up names and addresses the oldest are forgotten
FORGET_SECONDS = 3600.0  # without a further wrong try


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRule:
    """How many wrong attempts are free, and how long the wait may become after that: 1, 2, 4, ... seconds up to ``most``."""

    counts: str  # what is counted, as the rows call it
    free: int
    most: float  # seconds


# A name's wait stays short: others may type it wrong on purpose to lock its owner out.
OF_NAME = ThrottleRule(counts="name", free=5, most=60.0)
# Many people may sit behind one address: its wait holds only for names that were typed wrong there before, and stays short.
OF_ADDRESS = ThrottleRule(counts="address", free=20, most=60.0)
# One name from one address: only counted, to tell who was there with a wrong password already.
_OF_PAIR = ThrottleRule(counts="pair", free=MAX_KEYS, most=0.0)


Key = tuple[ThrottleRule, str]


class _Count(NamedTuple):
    """A row of login_attempts."""

    counts: str
    key: str
    wrong: int
    last: float  # when, on the clock


class LoginThrottle:
    """Counts wrong tries by name and by client address, for all processes of a store. Safe to use from many threads.

    ``clock`` gives seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def begin_attempt(self, name: str, address: str) -> float:
        """Count a try as a wrong one and return 0; or return the seconds to wait, and count nothing.

        Counting first leaves no gap for many tries at once. A name that nobody has is counted like any other: the answer
        must not tell them apart.
        """
        keys = ((OF_NAME, name), (OF_ADDRESS, address), (_OF_PAIR, _pair(name, address)))
        with self._database.read() as connection:
            wait = self._wait(connection, keys)
        if wait > 0:
            return wait
        with self._database.write(durable=False) as connection:
            wait = self._wait(connection, keys)  # again: others may have tried meanwhile
            if wait == 0:
                found = self._fresh(connection, keys)
                for key in keys:
                    self._set(connection, key, 1 if key not in found else found[key].wrong + 1, self._clock())
                self._forget(connection)
        return wait

    def note_success(self, name: str, address: str) -> None:
        """Take back the try that was right, and forget the wrong ones of the name.

        Those of the address stay: an account of one's own must not buy more guesses at others.
        """
        of_address = (OF_ADDRESS, address)
        with self._database.write(durable=False) as connection:
            found = self._fresh(connection, [of_address])
            self._remove(connection, [(OF_NAME, name), (_OF_PAIR, _pair(name, address))])
            if of_address in found:
                self._set(connection, of_address, found[of_address].wrong - 1, found[of_address].last)

    def _wait(self, connection: Connection, keys: Sequence[Key]) -> float:
        found = self._fresh(connection, keys)
        # whoever guessed here must not lock out a neighbour, who comes with the right password at the first try
        asked = keys[:2] if keys[2] in found else keys[:1]
        return max(self._wait_of(key[0], found.get(key)) for key in asked)

    def _wait_of(self, rule: ThrottleRule, found: _Count | None) -> float:
        if found is None or found.wrong < rule.free:
            return 0.0
        wait = min(rule.most, 2.0 ** min(found.wrong - rule.free, 60))
        return max(0.0, found.last + wait - self._clock())

    def _fresh(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, _Count]:
        """Return the counts that are not forgotten, by key."""
        table = tables.login_attempts
        wanted = {(rule.counts, key): (rule, key) for rule, key in keys}
        query = select(table).where(
            tuple_(table.c.counts, table.c.key).in_(list(wanted)), table.c.last >= self._clock() - FORGET_SECONDS
        )
        return {wanted[row.counts, row.key]: row for row in iter_rows(connection, query, _Count)}

    def _set(self, connection: Connection, key: Key, wrong: int, last: float) -> None:
        self._remove(connection, [key])
        row = _Count(counts=key[0].counts, key=key[1], wrong=wrong, last=last)
        connection.execute(tables.login_attempts.insert().values(**row._asdict()))

    def _remove(self, connection: Connection, keys: Sequence[Key]) -> None:
        table = tables.login_attempts
        wanted = [(rule.counts, key) for rule, key in keys]
        connection.execute(delete(table).where(tuple_(table.c.counts, table.c.key).in_(wanted)))

    def _forget(self, connection: Connection) -> None:
        """Remove what no longer counts and, of a flood, the oldest."""
        table = tables.login_attempts
        connection.execute(delete(table).where(table.c.last < self._clock() - FORGET_SECONDS))
        surplus = (connection.scalar(select(func.count()).select_from(table)) or 0) - MAX_KEYS
        if surplus > 0:
            oldest = select(table.c.counts, table.c.key).order_by(table.c.last).limit(surplus)
            connection.execute(
                delete(table).where(tuple_(table.c.counts, table.c.key).in_(connection.execute(oldest).all()))
            )


def _pair(name: str, address: str) -> str:
    return f"{name}\n{address}"
