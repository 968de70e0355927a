"""Fair turns among strangers: of the requests of one address a few are worked on at once, the others wait for them.

A stranger who sends a hundred requests at once stands before nobody else. A request has its turn until its answer begins, and
leaves it while the server waits for its body: a slow line holds up nobody, and a stream of events none after its first byte.
Knows addresses; knows no route.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visualprm_ui.access.visitor_address import visitor_address

AT_ONCE = (
    2  # requests of one address that are worked on; a page's files, which a browser asks for together, take 2 ms each
)
MOST_WAITING = 256  # of one address: a page through HTTP/2 asks for its hundred files at once


class FairTurns:
    """ASGI middleware that has strangers of one address wait for each other."""

    def __init__(self, app: ASGIApp, is_stranger: Callable[[HTTPConnection], bool]) -> None:
        """``is_stranger``: whether a request is of somebody who is held to this. Asked for every request, so it must be quick."""
        self._app = app
        self._is_stranger = is_stranger
        self._addresses: dict[str, _Address] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it is its turn; refuse it where too many of its address wait."""
        if scope["type"] != "http" or not self._is_stranger(request := HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        name = visitor_address(request)
        address = self._addresses.setdefault(name, _Address())
        if address.requests >= MOST_WAITING:
            refusal = JSONResponse(
                {"error": f"{MOST_WAITING} requests from your address are waiting already. Try again in 1 s."},
                status_code=429,
                headers={"Retry-After": "1"},
            )
            await refusal(scope, receive, send)
            return
        address.requests += 1
        turn = _Turn(address.turns, receive, send, has_body=_has_body(request))
        try:
            await turn.take()
            await self._app(scope, turn.receive, turn.send)
        finally:
            turn.leave()
            address.requests -= 1
            if not address.requests:
                self._addresses.pop(name, None)


def _has_body(request: HTTPConnection) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


class _Address:
    """The turns of one address, and how many requests of it there are."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.requests = 0


class _Turn:
    """The turn of one request, and its connection, through which the server learns and says when it is not at work on it."""

    def __init__(self, turns: asyncio.Semaphore, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._turns = turns
        self._has_body = has_body  # and some of it has not come yet
        self._receive = receive
        self._send = send
        self._is_mine = self._is_over = False

    async def take(self) -> None:
        """Wait for the turn."""
        await self._turns.acquire()
        if self._is_mine or self._is_over:  # the answer began meanwhile, or another reader of the body took it
            self._turns.release()
        self._is_mine = not self._is_over

    def leave(self) -> None:
        """Let the next one have the turn."""
        if self._is_mine:
            self._is_mine = False
            self._turns.release()

    async def receive(self) -> Message:
        """Return the next part of the body; nobody waits for it with a turn.

        Once the body is there, what is waited for is that the visitor leaves: handlers ask for that while they are at work.
        """
        if not self._has_body:
            return await self._receive()
        self.leave()
        message = await self._receive()
        self._has_body = message["type"] == "http.request" and bool(message.get("more_body", False))
        if not self._is_over and message["type"] == "http.request":
            await self.take()
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer; with its first one the turn is over."""
        self._is_over = True
        self.leave()
        await self._send(message)
