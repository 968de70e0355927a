"""Soft labels: what Monte-Carlo completions or a model said of each step, as rows of files had it. Never a person's word.

They live among the kept fields of an imported row, as the file wrote them, so that no digit is lost; here they are read.
"""

from __future__ import annotations

from collections.abc import Mapping

from storage.formats import trl, visualprm400k_raw


def soft_labels_of(kept_fields: Mapping[str, object]) -> tuple[float | None, ...] | None:
    """Return the share of successes or the soft label of each step, in [0, 1]; None for a step that was not measured.

    None as a whole: the row had none.
    """
    for name, read in ((visualprm400k_raw.NAME, visualprm400k_raw.shares), (trl.NAME, trl.soft_labels)):
        kept = kept_fields.get(name)
        if isinstance(kept, dict):
            return read(kept)
    return None


def is_stopped(kept_fields: Mapping[str, object]) -> bool:
    """Return whether the shares that a row had are of completions stopped early, and estimate no expected accuracy."""
    kept = kept_fields.get(visualprm400k_raw.NAME)
    return isinstance(kept, dict) and visualprm400k_raw.is_stopped(kept)
