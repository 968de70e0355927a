"""Cookies as they can be read at once. Knows the header; knows no cookie.

What a browser writes between quotation marks may hold characters written with a backslash. Python before 3.11.10 and 3.12.6 reads
them in a time that grows with the square of their number: one request with 50,000 took 8 seconds of the thread that serves
everybody (CVE-2024-7592). No cookie of ours has one.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class PlainCookies:
    """ASGI middleware that takes cookies with a backslash out of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if any(b"\\" in value for name, value in scope.get("headers", ()) if name == b"cookie"):
            headers = [(name, _plain(value) if name == b"cookie" else value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)


def _plain(header: bytes) -> bytes:
    return b";".join(part for part in header.split(b";") if b"\\" not in part)
