"""The account pages: sign in, accept an invitation, manage one's own account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from visualprm_ui.access.identity import Identity
from visualprm_ui.pages.plain_page import plain_page

# path, title, JavaScript module, relative path back to the app's root
_PAGES = (
    ("/account", "Account", "account", "./"),
    ("/account/sign-in", "Sign in", "sign_in", "../"),
    ("/account/join", "Invitation", "join", "../"),
)


def account_routes(identity: Identity) -> list[Route]:
    """Return the routes of the pages."""
    return [_route(identity, *page) for page in _PAGES]


def _route(identity: Identity, path: str, title: str, module: str, root: str) -> Route:
    html = plain_page(identity, title, module, root)

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(html, headers={"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"})

    return Route(path, page)
