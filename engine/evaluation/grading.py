"""What the answers of one problem's solutions are worth in a choice: which are right, and which are the same answer.

The one home of this rule for the command line and the app. A solution that did not end by itself states no answer: it is wrong
and has no vote. Knows answers; no models, files or rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers import answers_equal, group_answers
from engine.domain import FinishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAnswer:
    """What a solution states, and what is known of it before it is graded."""

    answer: str | None
    """As read out of its text."""
    finish: FinishReason
    """Why it ended."""
    verdict: bool | None = None
    """A verdict that is kept with it, which counts; None: it is graded by the reference answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a solution's answer is worth."""

    is_correct: bool | None
    """None: it has no verdict, and there is no reference answer to grade it by."""
    group: int | None
    """Which of the problem's different answers it states, from 0, the most frequent first; None: it has no vote."""


def grade(solutions: Sequence[StatedAnswer], reference: str | None, question: str | None) -> tuple[Grade, ...]:
    """Return the grades of one problem's solutions, in their order.

    ``reference``: the right answer; None: only kept verdicts count. ``question``: where it gives options, an option's text is
    its letter.
    """
    stated = [each.answer if each.finish.is_complete else None for each in solutions]
    group_of = {
        member: number
        for number, group in enumerate(group_answers(stated, question=question))
        for member in group.members
    }
    return tuple(
        Grade(is_correct=_is_correct(each, stated[at], reference, question), group=group_of.get(at))
        for at, each in enumerate(solutions)
    )


def _is_correct(each: StatedAnswer, stated: str | None, reference: str | None, question: str | None) -> bool | None:
    if each.verdict is None and reference is None:
        return None
    if not each.finish.is_complete:
        return False
    if each.verdict is not None:
        return each.verdict
    return stated is not None and answers_equal(stated, reference or "", question=question)
