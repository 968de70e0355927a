"""Answers: where a solution states its own, whether two are the same, and groups of equal ones.

Importing it loads no library; algebra runs in a process of its own that starts when it is first asked.
"""

from engine.answers.comparing import answers_equal, bare_answer
from engine.answers.grouping import AnswerGroup, group_answers
from engine.answers.reading import read_answer
from engine.answers.reference import reference_answer, stated_answer

__all__ = [
    "AnswerGroup",
    "answers_equal",
    "bare_answer",
    "group_answers",
    "read_answer",
    "reference_answer",
    "stated_answer",
]
