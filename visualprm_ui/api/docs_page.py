"""The API's own page: every route, who may use it, what it takes and answers, and an example. Built from the OpenAPI
description; loads nothing from another host.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from visualprm_ui.api.access import Anyone
from visualprm_ui.api.docs_examples import curl_example, python_example
from visualprm_ui.api.docs_schema import Field, SchemaReader
from visualprm_ui.api.statuses import STATUS_MEANINGS, statuses_of

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<base href="../"><title>REST · VisualPRM Workbench</title>
<link rel="stylesheet" href="vp/assets/tokens.css"><link rel="stylesheet" href="vp/assets/app.css">
<script src="vp/assets/theme.js"></script>
<style>main{{max-width:1080px;margin:24px auto;padding:0 20px}}
.pages{{display:flex;flex-wrap:wrap;gap:4px 16px;margin:14px 0}}.pages a{{text-decoration:underline}}
table{{width:100%;border-collapse:collapse;margin:4px 0 12px}}
h2{{margin:28px 0 6px;font-size:18px}}h3{{margin:12px 0 2px;font-size:13.5px}}
td,th{{padding:4px 12px 4px 0;text-align:left;vertical-align:top;font-size:13.5px;border-bottom:1px solid var(--vp-line)}}
th{{font-weight:500;color:var(--vp-ink-2)}}code,pre{{font-family:var(--vp-mono);font-size:13px;overflow-wrap:anywhere}}
pre{{margin:4px 0 10px;padding:10px 12px;border:1px solid var(--vp-line);border-radius:8px;
background:var(--vp-subtle);white-space:pre-wrap}}
details{{border-bottom:1px solid var(--vp-line);padding:7px 0}}summary{{cursor:pointer}}
summary span{{display:block;margin-inline-start:18px;color:var(--vp-ink-2);font-size:13.5px}}</style>
<main class="vp-host"><p><a href="./">VisualPRM Workbench</a></p><h1>REST</h1>
<p>Paths are below <code>api/</code>. Answers are JSON; an error is <code>{{"error": one sentence}}</code>.
The description for programs is <a href="api/openapi.json">api/openapi.json</a>.</p>
<nav class="pages" aria-label="Parts of the API">{links}</nav>
<h2 id="tokens">Tokens and headers</h2>
<p>A signed-in browser is known by its cookie. A script sends <code>Authorization: Bearer vp_…</code>, a token made on the
<a href="account">account page</a>, where it is shown once and can be revoked; it may
do what its person may, except see or change their account.
While nobody has an account, no token is needed. Every write also needs the header <code>X-VP: 1</code>.</p>
<p>The examples read <code>SITE</code> (this app’s address), <code>TOKEN</code>,
 <code>FILE</code> and the ids of the path from the environment:</p>
<pre>export SITE=http://127.0.0.1:7860 TOKEN=vp_…</pre>
<h2 id="statuses">Status codes</h2><table><tr><th>Status<th>Meaning{statuses}</table>
{sections}</main></html>"""


def add_docs_page(api: FastAPI) -> None:
    """Add the page. It reads the routes when it is requested."""

    @api.get("/docs", include_in_schema=False)
    def docs(_: Anyone) -> HTMLResponse:
        description = api.openapi()
        schemas = SchemaReader(description)
        sections: dict[str, list[str]] = {}
        for path, methods in description["paths"].items():
            for method, route in methods.items():
                sections.setdefault(route["tags"][0], []).append(_route(method.upper(), path, route, schemas))
        parts = (f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(found)}' for tag, found in sections.items())
        links = ("tokens", "statuses", *sections)
        return HTMLResponse(
            _PAGE.format(
                links="".join(f'<a href="api/docs#{escape(each)}">{escape(each)}</a>' for each in links),
                statuses="".join(f"<tr><td>{status}<td>{text}" for status, text in STATUS_MEANINGS.items()),
                sections="".join(parts),
            )
        )


def _route(method: str, path: str, route: Mapping[str, Any], schemas: SchemaReader) -> str:
    former = " (former name)" if route.get("deprecated") else ""
    anchor = re.sub(r"\W+", "-", f"{method}{path}").strip("-")
    return "".join(
        (
            f'<details id="{escape(anchor)}"><summary><code>{method} {escape(path.lstrip("/"))}</code>',
            f"<span>{escape(route['summary'])}{former} · {escape(route['x-access'])}</span></summary>",
            *_parameters(route, schemas),
            *_body(route, schemas),
            *_answer(route, schemas),
            f"<h3>Statuses</h3><p>{', '.join(map(str, statuses_of(method, path, route)))}</p>",
            f"<h3>curl</h3><pre>{escape(curl_example(method, path, route, schemas))}</pre>",
            f"<h3>Python</h3><pre>{escape(python_example(method, path, route, schemas))}</pre></details>",
        )
    )


def _parameters(route: Mapping[str, Any], schemas: SchemaReader) -> Iterator[str]:
    found = [
        Field(
            path=f"{each['name']} ({each['in']})",
            type=schemas.type_of(each.get("schema", {})),
            required=bool(each.get("required")),
            text=str(each.get("description", "")),
        )
        for each in route.get("parameters", ())
    ]
    if found:
        yield _table("Parameters", found)


def _body(route: Mapping[str, Any], schemas: SchemaReader) -> Iterator[str]:
    for media, described in route.get("requestBody", {}).get("content", {}).items():
        fields = list(schemas.iter_fields(described.get("schema", {})))
        yield (
            _table("Body", fields)
            if fields
            else f"<h3>Body</h3><p>The bytes of a file, <code>{escape(media)}</code></p>"
        )


def _answer(route: Mapping[str, Any], schemas: SchemaReader) -> Iterator[str]:
    for media, described in route["responses"].get("200", {}).get("content", {}).items():
        fields = list(schemas.iter_fields(described.get("schema", {})))
        if fields:
            yield _table("Answer", fields)
        else:
            text = "An empty object" if media == "application/json" else f"A file, <code>{escape(media)}</code>"
            yield f"<h3>Answer</h3><p>{text}</p>"


def _table(title: str, fields: list[Field]) -> str:
    rows = (
        f"<tr><td><code>{escape(each.path)}</code><td>{escape(each.type)}{'' if each.required else ', optional'}"
        f"<td>{escape(each.text)}"
        for each in fields
    )
    return f"<h3>{title}</h3><table><tr><th>Name<th>Type<th>Meaning{''.join(rows)}</table>"
