"""Two models, room for one: each is brought onto the device before its turn, and the other waits in host memory.

Counts bytes and calls ``bring`` and ``park``; knows no torch. A pair that fits side by side is served without any of this.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TypeVar

from engine.protocols import ScoringSession, Tenant

Given = TypeVar("Given")
Result = TypeVar("Result")


class Residency:
    """Which tenants are on the device. For one thread: the one that computes."""

    def __init__(self, capacity: int, tenants: Sequence[Tenant]) -> None:
        """Share ``capacity`` bytes of the device among ``tenants``."""
        self._capacity = capacity
        self._tenants = tuple(tenants)

    @property
    def takes_turns(self) -> bool:
        """Whether the tenants do not all fit at once."""
        return sum(tenant.nbytes for tenant in self._tenants) > self._capacity

    def enter(self, tenant: Tenant) -> None:
        """Bring a tenant onto the device, parking others until it fits. Moves nothing when all is well already."""
        for other in self._tenants:
            if self._bytes_with(tenant) <= self._capacity:
                break
            if other.is_resident and other is not tenant:
                other.park()
        if not tenant.is_resident:
            tenant.bring()

    def _bytes_with(self, entering: Tenant) -> int:
        return sum(tenant.nbytes for tenant in self._tenants if tenant.is_resident or tenant is entering)


class SessionInTurns:
    """A session whose model is brought onto the device before every forward step; implements ``ScoringSession``."""

    def __init__(self, session: ScoringSession, enter: Callable[[], None]) -> None:
        self._session = session
        self._enter = enter

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, tuple[float, ...]]]:
        """See ``ScoringSession``."""
        return entering(self._session.score(new_steps), self._enter)

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._session.drop(row)


def entering(
    work: Generator[Given, None, Result], enter: Callable[[], None], *, checks_first: bool = False
) -> Generator[Given, None, Result]:
    """Do work a step at a time, entering before each: another run may have had the device meanwhile.

    ``checks_first``: the first step only checks the input, for which nothing is moved.
    """
    try:
        if checks_first:
            yield next(work)
        while True:
            enter()
            try:
                given = next(work)
            except StopIteration as done:
                result: Result = done.value
                return result
            yield given
    finally:
        work.close()
