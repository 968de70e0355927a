"""A problem's pool of solutions as far as figures look at it: answers, their grades, tokens, the models' scores.

It is a line of the evaluation's own file, written when all of a problem is there: what happens to the store afterwards changes no
figure. Texts of steps stay in the store. Knows no store and no engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import engine.answers
from engine.domain import FinishReason
from engine.evaluation.curve import solution_scores
from engine.evaluation.grading import StatedAnswer, grade
from engine.evaluation.solution_pool import PooledSolution, Protocol
from engine.metering.usage import ServerUsage, read_usage

Scores = tuple[float | None, ...]  # one a step as the model saw them; None: could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDraw:
    """One solution of a pool."""

    id: str  # of the solution in the store
    is_greedy: bool
    finish: FinishReason
    answer: str | None
    tokens: int | None
    has_steps: bool = True  # without one there is nothing to score
    is_correct: bool = False
    group: int | None = None  # which of the problem's different answers; None: no vote
    scores: Mapping[str, Scores | None] = field(
        default_factory=dict
    )  # key of a model -> its scores; None: it gave none

    def read_scores(self, key: str) -> list[float]:
        """Return the scores of a model that could be read; empty where it gave none."""
        return [each for each in self.scores.get(key) or () if each is not None]

    @property
    def may_be_picked(self) -> bool:
        """Whether a model has to score it: one that was cut off is never picked."""
        return self.has_steps and self.finish.is_complete


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedPick:
    """What a guided search of a problem came to."""

    title: str  # of its plan: width and expansions
    run: str  # in the store
    solution: str | None  # that it picked; None: it picked none
    finish: FinishReason | None  # of that one
    answer: str | None
    tokens: int  # written in all its tries
    is_correct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPool:
    """The pool of one problem."""

    problem: str
    checker: str  # by which it was graded
    batches: int  # of the plan, that it has
    seconds: float  # that sampling its solutions, and scoring them meanwhile, took
    draws: tuple[PoolDraw, ...]  # batch by batch
    searches: tuple[SearchedPick, ...] = ()
    usage: tuple[ServerUsage, ...] = ()  # what model servers were asked meanwhile; none: none was, or it was not kept
    later_usage: tuple[ServerUsage, ...] = ()  # likewise, for scores of further models and for searches

    def of(self, protocol: Protocol) -> tuple[PoolDraw, ...]:
        """Return the solutions that a protocol chooses among, in its order: with the greedy one first, or without it."""
        sampled = tuple(each for each in self.draws if not each.is_greedy)
        if protocol is Protocol.IID:
            return sampled
        return (*(each for each in self.draws if each.is_greedy), *sampled)

    def search_of(self, title: str) -> SearchedPick | None:
        """Return what a search came to; None where it was not done."""
        return next((each for each in self.searches if each.title == title), None)

    def lacking(self, key: str) -> tuple[PoolDraw, ...]:
        """Return the solutions that a model has not been asked about yet."""
        return tuple(each for each in self.draws if each.may_be_picked and key not in each.scores)


def graded(pool: ProblemPool, reference: str | None, question: str) -> ProblemPool:
    """Return the pool graded anew by the checker of this program."""
    stated = [StatedAnswer(answer=each.answer, finish=each.finish) for each in pool.draws]
    draws = (
        replace(each, is_correct=bool(mine.is_correct), group=mine.group)
        for each, mine in zip(pool.draws, grade(stated, reference, question), strict=True)
    )
    searches = (replace(each, is_correct=_is_right(each, reference, question)) for each in pool.searches)
    return replace(pool, checker=checker_revision(), draws=tuple(draws), searches=tuple(searches))


def _is_right(search: SearchedPick, reference: str | None, question: str) -> bool:
    if search.finish is None:
        return False
    stated = StatedAnswer(answer=search.answer, finish=search.finish)
    return bool(grade([stated], reference, question)[0].is_correct)


def as_pooled(draws: Iterable[PoolDraw], keys: Sequence[str]) -> list[PooledSolution]:
    """Return solutions as a choice looks at them. One that was cut off is never picked, whatever its scores."""
    return [
        PooledSolution(
            is_correct=each.is_correct,
            answer_group=each.group,
            scores={
                way: score
                for key in (keys if each.finish.is_complete else ())
                for way, score in solution_scores(key, each.read_scores(key)).items()
            },
        )
        for each in draws
    ]


@cache
def checker_revision() -> str:
    """Return what tells this program's rules for answers from another version's: a digest of their source."""
    digest = sha256()
    for path in sorted(Path(engine.answers.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def as_values(pool: ProblemPool) -> dict[str, object]:
    """Return a pool as JSON values."""
    return asdict(pool)


def read_pool(values: Mapping[str, Any]) -> ProblemPool:
    """Read a pool out of the JSON values of :func:`as_values`."""
    return ProblemPool(
        problem=values["problem"],
        checker=values["checker"],
        batches=values["batches"],
        seconds=values["seconds"],
        usage=read_usage(values.get("usage", ())),
        later_usage=read_usage(values.get("later_usage", ())),
        draws=tuple(
            PoolDraw(
                **{
                    **each,
                    "finish": FinishReason(each["finish"]),
                    "scores": {
                        key: None if scores is None else tuple(scores) for key, scores in each["scores"].items()
                    },
                }
            )
            for each in values["draws"]
        ),
        searches=tuple(_read_search(each) for each in values.get("searches", ())),  # not known to the first pools
    )


def _read_search(values: Mapping[str, Any]) -> SearchedPick:
    finish = values["finish"]
    return SearchedPick(**{**values, "finish": None if finish is None else FinishReason(finish)})
