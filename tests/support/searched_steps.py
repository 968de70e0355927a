"""A small world for guided searches, worked out by hand: which steps there are, and what a reward model says of them."""

from __future__ import annotations

SCORES = {"Good.": 0.9, "Fair.": 0.6, "Bad.": 0.1, "Final answer: 2": 0.8, "Final answer: 3": 0.2}


def judge(step: str) -> float:
    """The score of a step."""
    return SCORES.get(step, 0.5)


def complete(text: str, draw: int) -> str:
    """From nothing a good, a fair and a bad step in turn; from there an answer, the right one from a good step alone."""
    if not text:
        return ("Good.", "Fair.", "Bad.", "Good.")[draw % 4] + "\n\nand what nobody reads"
    if text.endswith("Good.\n\n"):
        return "Final answer: 2" if draw == 0 else "More.\n\nFinal answer: 3"
    return "Final answer: 3"
