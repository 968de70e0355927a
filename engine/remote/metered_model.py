"""What every served model has in common: its server, what a run is told of its requests, and what they cost."""

from __future__ import annotations

from copy import copy
from typing import Self

from engine.metering.meter import Meter
from engine.metering.usage import TokenPrice
from engine.remote.server import Server


class MeteredModel:
    """A model on a server; implements ``IsMetered`` but for its card."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._meter: Meter | None = None  # None: nobody asks what is taken

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def metered(self, meter: Meter) -> Self:
        """See ``IsMetered``."""
        mine = copy(self)
        mine._meter = meter
        return mine

    @property
    def price(self) -> TokenPrice | None:
        """See ``IsMetered``."""
        return self._server.price
