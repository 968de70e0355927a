"""What an address that leads nowhere answers: a page to people, JSON to programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from visualprm_ui.access.identity import Identity
from visualprm_ui.pages.plain_page import small_page


def nowhere(identity: Identity) -> Callable[[Request, Any], Awaitable[Response]]:
    """Return the handler of status 404."""

    async def answer(request: Request, error: Any) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": getattr(error, "detail", "Not Found")}, status_code=404)
        scope = request.scope
        ours = scope.get("app_root_path", scope.get("root_path", ""))  # a mount adds its own to the latter
        root = "../" * (request.url.path.removeprefix(ours).count("/") - 1) or "./"
        return HTMLResponse(small_page(identity, "Not found", "not_found", root), status_code=404)

    return answer
