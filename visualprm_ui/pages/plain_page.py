"""The shell of the small pages that need no Gradio: it names one JavaScript module, which draws itself and talks to REST.

No text of a person or a request ever enters it.
"""

from __future__ import annotations

from html import escape

from visualprm_ui.access.identity import Identity
from visualprm_ui.pages.gradio_theme import HEAD

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
import {{ mount as bar }} from "./vp/components/app_bar/mount.js";
import {{ mount }} from "./vp/components/account/{module}.js";
const part = (name) => ({{ element: document.querySelector(name), props: {{ value: {{ page: "account", hub: {hub} }} }} }});
bar(part(".vp-host-app-bar"));
mount(part(".vp-account-page"));
</script>
</body>
</html>
"""


def small_page(identity: Identity, title: str, module: str, root: str) -> str:
    """Return the page that ``components/account/<module>.js`` draws; ``root`` is the way from it back to the app's root."""
    hub = "true" if identity.is_hub else "false"
    return _SHELL.format(root=root, title=escape(title), module=module, head=HEAD, hub=hub)
