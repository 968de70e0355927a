"""Text of a solution to steps, and steps to the at most twelve groups the reward model sees.

Pure text; knows neither models nor scores.

Source: the released VisualPRM code splits at exactly two newlines and joins ``ceil(n / max_steps)`` consecutive steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SEPARATOR = "\n\n"
MAX_STEPS = 12  # VisualPRM, sec. 3.1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepGroup:
    """Consecutive steps the reward model scores as one."""

    first: int  # 0-based index of the first step
    last: int  # 0-based index of the last step, included
    text: str  # the steps joined by a blank line


def split_steps(response: str) -> tuple[str, ...]:
    """Split a response exactly as the released code does: nothing is stripped and empty steps are kept.

    Use it for text that must give the reference's scores. An empty response is one empty step.
    """
    return tuple(response.split(SEPARATOR))


def merge_steps(steps: tuple[str, ...], max_steps: int | None = MAX_STEPS) -> tuple[StepGroup, ...]:
    """Join steps so that at most ``max_steps`` groups remain; ``None`` never merges.

    The groups have ``ceil(n / max_steps)`` steps each, so 13 steps become 7 groups, not 12.

    Raises:
        ValueError: ``max_steps`` is below 1.
    """
    if max_steps is not None and max_steps < 1:
        raise ValueError(f"max_steps must be at least 1 or None, not {max_steps!r}.")
    size = 1 if max_steps is None else max(1, math.ceil(len(steps) / max_steps))
    return tuple(
        StepGroup(first=first, last=min(first + size, len(steps)) - 1, text=SEPARATOR.join(steps[first : first + size]))
        for first in range(0, len(steps), size)
    )
