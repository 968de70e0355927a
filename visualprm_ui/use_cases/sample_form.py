"""What a person fills in to sample solutions: cleaning and checks. The limits of sampling are ``engine.limits``'.

Knows domain values; knows no widget and no store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine import InvalidRequest
from engine.domain import Problem, Sampling
from engine.limits import FORM_LIMITS
from engine.outcomes.guided_search import BeamPlan
from engine.serving.search import check_plan

MAX_QUESTION = 8_000  # characters; a page of text. The engine checks the model's context.
MAX_ANSWER = 500  # characters
MAX_PICTURES = 8  # of one question; what a model takes of them, it says itself (``RunControl.examine``)
NO_QUESTION = "Type a question first."
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleForm:
    """What a person filled in on Explore, as typed."""

    images: tuple[str, ...]  # SHA-256 of stored images, in order; empty: the question is text alone
    question: str
    answer: str | None  # reference answer
    sampling: Sampling
    search: BeamPlan | None = None  # how solutions are searched for; None: they are independent
    problem_seed: int | None = None  # of the drawn problem that filled the form, if any
    problem: Problem | None = None  # a stored one that is asked again as it is, with these pictures and words


def clean_text(text: str) -> str:
    """Return text without control characters and without white space at its ends; line breaks and tabs stay."""
    return _without_controls(text).strip()


def stop_texts(lines: str) -> tuple[str, ...]:
    """Return the stop texts, one per line as typed, spaces included; blank and repeated lines are left out."""
    return tuple(dict.fromkeys(line for line in _without_controls(lines).split("\n") if line.strip()))


def check_search(search: BeamPlan, sampling: Sampling) -> None:
    """Check how solutions are to be searched for. Raises InvalidRequest for what cannot be, or would choose among equals."""
    check_plan(search)
    if sampling.temperature == 0:
        raise InvalidRequest(
            "At temperature 0 all tries of a step are the same, so a guided search has nothing to choose from. Raise the "
            "temperature, or sample independent solutions."
        )


def check_form(question: str, answer: str | None, images: Sequence[str], sampling: Sampling) -> None:
    """Check a cleaned form. Raises InvalidRequest with the value and the limit."""
    if not question:
        raise InvalidRequest(NO_QUESTION)
    check_count(images)
    if len(question) > MAX_QUESTION:
        raise InvalidRequest(
            f"The question has {len(question):,} characters; the most is {MAX_QUESTION:,}. Shorten it."
        )
    if answer and len(answer) > MAX_ANSWER:
        raise InvalidRequest(f"The reference answer has {len(answer):,} characters; the most is {MAX_ANSWER:,}.")
    FORM_LIMITS.check(sampling)


def check_count(images: Sequence[str]) -> None:
    """Raise InvalidRequest for more pictures than a question may have."""
    if len(images) > MAX_PICTURES:
        raise InvalidRequest(f"The question has {len(images)} pictures; the most is {MAX_PICTURES}. Remove some.")


def _without_controls(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
