"""The middleware around the whole app: security headers and guest cookie on every response. Pure ASGI; knows no page.

Requests from pages of other sites are refused here, before any route sees them. Where people have accounts, a page that needs one
sends whoever is not signed in to the sign-in page, and back afterwards; in a private app everything does, and what is no page is
refused.
"""

from __future__ import annotations

import logging
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visualprm_ui.access.identity import Identity
from visualprm_ui.access.private_app import SIGN_IN, is_open_to_strangers
from visualprm_ui.access.same_origin import is_foreign, is_known_host, proxy_mistake
from visualprm_ui.access.site import Site, path_below_prefix

log = logging.getLogger(__name__)

# Gradio's templates are compiled with Function(), hence unsafe-eval; nothing may come from another host.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
    )
)


# The policies of the page that loads them count, and let them ask no other host, so that none learns where they came from; on a
# hundred of them they would be a twentieth of what a first visit loads.
_PARTS_OF_PAGES = frozenset({"application/javascript", "text/javascript", "text/css", "font/woff2"})
_FORWARDED_HOST = b"x-forwarded-host"
_GRADIO_SERVER = b"x-gradio-server"  # of Gradio's own node server, which does not run here
MOST_MISTAKES = 8  # that are logged, each once: anybody can send such headers
ACCOUNT_PAGES = frozenset(
    {"annotate", "review", "adjudicate", "dataset", "evaluate", "admin"}
)  # need an account where there are accounts


class ResponseHeaders:
    """ASGI middleware that refuses foreign requests, completes the headers and gives a new browser its guest cookie.

    What a shared cache or the next person at this browser must not see again carries Cache-Control.
    """

    def __init__(self, app: ASGIApp, identity: Identity, site: Site) -> None:
        self._app = app
        self._identity = identity
        self._site = site
        self._told: set[str] = set()  # what was logged about a proxy
        self._policy = f"{_CONTENT_SECURITY_POLICY}; frame-ancestors {site.frame_ancestors}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on, and complete the headers of its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = _with_prefix(self._without_unknown_host(scope))
        request = HTTPConnection(scope)
        is_page = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
        app = self._app
        if (refusal := self._refusal(request)) is not None:
            app = JSONResponse({"error": refusal}, status_code=403)
        elif self._must_sign_in(request, is_page=is_page):
            to_sign_in = RedirectResponse(sign_in_path(request), status_code=303)
            app = to_sign_in if is_page else JSONResponse({"error": SIGN_IN}, status_code=401)
        cookies = self._identity.page_cookies(request) if is_page else []

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                kind = headers.get("Content-Type", "").split(";")[0].strip()
                if kind not in _PARTS_OF_PAGES:
                    headers.setdefault("Content-Security-Policy", self._policy)
                    headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if (caching := _caching(kind)) is not None:
                    headers.setdefault("Cache-Control", caching)
                for cookie in cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await app(scope, receive, complete)

    def _refusal(self, request: HTTPConnection) -> str | None:
        """Return the sentence that refuses a request, or None for one to be served."""
        host = request.headers.get("host", "")
        if (
            (mistake := proxy_mistake(request)) is not None
            and mistake not in self._told
            and len(self._told) < MOST_MISTAKES
        ):
            self._told.add(mistake)
            log.warning("%s", mistake)
        if is_foreign(request):
            return f"This came from a page of another site than {host!r}. A proxy in between has to pass on the Host header."
        if (
            self._site.names is not None
            and not self._identity.needs_sign_in
            and not is_known_host(request, self._site.names)
        ):
            return f"This app answers on its own machine only, not as {host!r}. Start it with --names to let a proxy serve it."
        return None

    def _without_unknown_host(self, scope: Scope) -> Scope:
        """Return the request without a host that is not ours: Gradio writes it into its pages as the app's address."""
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name not in (_FORWARDED_HOST, _GRADIO_SERVER)
            or (name == _FORWARDED_HOST and value.decode("latin-1").lower() in self._site.forwarded_hosts)
        ]
        return {**scope, "headers": kept}

    def _must_sign_in(self, request: HTTPConnection, *, is_page: bool) -> bool:
        path = path_below_prefix(request.scope)
        if self._identity.is_private and not is_open_to_strangers(path):
            return not self._identity.authenticate(request).may_explore
        return is_page and path.strip("/") in ACCOUNT_PAGES and self._identity.authenticate(request).role is None


def sign_in_path(request: HTTPConnection) -> str:
    """Return the address of the sign-in page that leads back to this page. It is relative, so that a proxy's prefix stays."""
    path = path_below_prefix(request.scope).lstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{'../' * path.count('/')}account/sign-in?next={quote(path.rstrip('/') + query, safe='')}"


def _with_prefix(scope: Scope) -> Scope:
    """Return the request with the prefix that a proxy took off its path: routes of mounted parts are found with it only."""
    prefix, path = scope.get("root_path", ""), scope["path"]
    if not prefix or path == prefix or path.startswith(f"{prefix}/"):
        return scope
    return {**scope, "path": prefix + path, "raw_path": prefix.encode() + scope.get("raw_path", path.encode())}


def _caching(kind: str) -> str | None:
    """Return how long an answer may be kept: a page is asked for again each time, data are not kept; files decide themselves."""
    if kind == "text/html":
        return "private, no-cache"
    is_data = kind in ("application/json", "application/x-ndjson", "application/zip", "text/event-stream")
    return "private, no-store" if is_data else None
