"""What Gradio keeps of sessions that are over, forgotten. Knows the names of its tables; knows no handler and no page.

Gradio 6.31 keeps a queue of messages for each of the last 2,000 sessions, and the names of a session's handlers, though all have
ended, for ever: some kilobytes for each page that was ever opened.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from visualprm_ui.access.site import path_below_prefix

STREAM = "/gradio_api/queue/data"


class GradioSessions:
    """ASGI middleware that forgets a session once its last stream has ended and nothing is left to tell it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._streams: Counter[str] = Counter()  # by session; asked and changed in the server's loop alone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; forget its session after it."""
        if scope["type"] != "http" or path_below_prefix(scope) != STREAM:
            await self._app(scope, receive, send)
            return
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[-1]
        self._streams[session] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams[session] -= 1
            if not self._streams[session]:
                del self._streams[session]
                forget(scope["app"].get_blocks()._queue, session)


def forget(queue: Any, session: str) -> None:
    """Drop a session of which no handler runs and no message waits, and the handlers of sessions that Gradio itself has dropped."""
    messages, handlers = queue.pending_messages_per_session, queue.pending_event_ids_session
    waiting = messages.get(session)
    if not handlers.get(session) and (waiting is None or waiting.empty()):
        messages.pop(session, None)
        handlers.pop(session, None)
    if len(handlers) > 2 * messages.max_size:  # of sessions that never asked for their messages
        for name in [each for each in handlers if each not in messages]:
            del handlers[name]
