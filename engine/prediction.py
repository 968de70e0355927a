"""What a step score says of a step once it is compared with a threshold: the prediction, never called a label.

A step is predicted to be correct **above** the threshold, not at it. Pure values.

Source: VisualProcessBench's public protocol compares strictly (``score > threshold``); 0.5 is this project's fixed threshold.
"""

from __future__ import annotations

from typing import overload

from engine.domain import Label

THRESHOLD = 0.5  # fixed before any figure was looked at


@overload
def predict(score: float, threshold: float = ...) -> Label: ...
@overload
def predict(score: float | None, threshold: float = ...) -> Label | None: ...
def predict(score: float | None, threshold: float = THRESHOLD) -> Label | None:
    """Return CORRECT for a step score in [0, 1] above ``threshold``, else WRONG. A prediction is never neutral.

    None for a score that could not be read.
    """
    if score is None:
        return None
    return Label.CORRECT if score > threshold else Label.WRONG
