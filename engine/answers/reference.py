"""Whether a problem has a reference answer: text that is not blank."""

from __future__ import annotations


def reference_answer(text: str | None) -> str | None:
    """Return a reference answer as it was written; None where there is none, which is also what blank text says."""
    return text if text is not None and text.strip() else None
