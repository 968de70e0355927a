"""What the requests of a run to a model server took, and how long the server asked it to wait. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PER_TOKENS = 1_000_000  # prices are stated for so many


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """What a million tokens of a served model cost, in any one currency."""

    read: float  # tokens of prompts, at least 0
    written: float  # tokens of answers, at least 0

    def of(self, read: int, written: int) -> float:
        """Return what so many tokens cost."""
        return (self.read * read + self.written * written) / PER_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUsage:
    """What a run's requests to one served model took, as its server counted."""

    model: str  # its name
    requests: int  # that were answered
    counted: int  # of them, those whose tokens the server told
    read: int | None = None  # tokens of the prompts of counted requests, pictures included; None: none was counted
    written: int | None = None  # tokens of their answers
    cost: float | None = None  # in the currency of the price; None: no price is set, or not every request was counted

    @property
    def is_whole(self) -> bool:
        """Whether every request was counted; else the tokens are the least that it took."""
        return self.counted == self.requests

    @property
    def sentence(self) -> str:
        """What a command line says of it."""
        if self.read is None or self.written is None:
            requests = "1 request" if self.requests == 1 else f"{self.requests:,} requests"
            return f"{self.model}: {requests} with tokens that its server did not count"
        least = "" if self.is_whole else "at least "
        cost = "" if self.cost is None else f", cost {cost_text(self.cost)}"
        return f"{self.model}: {least}{self.read:,} tokens read and {self.written:,} written{cost}"


def cost_text(cost: float) -> str:
    """Return a cost for people: with two decimals from 1 up, else with at most four significant digits, never as 1e-05.

    ``server_usage.js`` writes it likewise; ``tests/cases/costs.json`` holds both to it.
    """
    return f"{cost:,.2f}" if cost >= 1 else f"{Decimal(f'{cost:.4g}'):f}"


def read_usage(stored: Iterable[Mapping[str, Any]]) -> tuple[ServerUsage, ...]:
    """Read what ``dataclasses.asdict`` made of usages."""
    return tuple(ServerUsage(**each) for each in stored)


def add_up(usages: Iterable[ServerUsage]) -> tuple[ServerUsage, ...]:
    """Return what several runs took, by model, in the order in which models come first. A cost is known where all are."""
    by_model: dict[str, list[ServerUsage]] = {}
    for each in usages:
        by_model.setdefault(each.model, []).append(each)
    return tuple(
        ServerUsage(
            model=model,
            requests=sum(each.requests for each in mine),
            counted=sum(each.counted for each in mine),
            read=_sum_known([each.read for each in mine]),
            written=_sum_known([each.written for each in mine]),
            cost=sum(each.cost or 0.0 for each in mine) if all(each.cost is not None for each in mine) else None,
        )
        for model, mine in by_model.items()
    )


def _sum_known(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWait:
    """A run rests because a server asked it to."""

    seconds: int  # that are left, at least 1
    reason: str  # for people, e.g. "the server's rate limit"

    @property
    def sentence(self) -> str:
        """What progress says of it."""
        return f"waiting {self.seconds:,} s: {self.reason}"
