"""The account pages: sign in, accept an invitation, manage one's own account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from visualprm_ui.access.identity import Identity
from visualprm_ui.access.response_headers import sign_in_path
from visualprm_ui.pages.plain_page import plain_page

OWN = "/account"  # nobody's who is not signed in
# path, title, JavaScript module, relative path back to the app's root
_PAGES = (
    (OWN, "Account", "account", "./"),
    ("/account/sign-in", "Sign in", "sign_in", "../"),
    ("/account/join", "Invitation", "join", "../"),
)


def account_routes(identity: Identity) -> list[Route]:
    """Return the routes of the pages."""
    return [_route(identity, *page) for page in _PAGES]


def _route(identity: Identity, path: str, title: str, module: str, root: str) -> Route:
    def page(request: Request) -> Response:
        if path == OWN and identity.authenticate(request).person is None:
            return RedirectResponse(sign_in_path(request), status_code=303)
        html = plain_page(identity, request, title, module, root)
        return HTMLResponse(html, headers={"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"})

    return Route(path, page)
