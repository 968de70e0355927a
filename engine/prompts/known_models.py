"""The names that people know released reward models by, and how each is asked about steps. Pure; no torch."""

from __future__ import annotations

import re

# the first that is found in a checkpoint's name decides
KNOWN_NAMES = (
    (re.compile(r"mm-?prm", re.IGNORECASE), "mm-prm"),
    (re.compile(r"(?<![a-z])vl-?prm", re.IGNORECASE), "qwen-vl-prm"),
    (re.compile(r"visual-?prm", re.IGNORECASE), "visualprm"),
    (re.compile(r"internvl-?[23]", re.IGNORECASE), "judge"),  # the chat models, which were never trained to score steps
)


def known_prm_format(name: str) -> str | None:
    """Return the name of the PRM format that a model of this name wants; None when the name tells nothing."""
    return next((prm_format for known, prm_format in KNOWN_NAMES if known.search(name)), None)
