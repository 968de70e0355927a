"""What a person fills in to sample solutions: limits, cleaning and checks. Knows domain values; knows no widget and no store."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine import InvalidRequest
from engine.domain import Sampling

MAX_QUESTION = 8_000  # characters; a page of text. The engine checks the model's context.
MAX_ANSWER = 500  # characters
NO_QUESTION = "Type a question first."
MAX_N = 128
MAX_SEED = 2**53 - 1  # the largest integer that a browser represents exactly; it would change a larger one
MAX_NEW_TOKENS = 4096
MIN_PENALTY, MAX_PENALTY = 0.5, 2.0  # repetition penalty; outside this range models write gibberish
MAX_STOP_TEXTS = 16
MAX_STOP_LENGTH = 200  # characters of one
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleForm:
    """What a person filled in on Explore, as typed."""

    image: str | None  # SHA-256 of a stored image
    question: str
    answer: str | None  # reference answer
    sampling: Sampling
    problem_seed: int | None = None  # of the drawn problem that filled the form, if any


def clean_text(text: str) -> str:
    """Return text without control characters and without white space at its ends; line breaks and tabs stay."""
    return _without_controls(text).strip()


def stop_texts(lines: str) -> tuple[str, ...]:
    """Return the stop texts, one per line as typed, spaces included; blank and repeated lines are left out."""
    return tuple(dict.fromkeys(line for line in _without_controls(lines).split("\n") if line.strip()))


def check_form(question: str, answer: str | None, sampling: Sampling) -> None:
    """Check a cleaned form. Raises InvalidRequest with the value and the limit."""
    if not question:
        raise InvalidRequest(NO_QUESTION)
    if len(question) > MAX_QUESTION:
        raise InvalidRequest(
            f"The question has {len(question):,} characters; the most is {MAX_QUESTION:,}. Shorten it."
        )
    if answer and len(answer) > MAX_ANSWER:
        raise InvalidRequest(f"The reference answer has {len(answer):,} characters; the most is {MAX_ANSWER:,}.")
    limits = (
        ("Solutions", sampling.n, 1, MAX_N),
        ("Temperature", sampling.temperature, 0, 2),
        ("Seed", sampling.seed, 0, MAX_SEED),
        ("Max new tokens", sampling.max_new_tokens, 1, MAX_NEW_TOKENS),
        ("Top-p", sampling.top_p, 0.01, 1),
        ("Top-k", sampling.top_k, 0, 1000),
        ("Repetition penalty", sampling.repetition_penalty, MIN_PENALTY, MAX_PENALTY),
    )
    for name, value, low, high in limits:
        if not low <= value <= high:  # also false for NaN
            raise InvalidRequest(f"{name} is {value}; choose a value from {low} to {high}.")
    if len(sampling.stop) > MAX_STOP_TEXTS:
        raise InvalidRequest(f"There are {len(sampling.stop)} stop texts; the most is {MAX_STOP_TEXTS}, one a line.")
    longest = max(map(len, sampling.stop), default=0)
    if longest > MAX_STOP_LENGTH:
        raise InvalidRequest(f"A stop text has {longest:,} characters; the most is {MAX_STOP_LENGTH}. Shorten it.")


def _without_controls(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
