"""A solution while it is being written: text comes in tokens, steps come out as soon as they are complete.

The steps are those of ``engine.solution_text.steps.split_clean_steps``, wherever the text is cut. What a thinking model wrote
before them is kept beside them. Pure; knows no model and no score.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.answers import read_answer
from engine.domain import FinishReason, Solution, new_id
from engine.protocols import Chunk
from engine.solution_text.steps import SEPARATOR, StepGroup, clean_steps, split_steps


class StepSplitter:
    """Splits the text of one solution into steps while it is written."""

    def __init__(self, draw: int, beginning: Sequence[str] = ()) -> None:
        """``beginning``: the steps that are there before any text is added."""
        self.id = new_id()
        self.draw = draw
        self.steps = list(beginning)  # finished ones
        self.finish: FinishReason | None = None  # None while it is being written
        self.thought = ""  # what was written before the solution
        self._beginning = tuple(beginning)
        self._whole = ""  # all text of the solution, as it came
        self._open = ""  # text of the unfinished step
        self._tokens = 0

    def take(self, chunk: Chunk) -> tuple[StepGroup, ...]:
        """Add what a chunk brings and return the steps it completed; its end is :meth:`end`'s."""
        if chunk.restarts:
            self.thought, self._whole, self._open = self._whole, "", ""
            self.steps = list(self._beginning)
        self.thought += chunk.thought
        return self.add(chunk.text, chunk.tokens)

    def add(self, text: str, tokens: int) -> tuple[StepGroup, ...]:
        """Add new text and return the steps it completed. ``tokens``: total so far."""
        self._tokens = tokens
        self._whole += text
        read = len(self._open.rstrip())  # no blank line ends before here: only white space can become part of one
        first, *more = split_steps(self._open[read:] + text)
        *complete, self._open = self._open[:read] + first, *more
        return self._take(complete)

    def end(self, finish: FinishReason) -> tuple[StepGroup, ...]:
        """End the solution. Open text becomes its last step, unless it was cancelled half-way."""
        self.finish = finish
        rest, self._open = self._open, ""
        return () if finish is FinishReason.CANCELLED else self._take([rest])

    def solution(self, *, problem_id: str, policy_model: str, seconds: float) -> Solution:
        """Return the finished solution. ``seconds``: from the run's start until now."""
        return Solution(
            id=self.id,
            problem_id=problem_id,
            draw=self.draw,
            steps=tuple(self.steps),
            answer=read_answer(SEPARATOR.join(self.steps)),
            finish=self.finish or FinishReason.CANCELLED,
            policy_model=policy_model,
            tokens=self._tokens,
            seconds=seconds,
            thought=self.thought.strip() or None,
        )

    def _take(self, parts: list[str]) -> tuple[StepGroup, ...]:
        new = clean_steps(parts)
        first = len(self.steps)
        self.steps += new
        return tuple(StepGroup(first=first + i, last=first + i, text=text) for i, text in enumerate(new))
