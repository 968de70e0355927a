"""Imports and exports over REST, waited for as a page does: by asking again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.support.waiting import awaited

RESTING = ("ready", "done", "failed", "cancelled")


def settled(client: Any, path: str) -> dict[str, Any]:
    """Return a job once nobody works on it."""
    return dict(awaited(lambda: client.get(path).json(), lambda found: found["state"] in RESTING))


def sent(client: Any, content: bytes, name: str, **query: str) -> dict[str, Any]:
    """Send a file and return its import once it is read."""
    answer = client.post("/imports", content=content, params={"name": name, **query})
    assert answer.status_code == 200, answer.text
    return settled(client, f"/imports/{answer.json()['id']}")


def imported(client: Any, found: Mapping[str, Any], **body: str) -> dict[str, Any]:
    """Import a file that was read, and return the import at its end."""
    answer = client.post(f"/imports/{found['id']}/start", json=body)
    assert answer.status_code == 200, answer.text
    return settled(client, f"/imports/{found['id']}")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def lines(*rows: object) -> bytes:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
