"""MM-PRM: question and steps stand in the model's own turn, and every step is scored at the ``<prm>`` mark behind it.

Source: github.com/theogbrand/MM-PRM (a copy of ModalMinds/MM-PRM): ``InternVLChatModel.prm`` in
internvl/model/internvl_chat/modeling_internvl_chat.py and eval/prm/evaluate_k12_prm.py. The empty user turn is not closed there
(the template writes only the header for an empty message), and the question is stripped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.prompts.chat import CHATML
from engine.prompts.segments import Segment, Special, Text
from engine.prompts.style import INTERNVL25_SYSTEM, PromptStyle, opening, with_images

MARK = "<prm>"


class MmPrm:
    """Implements ``PrmFormat``."""

    name = "mm-prm"
    answers = ("Yes", "No")
    step_tokens: tuple[str, ...] = (MARK,)
    notice: str | None = None

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return (
            *opening(replace(style, system=INTERNVL25_SYSTEM)),  # the template's, whatever the config says
            *CHATML.user,
            *CHATML.assistant,
            *with_images(style, f"Question: {question.strip()}\nProcess: ", tiles),
            *self.following(step),
        )

    def following(self, step: str) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return (Text(step), Special(MARK))

    def closing(self) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return CHATML.turn_end()
