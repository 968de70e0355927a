"""Thoughts: what a thinking model writes for itself before its solution, told apart from it while the text comes in.

A thought stands in front of the solution, between two marks; where the prompt ends with the first of them, the text begins inside
it. It is no part of the solution: never split into steps, never scored, never read for an answer. Pure; knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThoughtMarks:
    """How a model writes where its thought begins and ends."""

    begin: str
    end: str


THINK = ThoughtMarks("<think>", "</think>")  # DeepSeek-R1, Qwen3 and Qwen3-VL, GLM-4.1V to 4.6V, InternVL3.5, MiMo-VL
MARKS = (
    THINK,
    ThoughtMarks("◁think▷", "◁/think▷"),  # Kimi-VL
    ThoughtMarks("[THINK]", "[/THINK]"),  # Magistral
    ThoughtMarks("<seed:think>", "</seed:think>"),  # Seed-OSS
    ThoughtMarks("<thinking>", "</thinking>"),  # LLaVA-like models that were tuned on traces
    ThoughtMarks("<thought>", "</thought>"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    """New text of a row, told apart."""

    text: str = ""  # of the solution
    thought: str = ""
    restarts: bool = False  # what was given as text of the solution so far was thought: the prompt had begun it


def marks_begun(prompt: str) -> ThoughtMarks | None:
    """Return the marks of the thought that a prompt ends in; None where it ends in none."""
    end = prompt.rstrip()
    return next((marks for marks in MARKS if end.endswith(marks.begin)), None)


class ThoughtSplitter:
    """Tells the thought of one row from its solution, wherever the text is cut.

    Text that may turn out to be the beginning of a mark is held back. A mark that begins a thought counts in front of the solution
    only; one that ends a thought which nobody has seen begin makes all text before it one, once.
    """

    def __init__(self, begun: ThoughtMarks | None = None, *, is_behind_steps: bool = False) -> None:
        """``begun``: of the thought that the prompt ends in; ``is_behind_steps``: the text goes on from steps of a solution."""
        self._within = begun
        self._held = ""
        self._is_front = True  # nothing of the solution has come yet
        self._may_restart = begun is None and not is_behind_steps
        self._has_thought = False

    @property
    def is_within(self) -> bool:
        """Whether the text is inside a thought now."""
        return self._within is not None

    def add(self, text: str) -> TextPiece:
        """Take new text and return what became certain of it."""
        self._held += text
        thought, given, restarts = "", "", False
        while True:
            if self._within is not None:
                within = self._within
                before, mark = self._until((within.end,) if self._has_thought else (within.end, within.begin))
                thought += self._of_thought(before)
                if mark is None:
                    break
                if mark == within.end:
                    self._within, self._may_restart = None, False
                elif self._has_thought:
                    thought += mark
                continue
            before, mark = self._until(self._looked_for())
            given += before
            self._is_front = self._is_front and not before.strip()
            if mark is None:
                break
            begun = next((marks for marks in MARKS if marks.begin == mark), None)
            if begun is None:
                thought, given, restarts = thought + given, "", True
                self._may_restart, self._is_front = False, True
            elif self._is_front:
                self._within = begun
            else:
                given += mark
        return TextPiece(text=given, thought=thought, restarts=restarts)

    def finish(self) -> TextPiece:
        """Return what was held back: no mark will come."""
        rest, self._held = self._held, ""
        return TextPiece(text=rest) if self._within is None else TextPiece(thought=self._of_thought(rest))

    def _looked_for(self) -> tuple[str, ...]:
        begins = tuple(marks.begin for marks in MARKS) if self._is_front else ()
        return begins + (tuple(marks.end for marks in MARKS) if self._may_restart else ())

    def _of_thought(self, text: str) -> str:
        """Return text of a thought without the blank in front of it, behind which a model may write its prompt's mark again."""
        bare = text if self._has_thought else text.lstrip()
        self._has_thought = self._has_thought or bool(bare)
        return bare

    def _until(self, marks: tuple[str, ...]) -> tuple[str, str | None]:
        """Take the text held back up to the first of the marks, or up to what may become one; return both."""
        found = [(at, mark) for mark in marks if (at := self._held.find(mark)) >= 0]
        if found:
            at, mark = min(found)
            before, self._held = self._held[:at], self._held[at + len(mark) :]
            return before, mark
        kept = max((_begun(self._held, mark) for mark in marks), default=0)
        certain = len(self._held) - kept
        before, self._held = self._held[:certain], self._held[certain:]
        return before, None


def split_thought(response: str) -> tuple[str | None, str]:
    """Return the thought of a whole response, None where it has none, and the rest."""
    splitter = ThoughtSplitter()
    piece, rest = splitter.add(response), splitter.finish()
    return (piece.thought + rest.thought).strip() or None, piece.text + rest.text


def _begun(text: str, mark: str) -> int:
    """Return how many characters of ``mark`` stand, unfinished, at the end of ``text``."""
    return next((size for size in range(min(len(text), len(mark) - 1), 0, -1) if text.endswith(mark[:size])), 0)
