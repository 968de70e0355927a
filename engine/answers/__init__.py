"""Answers: where a solution states its own, whether two are the same, and groups of equal ones."""

from engine.answers.comparing import AnswerGroup, answers_equal, group_answers, read_answer

__all__ = ["AnswerGroup", "answers_equal", "group_answers", "read_answer"]
