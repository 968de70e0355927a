"""What one row of any format holds: a solution with its problem, or a problem alone. Knows values; knows no file and no store.

Every format reads its rows into these and writes them out of these, so that any format can become any other as far as both hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.domain import Label

RESPONSE = "response"  # among kept fields: what a response held beside steps and labels


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """A picture that lies in the row itself."""

    data: bytes
    path: str  # the name it had; empty: none


Picture = str | EmbeddedImage  # a path relative to the file, or the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """Who gave a row its labels, for formats that say so."""

    labeller: str | None  # None: several people, or a file
    at: datetime | None
    seconds: float | None  # the solution was on screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One solution of a file, with its problem."""

    image: tuple[Picture, ...]
    question: str
    answer: str | None
    steps: tuple[str, ...]
    process_correctness: tuple[Label | None, ...] | None  # one a step; None: the row has no labels
    policy_model: str
    data_source: str | None
    thought: str | None = None  # what a thinking model wrote before its steps
    # What the format does not know, as it was: of VisualProcessBench and its kin flat, of others one object under the format's name
    kept_fields: Mapping[str, object] = field(default_factory=dict)
    labelling: Labelling | None = None  # of exports only: no format's reader keeps a person
    earlier: Row | None = field(
        default=None, compare=False
    )  # what an earlier version read where this is read, if another


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsolvedProblem:
    """One problem of a file, without a solution."""

    image: tuple[Picture, ...]
    question: str
    answer: str | None
    data_source: str | None
    ignored_fields: tuple[str, ...] = ()  # a problem has no place for them


AnyRow = Row | UnsolvedProblem


def known(row: Row, names: Sequence[str]) -> dict[str, object]:
    """Return those of a row's fields that say something, for formats that do not ask for them."""
    return {name: value for name in names if (value := getattr(row, name)) not in (None, "")}
