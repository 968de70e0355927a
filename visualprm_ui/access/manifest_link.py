"""Gradio's pages without the link to a web app manifest, which is not served here.

The link leads to the root of the host, which behind a proxy's prefix is another app's. Browsers ask for it without cookies, so a
private app would refuse it as well; each page then has an error in its console. Knows no page.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINK = re.compile(rb'<link rel="manifest"[^>]*>')


class WithoutManifest:
    """ASGI middleware that takes the link out of pages. Stands where bodies are not compressed yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; shorten an HTML page that comes in one piece, as Gradio's do."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def shorten(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message  # its length is known with the body
                return
            if start is not None:
                if not message.get("more_body") and _LINK.search(message.get("body", b"")):
                    message = {**message, "body": _LINK.sub(b"", message["body"], count=1)}
                    MutableHeaders(scope=start)["Content-Length"] = str(len(message["body"]))
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, shorten)


def _is_page(start: Message) -> bool:
    return MutableHeaders(scope=start).get("Content-Type", "").startswith("text/html")
