"""What a step score says of a step once it is compared with a threshold: the prediction, never called a label.

A step is predicted to be correct **above** the threshold, not at it. Pure values.

Source: VisualProcessBench's public protocol compares strictly (``score > threshold``); 0.5 is this project's fixed threshold.
"""

from __future__ import annotations

from engine.domain import Label

THRESHOLD = 0.5  # fixed before any figure was looked at


def predict(score: float, threshold: float = THRESHOLD) -> Label:
    """Return CORRECT for a step score in [0, 1] above ``threshold``, else WRONG. A prediction is never neutral."""
    return Label.CORRECT if score > threshold else Label.WRONG
