"""What a sampling request may ask for: the engine's own limits, and the narrower ones of a form that people fill in.

The one home of both; pages take the bounds of their sliders from here. Knows values only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain import Sampling
from engine.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Range:
    """The values that one field of ``Sampling`` may have."""

    least: float  # included
    most: float  # included
    or_zero: bool = False  # 0 too, which lies below ``least``

    def __contains__(self, value: float) -> bool:
        """Return whether the range holds a value; NaN is in none."""
        return self.least <= value <= self.most or (self.or_zero and value == 0)

    @property
    def lower(self) -> str:
        """The lower bound as a message writes it: "at least 1", "0 or at least 0.001"."""
        return f"{'0 or ' if self.or_zero else ''}at least {self.least}"

    @property
    def span(self) -> str:
        """The whole range as a message writes it: "a value from 1 to 128", "0, or a value from 0.001 to 2"."""
        return f"{'0, or ' if self.or_zero else ''}a value from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingLimits:
    """The limits of a sampling request, and how a value outside of them is refused."""

    ranges: Mapping[str, Range]  # field of Sampling -> its values
    message: str  # for people, with {name}, {value}, {lower} and {most}, or {span} in it
    names: Mapping[str, str] = field(default_factory=dict)  # what messages call a field; missing: its own name
    stop_texts: int | None = None  # the most stop texts; None: any number
    stop_length: int | None = None  # the most characters of one; None: any number

    def check(self, sampling: Sampling) -> None:
        """Raise InvalidRequest for the first value outside of the limits; the message says which values are accepted."""
        for name, held in self.ranges.items():
            value = getattr(sampling, name)
            if value not in held:
                shown = self.names.get(name, name)
                raise InvalidRequest(
                    self.message.format(name=shown, value=value, lower=held.lower, most=held.most, span=held.span)
                )
        stop, most, length = sampling.stop, self.stop_texts, self.stop_length
        if "" in stop:
            raise InvalidRequest(f"A stop string is empty in {stop!r}: every text would end at once. Leave it out.")
        if most is not None and len(stop) > most:
            raise InvalidRequest(f"There are {len(stop)} stop texts; the most is {most}, one a line.")
        longest = max(map(len, stop), default=0)
        if length is not None and longest > length:
            raise InvalidRequest(f"A stop text has {longest:,} characters; the most is {length}. Shorten it.")


MAX_SOLUTIONS = 128
# Below these float32 arithmetic ends: scaled logits overflow, or no token is left. What is nearer to 0 means greedy, which is 0.
LEAST_TEMPERATURE = 0.001
LEAST_TOP_P = 0.0001
ENGINE_LIMITS = SamplingLimits(
    ranges={
        "n": Range(1, MAX_SOLUTIONS),
        "temperature": Range(LEAST_TEMPERATURE, 10, or_zero=True),
        "top_p": Range(LEAST_TOP_P, 1),
        "top_k": Range(0, math.inf),
        "seed": Range(0, 2**63 - 1),
        "max_new_tokens": Range(1, 1 << 20),
        "repetition_penalty": Range(0.01, 10),
    },
    message="{name} must be {lower} and at most {most}, not {value!r}.",
)
FORM_LIMITS = SamplingLimits(
    ranges={
        "n": Range(1, MAX_SOLUTIONS),
        "temperature": Range(LEAST_TEMPERATURE, 2, or_zero=True),
        "seed": Range(
            0, 2**53 - 1
        ),  # the largest integer that a browser represents exactly; it would change a larger one
        "max_new_tokens": Range(1, 32768),  # thinking models write long before their first step
        "top_p": Range(0.01, 1),
        "top_k": Range(0, 1000),
        "repetition_penalty": Range(0.5, 2.0),  # outside this range models write gibberish
    },
    message="{name} is {value}; choose {span}.",
    names={
        "n": "Solutions",
        "temperature": "Temperature",
        "seed": "Seed",
        "max_new_tokens": "Max new tokens",
        "top_p": "Top-p",
        "top_k": "Top-k",
        "repetition_penalty": "Repetition penalty",
        "stop": "Stop texts",
    },
    stop_texts=16,
    stop_length=200,
)
