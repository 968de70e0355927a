"""Qwen-VL-PRM: VisualPRM's dialogue in Qwen2.5-VL's template, behind its own system message, pictures first.

Source: github.com/Tej-Deep/mmr-eval, eval/tts_eval/reward_guided_search (VisualPRMv2.py, and in prompts.py the second, effective
PRM_SYSTEM_PROMPT_NORMAL_TOK_V2): softmax of "+" and "-" at the last position. Its length-normalised search reward is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.prompts.chat import CHATML
from engine.prompts.prm_formats.visualprm import MINUS, PLUS
from engine.prompts.segments import Segment, Text
from engine.prompts.style import PromptStyle, opening, with_images

SYSTEM = """\
**You are a process supervision model for visual reasoning tasks. You will receive an image and an image-based problem \
statement, followed by solution steps to evaluate.**

First round: problem statement and first solution step.  \n\
Subsequent rounds: one new step per round.

Assess the cumulative correctness of the entire solution up to each step.

## Evaluation Criteria:

1. **Visual Accuracy**: Are visual elements from the image correctly identified (shapes, colors, positions, quantities, \
spatial relationships)?

2. **Logical Validity**: Do all inferences and calculations follow correctly from the image and previous steps?

## Response:
- **"+"** if correct up to this step
- **"-"** if any error exists up to this step

Only respond with "+" or "-". No explanations.

An error in any step invalidates all subsequent steps."""


class QwenVlPrm:
    """Implements ``PrmFormat``."""

    name = "qwen-vl-prm"
    answers = (PLUS, MINUS)
    step_tokens: tuple[str, ...] = ()
    notice: str | None = None
    pixels = (256 * 28 * 28, 1280 * 28 * 28)  # least and most of a picture: what the released code gives the processor

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return (
            *opening(replace(style, system=SYSTEM)),
            *CHATML.user_turn(
                *with_images(style, f"### Question:\n{question}", tiles),
                Text(f"\n\n### Solution Process:\n{step}"),
            ),
            *CHATML.turn_end(),
            *CHATML.assistant,
        )

    def following(self, step: str) -> tuple[Segment, ...]:
        """See ``PrmFormat``. Qwen's template closes an empty turn too."""
        return (
            *CHATML.answer(PLUS),
            *CHATML.user_turn(Text(step)),
            *CHATML.turn_end(),
            *CHATML.assistant,
        )

    def closing(self) -> tuple[Segment, ...]:
        """See ``PrmFormat``."""
        return CHATML.answer(PLUS)
