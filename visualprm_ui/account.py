"""The account pages: sign in, take an invitation, one's own account. Small pages of their own, which need no Gradio.

Each is the same shell that names one JavaScript module; the module draws itself and talks to REST. No text of a person or a
request ever enters the shell.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from visualprm_ui.identity import Identity
from visualprm_ui.theme import HEAD

_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<base href="{root}">
<title>{title} · VisualPRM Workbench</title>
<link rel="icon" href="vp/assets/favicon.svg">
{head}
</head>
<body>
<div class="vp-host vp-host-app-bar"><div class="vp-root"></div></div>
<main class="vp-host vp-account-page"><div class="vp-root"></div></main>
<script type="module">
import {{ mount as bar }} from "./vp/components/app_bar.js";
import {{ mount }} from "./vp/components/account/{module}.js";
const part = (name) => ({{ element: document.querySelector(name), props: {{ value: {{ page: "account", hub: {hub} }} }} }});
bar(part(".vp-host-app-bar"));
mount(part(".vp-account-page"));
</script>
</body>
</html>
"""

# path -> title, module, way back to the app's root
_PAGES = (
    ("/account", "Account", "account", "./"),
    ("/account/sign-in", "Sign in", "sign_in", "../"),
    ("/account/join", "Invitation", "join", "../"),
)


def account_routes(identity: Identity) -> list[Route]:
    """Return the routes of the pages."""
    return [_route(identity, *page) for page in _PAGES]


def _route(identity: Identity, path: str, title: str, module: str, root: str) -> Route:
    shell = _SHELL.format(
        root=root, title=escape(title), module=module, head=HEAD, hub="true" if identity.is_hub else "false"
    )

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(shell, headers={"Cache-Control": "no-cache", "Referrer-Policy": "no-referrer"})

    return Route(path, page)
