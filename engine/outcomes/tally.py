"""What the completions of one beginning came to: how many reach the reference answer, and which answers they state.

Knows solutions and answers; no model and no store. How sure a share is: ``engine/evaluation/intervals.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers import answers_equal, group_answers
from engine.domain import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCount:
    """An answer that completions state, and how many do."""

    text: str
    count: int
    matches: bool | None  # whether it is the reference answer; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionTally:
    """What completions came to. Those that were cut off or state no answer count among those drawn, and reach nothing."""

    drawn: int
    reached: int | None  # None: there is no reference answer
    cut_off: int  # did not end by themselves
    unread: int  # ended, and no answer can be read out of them
    answers: tuple[AnswerCount, ...]  # of the others, the most frequent first


def tally(solutions: Sequence[Solution], question: str, reference: str | None) -> CompletionTally:
    """Count what whole solutions, the beginning included, came to. A blank reference answer is none."""
    reference = reference if reference is not None and reference.strip() else None
    complete = [each.answer for each in solutions if each.finish.is_complete]
    answers = tuple(
        AnswerCount(
            text=group.text,
            count=len(group.members),
            matches=None if reference is None else answers_equal(group.text, reference, question=question),
        )
        for group in group_answers(complete, question=question)
    )
    # an answer is judged by itself: a group may join "5" with "5 cm", of which the reference may be one alone
    return CompletionTally(
        drawn=len(solutions),
        reached=None
        if reference is None
        else sum(each is not None and answers_equal(each, reference, question=question) for each in complete),
        cut_off=len(solutions) - len(complete),
        unread=complete.count(None),
        answers=answers,
    )
