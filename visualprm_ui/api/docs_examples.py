"""Requests of a route as commands that can be run: curl, and Python without further packages. Knows descriptions of routes."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from visualprm_ui.api.docs_schema import SchemaReader

_PART = re.compile(r"\{(\w+)(?::path)?\}")


def curl_example(method: str, path: str, route: Mapping[str, Any], schemas: SchemaReader) -> str:
    """Return the command. Ids of the path are shell variables, as are ``SITE`` and ``TOKEN``."""
    address = '"$SITE/api' + _PART.sub(lambda part: "$" + part[1].upper(), path) + _query(route) + '"'
    lines = [f"curl -s {'' if method == 'GET' else f'-X {method} '}{address}"]
    if route["x-access"] != "anyone":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if method != "GET":
        lines.append('-H "X-VP: 1"')
    media, body = example_body(route, schemas)
    if media == "application/json":
        lines += ['-H "Content-Type: application/json"', f"-d {shlex.quote(json.dumps(body))}"]
    elif media:
        lines.append('--data-binary @"$FILE"')
    if _is_file(route):
        lines.append("-o answer")
    return " \\\n  ".join(lines)


def python_example(method: str, path: str, route: Mapping[str, Any], schemas: SchemaReader) -> str:
    """Return a script that needs no package. It reads the same variables from the environment."""
    address = _PART.sub(lambda part: "{quote(environ['" + part[1].upper() + "'], safe='')}", path) + _query(route)
    headers = [] if route["x-access"] == "anyone" else ['"Authorization": f"Bearer {environ[\'TOKEN\']}"']
    headers += [] if method == "GET" else ['"X-VP": "1"']
    media, body = example_body(route, schemas)
    data = "None"
    if media == "application/json":
        headers.append('"Content-Type": "application/json"')
        data = f"json.dumps({body!r}).encode()"
    elif media:
        data = "open(environ['FILE'], 'rb').read()"
    answer = "answer.read()" if _is_file(route) else "json.load(answer)"
    lines = (
        "import json",
        "from os import environ",
        "from urllib.parse import quote",
        "from urllib.request import Request, urlopen",
        "",
        f"address = f\"{{environ['SITE']}}/api{address}\"",
        f"headers = {{{', '.join(headers)}}}",
        f'request = Request(address, data={data}, headers=headers, method="{method}")',
        "with urlopen(request) as answer:",
        f"    print({answer})",
    )
    return "\n".join(lines)


def example_body(route: Mapping[str, Any], schemas: SchemaReader) -> tuple[str, object]:
    """Return the media type of a route's body and a small value of it; "" and None where it takes none."""
    content = route.get("requestBody", {}).get("content", {})
    for media, described in content.items():
        return media, schemas.example(described.get("schema", {})) if media == "application/json" else None
    return "", None


def _query(route: Mapping[str, Any]) -> str:
    needed = [each["name"] for each in route.get("parameters", ()) if each["in"] == "query" and each.get("required")]
    return "?" + "&".join(f"{name}=..." for name in needed) if needed else ""


def _is_file(route: Mapping[str, Any]) -> bool:
    return "application/json" not in route["responses"].get("200", {}).get("content", {"application/json": {}})
