"""What every response carries: security headers, and for a new browser the guest cookie. Pure ASGI, no page in it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visualprm_ui.identity import COOKIE, COOKIE_SECONDS, Identity

# Gradio's templates are compiled with Function(), hence unsafe-eval; nothing may come from another host.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)


class Headers:
    """ASGI middleware that adds the headers and, on a page, gives a new browser its guest cookie."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        is_page = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
        needs_cookie = is_page and self._identity.read(request.cookies.get(COOKIE)) is None

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if needs_cookie:
                    headers.append("Set-Cookie", self._guest_cookie(request))
            await send(message)

        await self._app(scope, receive, complete)

    def _guest_cookie(self, request: HTTPConnection) -> str:
        # Inside the Spaces frame a Lax cookie is never sent back; there the X-VP header alone guards writes.
        https = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        policy = "SameSite=None; Secure; Partitioned" if https else "SameSite=Lax"
        return f"{COOKIE}={self._identity.new_cookie()}; Max-Age={COOKIE_SECONDS}; Path=/; HttpOnly; {policy}"
