"""VisualPRM's own dialogue: question and first step in one turn, every later step a turn, "+" or "-" answered to each.

Source: VisualPRM (arXiv 2503.10291) sec. 3.1 and its released ``modeling_internvl_chat.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.prompts.chat import CHATML, ChatTemplate
from engine.prompts.segments import Segment, Text
from engine.prompts.style import PromptStyle, first_turn, with_images

PLUS = "+"  # the answer token of every earlier step, and the one whose probability is the score
MINUS = "-"


class VisualPrm:
    """Implements ``PrmFormat``."""

    name = "visualprm"
    step_tokens: tuple[str, ...] = ()
    notice: str | None = None

    def __init__(self, chat: ChatTemplate = CHATML) -> None:
        self._chat = chat
        self.answers = (chat.answer_gap + PLUS, chat.answer_gap + MINUS)

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return prm_first_turn(style, question, step, tiles)

    def following(self, step: str) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return prm_next_turn(step, self.answers[0], self._chat)

    def closing(self) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return self._chat.answer(self.answers[0])


VISUALPRM = VisualPrm()


def prm_first_turn(style: PromptStyle, question: str, step: str, tiles: Sequence[int] = ()) -> tuple[Segment, ...]:
    """Return the reward model's prompt for the first step; the score is read at its last token."""
    return (
        *first_turn(
            style,
            Text("### Question:\n"),
            *with_images(style, question, tiles),
            Text(f"\n\n### Solution Process:\n{step}"),
        ),
        *style.chat.assistant,
    )


def prm_next_turn(step: str, answer: str = PLUS, chat: ChatTemplate = CHATML) -> tuple[Segment, ...]:
    """Return what follows the previous assistant header for one more step; the score is read at its last token.

    The previous step counts as answered with ``answer``, whatever it scored. An empty step is a header without an end-of-turn
    mark: so does the released code.
    """
    closed = chat.user_end() if step else ()
    return (*chat.answer(answer), *chat.user_turn(Text(step)), *closed, *chat.assistant)
