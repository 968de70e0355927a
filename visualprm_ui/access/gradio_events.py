"""What a page may send to start one of Gradio's handlers, told before Gradio reads it. Knows JSON; knows no handler and no widget.

Gradio itself keeps whatever name a session has, and fetches a file that a value names, from another host too. Our pages send short
names and no files.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visualprm_ui.access.body_limit import check_body
from visualprm_ui.access.gradio_routes import MAX_GRADIO_BODY, NO_PAGE
from visualprm_ui.access.site import path_below_prefix

log = logging.getLogger(__name__)

HANDLERS = ("/gradio_api/queue/join", "/gradio_api/run/predict")
MAX_SESSION = 64  # characters of a session's name; a page's has 11
MAX_DEPTH = 16  # of values in each other; the deepest of a page has 3


class GradioEvents:
    """ASGI middleware that refuses what no page of ours sends to a handler, in one line of the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or answer 400."""
        is_event = scope["type"] == "http" and scope["method"] == "POST" and path_below_prefix(scope) in HANDLERS
        # a body that is too large, or of no known size, is refused unread by visualprm_ui/access/gradio_routes.py
        if not is_event or check_body(HTTPConnection(scope).headers, MAX_GRADIO_BODY) is not None:
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        if (reason := why_refused(body)) is not None:
            log.info("refused path=%s reason=%s", path_below_prefix(scope), reason)
            await JSONResponse({"error": NO_PAGE}, status_code=400)(scope, receive, send)
            return
        unread = [body]

        async def replay() -> Message:
            return {"type": "http.request", "body": unread.pop(), "more_body": False} if unread else await receive()

        await self._app(scope, replay, send)


def why_refused(body: bytes) -> str | None:
    """Return why a body starts no handler, or None for one that a page may have sent."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(event, Mapping):
        return "no object"
    session, handler, data = event.get("session_hash"), event.get("fn_index"), event.get("data")
    if not isinstance(session, str) or not 0 < len(session) <= MAX_SESSION:
        return "session"
    if not isinstance(handler, int) or not isinstance(data, list):
        return "handler"
    if event.get("batched") or not isinstance(event.get("event_data"), Mapping | None):
        return "event"
    return _why_no_value(data) or _why_no_value([event.get("event_data")])


def _why_no_value(values: list[object]) -> str | None:
    """Look at values and those in them, level by level: to go down by recursion could be too deep."""
    for _level in range(MAX_DEPTH):
        if any(isinstance(value, Mapping) and "meta" in value for value in values):
            return "file"  # as Gradio marks them
        inner = [
            value.values() if isinstance(value, Mapping) else value
            for value in values
            if isinstance(value, Mapping | list)
        ]
        if not inner:
            return None
        values = [each for part in inner for each in part]
    return "depth"
