"""The names that people know released reward models by, and how each is asked about steps. Pure; no torch."""

from __future__ import annotations

import re

# the first that is found in a checkpoint's name decides
KNOWN_NAMES = (
    (re.compile(r"mm-?prm", re.IGNORECASE), "mm-prm"),
    (re.compile(r"vrprm", re.IGNORECASE), "vrprm"),
    (re.compile(r"math-?shepherd", re.IGNORECASE), "math-shepherd"),
    (re.compile(r"qwen.*math-prm", re.IGNORECASE), "qwen-math-prm"),
    (re.compile(r"rlhflow.*prm|llama3\.1-8b-prm|prm-(deepseek|mistral)-data", re.IGNORECASE), "rlhflow"),
    (re.compile(r"skywork.*prm", re.IGNORECASE), "skywork-prm"),
    (re.compile(r"(?<![a-z])vl-?prm", re.IGNORECASE), "qwen-vl-prm"),
    (re.compile(r"visual-?prm|nano-(prm|orm)", re.IGNORECASE), "visualprm"),
    (re.compile(r"internvl-?[23]", re.IGNORECASE), "judge"),  # the chat models, which were never trained to score steps
)


_SCORES = re.compile(r"prm|reward|critic|verifier|(?<![a-z])o?rm(?![a-z])", re.IGNORECASE)


def says_that_it_scores_wholes(name: str) -> bool:
    """Return whether a model's name says that it was trained to score whole solutions."""
    return re.search(r"(?<![a-z])orm(?![a-z])|outcome", name, re.IGNORECASE) is not None


def says_that_it_scores(name: str) -> bool:
    """Return whether a model's name says that it was trained to score, so that it cannot be asked just anyhow."""
    return _SCORES.search(name) is not None


def known_prm_format(name: str) -> str | None:
    """Return the name of the PRM format that a model of this name wants; None when the name tells nothing."""
    return next((prm_format for known, prm_format in KNOWN_NAMES if known.search(name)), None)
