"""The API's own page: every route, who may use it and what it does. Built from the OpenAPI description; loads nothing from
another host.
"""

from html import escape

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from visualprm_ui.api.access import Anyone

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<base href="../"><title>REST · VisualPRM Workbench</title>
<link rel="stylesheet" href="vp/assets/tokens.css"><link rel="stylesheet" href="vp/assets/app.css">
<script src="vp/assets/theme.js"></script>
<style>main{{max-width:880px;margin:24px auto;padding:0 20px}}
table{{width:100%;border-collapse:collapse}}h2{{margin:24px 0 6px;font-size:16px}}
td:last-child{{width:90px}}td:first-child{{width:48%}}td{{padding:6px 12px 6px 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--vp-line)}}code{{font-family:var(--vp-mono);font-size:13px;overflow-wrap:anywhere}}</style>
<main class="vp-host"><h1>REST</h1>
<p>Paths are below <code>api/</code>. Writes need the header <code>X-VP: 1</code>; scripts send
<code>Authorization: Bearer vp_…</code> with a token made on the account page. An error is <code>{{"error": one sentence}}</code>.
The description for programs is <a href="api/openapi.json">api/openapi.json</a>.</p>
{sections}</main></html>"""


def add_docs_page(api: FastAPI) -> None:
    """Add the page. It reads the routes when it is requested."""

    @api.get("/docs", include_in_schema=False)
    def docs(_: Anyone) -> HTMLResponse:
        sections: dict[str, list[str]] = {}
        for path, methods in api.openapi()["paths"].items():
            for method, route in methods.items():
                row = f"<tr><td><code>{method.upper()} {escape(path.lstrip('/'))}</code><td>{escape(route['summary'])}"
                row += f"<td>{escape(route['x-access'])}"
                sections.setdefault(route["tags"][0], []).append(row)
        tables = (f"<h2>{escape(tag)}</h2><table>{''.join(rows)}</table>" for tag, rows in sections.items())
        return HTMLResponse(_PAGE.format(sections="".join(tables)))
