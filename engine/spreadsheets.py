"""Text in cells of a table that a spreadsheet opens: kept from being run as a formula."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: what begins as one has an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
