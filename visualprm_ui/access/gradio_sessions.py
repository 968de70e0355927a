"""What Gradio keeps of sessions that are over, forgotten. Knows the names of its tables; knows no handler and no page.

Gradio 6.31 keeps a queue of messages for each of the last 2,000 sessions, and the ids of a session's events, though all have
ended, for ever: some kilobytes for each page that was ever opened.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
        has_left = False

        async def receive_and_note() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        self._streams[session] += 1
        try:
            await self._app(scope, receive_and_note, send)
        finally:
            self._streams[session] -= 1
            if not self._streams[session]:
                del self._streams[session]
                forget(scope["app"].get_blocks()._queue, session, has_left=has_left)


def forget(queue: Any, session: str, *, has_left: bool) -> None:
    """Drop a session that nothing is left to tell, and the events of sessions whose messages Gradio itself has dropped.

    ``has_left``: its page is gone. Gradio sends it nothing more then, what still runs for it included (``Queue.clean_events``).
    """
    messages = getattr(queue, "pending_messages_per_session", None)
    events = getattr(queue, "pending_event_ids_session", None)
    if messages is None or events is None:
        return  # a later Gradio keeps them in another way
    waiting = messages.get(session)
    if has_left or (not events.get(session) and (waiting is None or waiting.empty())):
        messages.pop(session, None)
        events.pop(session, None)
    if len(events) > 2 * messages.max_size:  # of sessions that never asked for their messages
        for name in [each for each in events if each not in messages]:
            del events[name]
