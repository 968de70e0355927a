"""A fresh held-out problem as plain values, and the exact verdicts on any solution of it, for a page to show side by side.

Knows how to say a mistake in words. Loads no torch.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from nano.world.checker import Mistake, check
from nano.world.drawing import draw
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import Split

_REASONS = {
    Mistake.PERCEPTION: "The picture does not show this number.",
    Mistake.ARITHMETIC: "This computation is false.",
    Mistake.REASONING: "This does not lead to what is asked, or carries an earlier mistake on.",
}
_WRONG_ANSWER = "The final answer is not the reference answer {answer}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomProblem:
    """One problem that no model was trained on."""

    seed: int
    """What it was made from; the same seed gives the same problem."""
    image: bytes
    """Its picture as PNG."""
    question: str
    """What is asked."""
    answer: str
    """The reference answer."""
    source: str
    """The family of pictures it comes from: `nano_bars`, `nano_prices`, `nano_shapes` or `nano_angles`."""
    world: WorldProblem
    """What the picture really shows: what `verdicts` checks against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepVerdict:
    """What is true of one step."""

    label: int
    """1 correct, 0 neutral, -1 wrong, as in VisualProcessBench."""
    mistake: str | None = None
    """`perception`, `arithmetic` or `reasoning` when it is wrong, else None."""
    reason: str | None = None
    """Why it is wrong in one sentence, else None."""


def random_problem(seed: int) -> RandomProblem:
    """The held-out problem number `seed`, with its picture."""
    world = next(problems(seed, Split.HELD_OUT))
    buffer = io.BytesIO()
    draw(world.scene).save(buffer, format="PNG")
    return RandomProblem(
        seed=seed,
        image=buffer.getvalue(),
        question=world.question,
        answer=str(world.answer),
        source=world.scene.family.value,
        world=world,
    )


def verdicts(problem: RandomProblem, steps: Sequence[str]) -> tuple[StepVerdict, ...]:
    """One verdict a step, in order, by the exact rule of `nano.world.checker`."""
    found = check(problem.world, steps)
    return tuple(
        StepVerdict(
            label=int(verdict.label),
            mistake=None if verdict.mistake is None else verdict.mistake.value,
            reason=None if verdict.mistake is None else _reason(verdict.mistake, step, problem.answer),
        )
        for step, verdict in zip(steps, found, strict=True)
    )


def _reason(mistake: Mistake, step: str, answer: str) -> str:
    if mistake is Mistake.REASONING and "final answer" in step.lower():
        return _WRONG_ANSWER.format(answer=answer)
    return _REASONS[mistake]
