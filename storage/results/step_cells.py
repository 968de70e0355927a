"""Labels and scores of a solution's steps as one short text, two characters a step, that a database can search.

The first is the label (``r`` right, ``n`` neutral, ``w`` wrong, ``o`` none), the second the score in twentieths (``A`` for
[0, 0.05) to ``T`` for [0.95, 1], ``_`` without one): "rTwCo_" is right at 0.95 or more, wrong at 0.10 to 0.15, and neither labelled
nor scored.
No character of one kind is of the other, so a pattern of two never matches across steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from engine.domain import Label
from storage.errors import BadSetting

BINS = 20  # of a score
LAST_PLACE = 10  # 0-based index of the step from which on all steps are one place, as in figures of evaluations
NO_LABEL, NO_SCORE = "o", "_"
SIGNS = {Label.CORRECT: "r", Label.NEUTRAL: "n", Label.WRONG: "w", None: NO_LABEL}
_SCORES = "ABCDEFGHIJKLMNOPQRST"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCondition:
    """What one step of a solution has to be. Conditions add up; without any, no step is asked for."""

    label: Label | None = None
    place: int | None = None  # 0-based index; LAST_PLACE: this one or a later one
    min_score: float | None = None  # in [0, 1], a multiple of 0.05; included
    max_score: float | None = None  # in [0, 1], a multiple of 0.05; left out, but for 1

    def __post_init__(self) -> None:
        """Refuse what no bin of scores begins or ends with."""
        for score in (self.min_score, self.max_score):
            if score is not None and (not 0 <= score <= 1 or abs(score * BINS - round(score * BINS)) > 1e-6):
                raise BadSetting(f"A score to filter by is a multiple of 0.05 from 0 to 1, not {score}.")
        if self.min_score is not None and self.max_score is not None and self.min_score >= self.max_score:
            raise BadSetting(f"No score is at least {self.min_score} and below {self.max_score}.")
        if self.place is not None and not 0 <= self.place <= LAST_PLACE:
            raise BadSetting(
                f"The position of a step is 0 to {LAST_PLACE}, which stands for all later ones too, not {self.place}."
            )

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return self == StepCondition()


def write_cells(labels: Sequence[Label | None], scores: Sequence[float | None]) -> str:
    """Write the cells of a solution's steps; both sequences have one entry a step."""
    return "".join(SIGNS[label] + _score_sign(score) for label, score in zip(labels, scores, strict=True))


def has_step(cells: ColumnElement[str], wanted: StepCondition) -> ColumnElement[bool]:
    """Return the condition on a column of cells that one of the steps is as wanted."""
    sign = "[rnwo]" if wanted.label is None else SIGNS[wanted.label]
    score = "[A-T_]"
    if wanted.min_score is not None or wanted.max_score is not None:
        first = round((wanted.min_score or 0) * BINS)
        end = BINS if wanted.max_score is None else round(wanted.max_score * BINS)
        score = f"[{_SCORES[min(first, BINS - 1)]}-{_SCORES[max(first, end - 1)]}]"
    if wanted.place is None:
        return _Holds(cells, sign + score)
    start = 2 * wanted.place + 1
    part = func.substr(cells, start) if wanted.place == LAST_PLACE else func.substr(cells, start, 2)
    return _Holds(part, sign + score)


def _score_sign(score: float | None) -> str:
    return NO_SCORE if score is None else _SCORES[min(BINS - 1, int(score * BINS))]


class _Holds(FunctionElement[bool]):
    """Whether a text holds a pattern of characters and ranges in brackets, anywhere."""

    type = Boolean()
    inherit_cache = False

    def __init__(self, text: ColumnElement[str], pattern: str) -> None:
        super().__init__(text)
        self.pattern = pattern  # made of the letters above: nothing in it needs quoting


@compiles(_Holds, "sqlite")
def _in_sqlite(element: _Holds, compiler: SQLCompiler, **options: object) -> str:
    return f"({compiler.process(element.clauses, **options)} GLOB '*{element.pattern}*')"


@compiles(_Holds, "postgresql")
def _in_postgresql(element: _Holds, compiler: SQLCompiler, **options: object) -> str:
    return f"({compiler.process(element.clauses, **options)} ~ '{element.pattern}')"
