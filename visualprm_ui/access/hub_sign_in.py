"""The end of a sign-in with Hugging Face: what the browser's guest has done is the person's from then on.

Gradio's own route answers it; knows no run.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.domain import Person
from visualprm_ui.access.identity import Identity, Principal
from visualprm_ui.access.site import path_below_prefix

CALLBACK = "/login/callback"  # where Hugging Face sends the browser back to; one of Gradio's routes


class HubSignIn:
    """ASGI middleware that tells who signed in, and who the browser was before. Stands within Gradio's own session."""

    def __init__(self, app: ASGIApp, identity: Identity, signed_in: Callable[[Principal, Person], None]) -> None:
        self._app = app
        self._identity = identity
        self._signed_in = signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; tell of a sign-in before its answer is sent, so that the next page shows all of it."""
        if scope["type"] != "http" or not self._identity.is_hub or path_below_prefix(scope) != CALLBACK:
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        before = await run_in_threadpool(self._identity.authenticate, request)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                after = await run_in_threadpool(self._identity.authenticate, request)
                if after.person is not None:
                    await run_in_threadpool(self._signed_in, before, after.person)
            await send(message)

        await self._app(scope, receive, told)
