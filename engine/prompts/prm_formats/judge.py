"""Any vision-language model as a judge of steps: yes or no after each one, all of them in one dialogue.

For models that were not trained to score steps. As with VisualPRM, earlier steps count as answered with yes, so that the prompt
of one step is the beginning of the next one's and a step costs its own tokens only.

Source: the dialogue is VisualPRM's (arXiv 2503.10291, sec. 3.1); the instruction is this project's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.prompts.chat import CHATML, ChatTemplate
from engine.prompts.segments import Segment, Text
from engine.prompts.style import PromptStyle, first_turn, with_images

YES, NO = "Yes", "No"
SYSTEM = (
    "You check solutions of problems step by step. The first message holds the problem and the first step of a solution, every "
    "later one holds the next step. After each step answer with one word: Yes if the solution is correct up to and including "
    "this step, No if this step or one before it holds a mistake."
)


class Judge:
    """Implements ``PrmFormat``."""

    name = "judge"
    step_tokens: tuple[str, ...] = ()
    notice: str | None = (
        "This reward model was not trained to score steps: it is asked whether each step is right, and the scores are the "
        "probability that it says yes."
    )

    def __init__(self, chat: ChatTemplate = CHATML) -> None:
        self._chat = chat
        self.answers = (chat.answer_gap + YES, chat.answer_gap + NO)

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        problem = with_images(style, f"### Question:\n{question}", tiles)
        return (
            *first_turn(
                replace(style, system=SYSTEM, chat=self._chat), *problem, Text(f"\n\n### Solution Process:\n{step}")
            ),
            *self._chat.assistant,
        )

    def following(self, step: str) -> tuple[Segment, ...]:
        """See ``PrmFormat``. An empty step is an empty turn."""
        return (
            *self.closing(),
            *self._chat.user_turn(Text(step)),
            *self._chat.user_end(),
            *self._chat.assistant,
        )

    def closing(self) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return self._chat.answer(self.answers[0])
