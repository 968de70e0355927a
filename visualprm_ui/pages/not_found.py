"""The response to an unknown address: a page for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from visualprm_ui.access.identity import Identity
from visualprm_ui.pages.plain_page import plain_page


def not_found_handler(identity: Identity) -> Callable[[Request, Any], Awaitable[Response]]:
    """Return the exception handler of status 404."""

    async def respond(request: Request, error: Any) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, status_code=404)
        scope = request.scope
        prefix = scope.get("app_root_path", scope.get("root_path", ""))  # a mount adds its own path to root_path
        root = "../" * (request.url.path.removeprefix(prefix).count("/") - 1) or "./"
        return HTMLResponse(plain_page(identity, request, "Not found", "not_found", root), status_code=404)

    return respond
