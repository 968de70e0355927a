"""How large the body of a request may be, told by its headers before any of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRefusal:
    """Why a request is not served, and its body not read."""

    status: int  # of HTTP
    sentence: str


def check_body(headers: Mapping[str, str], most: int) -> BodyRefusal | None:
    """Return why a body is not read, or None for one of ``most`` bytes or fewer."""
    if "transfer-encoding" in headers:
        return BodyRefusal(status=411, sentence="Send the body with its Content-Length.")
    size = headers.get("content-length", "0")
    if not size.isdecimal() or int(size) > most:
        return BodyRefusal(
            status=413, sentence=f"The body has {size[:20]} bytes; at most {most} are read. Send it in parts."
        )
    return None
