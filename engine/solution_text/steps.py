"""Text of a solution to steps, and steps to the at most twelve groups the reward model sees.

Pure text; knows neither models nor scores. Steps that come as a list are never split: a blank line inside one belongs to it.

Source: the released VisualPRM code splits at exactly two newlines and joins ``ceil(n / max_steps)`` consecutive steps. A line that
holds nothing but spaces is as blank, and a line may end as on Windows, so these separate steps here too: text in which all blank
lines are bare newlines is split exactly as the released code does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.domain import FinishReason

SEPARATOR = "\n\n"
_LINE_END = r"(?>\r\n|[\n\r\x85\u2028\u2029])"  # atomic: the two characters of a CRLF are no blank line
_BLANK_LINE = re.compile(rf"{_LINE_END}[^\S\n\r\x85\u2028\u2029]*{_LINE_END}")
MAX_STEPS = 12  # VisualPRM, sec. 3.1


Wording = tuple[tuple[str, ...], FinishReason]


def wording(steps: Sequence[str], finish: FinishReason) -> Wording:
    """Return what equal solutions of a run have in common: the same steps, word for word, and the same end."""
    return tuple(steps), finish


@dataclass(frozen=True, slots=True, kw_only=True)
class StepGroup:
    """Consecutive steps the reward model scores as one."""

    first: int  # 0-based index of the first step
    last: int  # 0-based index of the last step, included
    text: str  # the steps joined by a blank line


def split_steps(response: str) -> tuple[str, ...]:
    """Split a response at its blank lines: nothing is stripped and empty steps are kept. An empty response is one empty step."""
    return tuple(_BLANK_LINE.split(response))


def split_as_released(response: str) -> tuple[str, ...]:
    """Split a response as the released code does, at two newlines only: a Windows line end or a space on the line splits nothing.

    Use it for text that must give the reference's scores.
    """
    return tuple(response.split(SEPARATOR))


def split_clean_steps(response: str) -> tuple[str, ...]:
    """Split a response at its blank lines, strip white space around the steps and drop empty ones.

    On purpose unlike :func:`split_steps`: a policy that writes three newlines in a row would otherwise give people an empty step to
    label.
    """
    return clean_steps(split_steps(response))


def clean_steps(steps: Iterable[str]) -> tuple[str, ...]:
    """Strip white space around steps and drop empty ones."""
    return tuple(text for text in (step.strip() for step in steps) if text)


def read_json_response(response: str) -> Mapping[str, object] | None:
    """Return the object with "steps" that a response of JSON text holds, as some published files have it; None for plain text."""
    try:
        value: object = json.loads(response) if response.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "steps" in value else None


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
