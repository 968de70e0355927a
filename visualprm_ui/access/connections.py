"""How many connections one address may hold open, and for how long without a request on them.

The server beneath closes no connection on which nothing was ever asked: a thousand of them, from one machine, took all the files
that a process may open, and nobody else got in. Knows uvicorn's protocol of a connection; knows no request.
"""

from __future__ import annotations

import asyncio
import logging
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from uvicorn import config as uvicorn_config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from engine.system.process import open_files_limit
from visualprm_ui.access.visitor_address import address_of_line

log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0  # that a connection may stand without a request; it is closed within twice that
MOST_OF_ADDRESS = 512  # 80 browsers behind one address, with six connections each
_REFUSAL = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
_THIS_MACHINE = frozenset({"127.0.0.1", "::1"})  # a proxy that nobody named, such as a tunnel: it holds those of many


def watch_connections() -> None:
    """Have every server that this process starts from now on watch its connections."""
    uvicorn_config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{WatchedConnection.__name__}"


class WatchedConnection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # one of two classes, as machines have them
    """A connection that is closed where its address holds too many, or where nothing is asked on it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.visitor: str | None = None  # the address it counts under; None: a proxy, behind which are many
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take the connection, or refuse it and say so."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        if not is_proxy(host, str(self.config.forwarded_allow_ips)):
            self.visitor = address_of_line(host)
            held = sum(getattr(each, "visitor", None) == self.visitor for each in self.connections)
            if held > most_of_address():
                log.info("refused connection reason=too many held=%d", held - 1)
                transport.write(_REFUSAL)
                transport.close()
                return
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        self._timer = self.loop.call_later(IDLE_SECONDS, self._close_if_idle, self.cycle)

    def _close_if_idle(self, cycle_before: object) -> None:
        """Close where no request has been at work since the last look."""
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.cycle is cycle_before:
            log.debug("closed idle connection")
            self.transport.abort()
        else:
            self._look_again()


def most_of_address() -> int:
    """Return how many connections one address may hold: a quarter of the files that the process may open, at the most."""
    return min(MOST_OF_ADDRESS, open_files_limit() // 4)


@lru_cache(maxsize=1_000)
def is_proxy(host: str, believed: str) -> bool:
    """Return whether connections from here are those of many people. ``believed``: addresses and networks, with commas between."""
    if not host or host in _THIS_MACHINE or believed == "*":
        return True
    try:
        address = ip_address(host.split("%")[0])
    except ValueError:
        return False
    networks = (ip_network(each.strip(), strict=False) for each in believed.split(",") if each.strip())
    return any(address in network for network in networks)
