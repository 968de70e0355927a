"""Whether a problem has a reference answer: text that is not blank."""

from __future__ import annotations

from math import isfinite


def reference_answer(text: str | None) -> str | None:
    """Return a reference answer as it was written; None where there is none, which is also what blank text says."""
    return text if text is not None and text.strip() else None


def stated_answer(value: object) -> object:
    """Return the answer that a row of a file states: a number as the text that it is written as, anything else unchanged.

    Rows of public data sets have 5 as often as "5". True is no number.
    """
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else value
