"""Which solutions were labelled quicker than one can read them. Knows times and words, no people and no rows.

A figure to look at, not a verdict: some solutions are short work for whoever has labelled many like them.

Source: silent reading of English takes 238 words a minute on average (Brysbaert 2019, "How many words do we read per
minute?"); at more than twice that people skim and understand less (Rayner et al. 2016, "So Much to Read, So Little Time").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

READING = 0.25  # seconds a word: usual reading
SKIMMING = 0.1  # seconds a word: 600 words a minute, quicker than anybody reads
_UNUSUAL = 1 / 3  # of a person's own median: quicker than that is unlike them
_FEWEST, _SHARE = 3, 0.1  # how many, and which share of somebody's solutions, make them worth a look


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingTime:
    """How long one person had one solution on screen."""

    seconds: float
    """On screen, until it was submitted."""
    words: int
    """Of all its steps, as they stand between blanks."""


def find_too_fast(times: Sequence[LabellingTime]) -> tuple[bool, ...]:
    """Return for each solution of one person whether it was labelled quicker than one can read it.

    So it was below ``SKIMMING``, and below ``READING`` where the person usually takes three times as long or more.
    """
    own = usual_seconds_a_word(times)
    limit = SKIMMING if own is None else max(SKIMMING, min(READING, own * _UNUSUAL))
    return tuple(each.words > 0 and each.seconds < limit * each.words for each in times)


def usual_seconds_a_word(times: Sequence[LabellingTime]) -> float | None:
    """Return the median of one person's seconds a word; None where there are no words."""
    found = [each.seconds / each.words for each in times if each.words > 0]
    return median(found) if found else None


def is_worth_a_look(too_fast: Sequence[bool]) -> bool:
    """Return whether so many of one person's solutions were labelled too fast that somebody should look at them."""
    count = sum(too_fast)
    return count >= _FEWEST and count >= _SHARE * len(too_fast)
