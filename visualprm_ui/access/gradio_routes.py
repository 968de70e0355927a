"""Which of Gradio's own routes are served, and how large a body they read. Everything else that Gradio offers is not found.

Gradio brings about 80 routes: recordings for ffmpeg, files, icons, an API of its own, a code editor. Pages use a dozen of them. The
list is of what is open, so that a new version of Gradio opens nothing by itself. Knows paths and methods; knows no page.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visualprm_ui.access.body_limit import check_body
from visualprm_ui.access.site import path_below_prefix

log = logging.getLogger(__name__)

# Bytes; the form of Explore, the largest of them, sends texts of up to 50 kB. Gradio keeps the values of a hundred sessions.
MAX_GRADIO_BODY = 2**18
NO_PAGE = "This request does not come from a page of this app."
_READ = frozenset({"GET", "HEAD"})
_WRITE = frozenset({"POST"})
PAGE_ROUTES = {
    "/config": _READ,
    "/theme.css": _READ,
    "/favicon.ico": _READ,
    "/robots.txt": _READ,
    "/gradio_api/startup-events": _READ,  # launch() asks it of itself
    "/gradio_api/info": _READ,  # a Space describes itself to programs with it
    "/gradio_api/app_id": _READ,
    "/gradio_api/queue/data": _READ,
    "/gradio_api/queue/join": _WRITE,
    "/gradio_api/run/predict": _WRITE,  # handlers that are not queued
    "/gradio_api/cancel": _WRITE,
    "/gradio_api/reset": _WRITE,
}
HUB_ROUTES = {"/login/huggingface": _READ, "/login/callback": _READ, "/logout": _READ}
FOLDERS = ("/static/", "/assets/", "/gradio_api/heartbeat/")  # read with everything below them


class GradioRoutes(BaseRoute):
    """Stands behind our own routes and before Gradio's: takes every request that Gradio must not see, and refuses it."""

    def __init__(self, pages: Iterable[str], *, is_hub: bool) -> None:
        """Open the pages at these paths, and what they need; with ``is_hub`` also signing in with Hugging Face."""
        self._open = {**dict.fromkeys(pages, _READ), **PAGE_ROUTES, **(HUB_ROUTES if is_hub else {})}

    def is_open(self, method: str, path: str) -> bool:
        """Return whether Gradio serves this."""
        if path.startswith(FOLDERS):
            return method in _READ
        return method in self._open.get(path, ())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what is refused; leave the rest to the routes behind."""
        if scope["type"] != "http":
            return Match.FULL, {}  # Gradio's pages use no WebSocket
        if not self.is_open(scope["method"], path_below_prefix(scope)):
            return Match.FULL, {}
        return (Match.NONE if check_body(HTTPConnection(scope).headers, MAX_GRADIO_BODY) is None else Match.FULL), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Raise NoMatchFound: what stands behind has names, such as the one that signing in with Hugging Face comes back to."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request. Raises HTTPException, which the app's handlers answer."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        refusal = check_body(HTTPConnection(scope).headers, MAX_GRADIO_BODY)
        if refusal is None or not self.is_open(scope["method"], path_below_prefix(scope)):
            raise HTTPException(404)
        raise HTTPException(refusal.status, refusal.sentence)


class GradioErrors:
    """ASGI middleware that answers what Gradio fails on, such as a number that no handler has, without a traceback in the log.

    Handlers of our own fail inside Gradio's queue, never here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 400 where a route of Gradio raises before it answers."""
        if scope["type"] != "http" or not path_below_prefix(scope).startswith("/gradio_api/"):
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:  # whatever Gradio raises for a body that no page of ours sends
            log.info("refused path=%s error=%s", path_below_prefix(scope), type(error).__name__)
            log.debug("refused", exc_info=error)
            if has_begun:  # a stream, which has said what went wrong
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                refusal = JSONResponse({"error": NO_PAGE}, status_code=400)
                await refusal(scope, receive, send)
