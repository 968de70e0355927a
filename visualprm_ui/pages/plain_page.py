"""The HTML of pages that need no Gradio: it loads one JavaScript module, which draws the page and talks to REST.

No text that a person wrote or a request carried ever enters it.
"""

from __future__ import annotations

import json
from html import escape

from starlette.requests import HTTPConnection

from visualprm_ui.access.identity import Identity
from visualprm_ui.pages.gradio_theme import HEAD

STYLE_SHEET = '<link rel="stylesheet" href="vp/components/account/style.css">'
_TEMPLATE = """<!doctype html>
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
import {{ mount as bar }} from "./vp/components/app_bar/mount.js";
import {{ mount }} from "./vp/components/account/{module}.js";
const value = {{ page: "account", hub: {hub}, shut: {shut} }};
const part = (name) => ({{ element: document.querySelector(name), props: {{ value }} }});
bar(part(".vp-host-app-bar"));
mount(part(".vp-account-page"));
</script>
</body>
</html>
"""


def plain_page(identity: Identity, request: HTTPConnection, title: str, module: str, root: str) -> str:
    """Return the page that ``components/account/<module>.js`` draws. ``root``: the relative path to the app's root.

    To whom a private app is shut, the page says so: what it asks of REST about the app would be refused.
    """
    is_shut = identity.is_private and not identity.authenticate(request).may_explore
    flags = {"hub": json.dumps(identity.is_hub), "shut": json.dumps(is_shut)}
    return _TEMPLATE.format(root=root, title=escape(title), module=module, head=HEAD + STYLE_SHEET, **flags)
