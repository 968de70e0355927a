"""Reading a server's JSON without trusting it: every value may be missing or of another type. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

SENTENCE = 300  # characters of a server's reason that are shown
CLAMPED = -9999.0  # what vLLM writes for a log-probability of minus infinity


def at(value: object, *path: str | int) -> object:
    """Return what stands at a path of keys and indices, or None."""
    for key in path:
        if isinstance(key, str) and isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(key, int) and isinstance(value, list) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def text_at(value: object, *path: str | int) -> str:
    """Return the text at a path; "" when there is none. Half surrogate pairs, which nothing can store, become question marks."""
    found = at(value, *path)
    return found.encode("utf-8", "replace").decode("utf-8") if isinstance(found, str) else ""


def int_at(value: object, *path: str | int) -> int | None:
    """Return the whole number at a path, or None."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def ids_at(value: object, *path: str | int) -> list[int] | None:
    """Return the token ids at a path, or None."""
    found = at(value, *path)
    return found if isinstance(found, list) and all(isinstance(token, int) for token in found) else None


def sentence_of(answer: object) -> str:
    """Return the reason in an error answer (bytes or parsed), in one line; it ends with a full stop."""
    value: object = answer
    if isinstance(answer, bytes):
        try:
            value = json.loads(answer)
        except (ValueError, RecursionError):
            text = answer.decode("utf-8", errors="replace").strip()
            value = "" if text.startswith("<") else text  # a proxy's HTML page says nothing to people
    places = (value, at(value, "error", "message"), at(value, "message"), at(value, "error"), at(value, "detail"))
    found = next((place for place in places if isinstance(place, str) and place.strip()), None)
    if found is None:
        found = text_at(value, "detail", 0, "msg") or "it gave no reason"
    line = " ".join(found.split())
    line = line if len(line) <= SENTENCE else f"{line[:SENTENCE]}…"
    return line if line.endswith((".", "…", "!", "?")) else f"{line}."


def logprobs_of(answer: object) -> dict[str, float]:
    """Return the log-probabilities an answer gives for its first token: spelling (or ``token_id:N``) -> natural log."""
    found: dict[str, float] = {}
    first = at(answer, "choices", 0, "logprobs", "content", 0)
    listed = at(first, "top_logprobs")
    for entry in [first, *(listed if isinstance(listed, list) else [])]:
        token, value = at(entry, "token"), at(entry, "logprob")
        if isinstance(token, str) and isinstance(value, int | float):
            found[token] = -math.inf if value <= CLAMPED else float(value)
    return found
