"""A page's side of Gradio's queue: which handlers a page can start, with what, and how it reads what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx


def events_of(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bodies that start each handler of the app, with the values that the page was drawn with. From Gradio's own config."""
    drawn = {part["id"]: part["props"].get("value") for part in config["components"]}
    return [
        {
            "fn_index": each["id"],
            "data": [drawn[name] for name in each["inputs"]],
            "trigger_id": each["targets"][0][0],
            "is_load": each["targets"][0][1] == "load",
        }
        for each in config["dependencies"]
        if each["backend_fn"]
    ]


def follow(client: httpx.Client, session: str) -> list[dict[str, Any]]:
    """Read a session's stream until all its handlers have ended; return its messages."""
    messages = []
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                messages.append(json.loads(line.removeprefix("data: ")))
    return messages
