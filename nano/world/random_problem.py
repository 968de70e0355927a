"""A fresh held-out problem as plain values, and the exact check of any solution of it, for a page to show.

Knows how to explain a mistake in words. Loads no torch.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from nano.world.checker import Mistake, check
from nano.world.drawing import draw
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import SceneSplit

_REASONS = {
    Mistake.PERCEPTION: "The picture does not show this number.",
    Mistake.ARITHMETIC: "This computation is false.",
    Mistake.REASONING: "This does not lead to what is asked, or carries an earlier mistake on.",
}
LIST_SEED = 2026  # of the one list of problems that the examples of the app are taken from
FIRST_LISTED = 2**31  # the seed of the list's first problem; below it every seed has a problem of its own
LISTED = 64
_WRONG_ANSWER = "The final answer is not the reference answer {answer}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomProblem:
    """One problem that no model was trained on."""

    seed: int
    """The same seed gives the same problem."""
    image: bytes
    """Its picture as PNG."""
    question: str
    """What is asked."""
    answer: str
    """The reference answer."""
    source: str
    """The family of pictures it comes from: `nano_bars`, `nano_prices`, `nano_shapes` or `nano_angles`."""
    world: WorldProblem
    """What the picture shows, against which steps are checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStep:
    """One step's exact label, with the reason."""

    label: int
    """1 correct, 0 neutral, -1 wrong, as in VisualProcessBench."""
    mistake: str | None = None
    """`perception`, `arithmetic` or `reasoning` when it is wrong, else None."""
    reason: str | None = None
    """Why it is wrong in one sentence, else None."""


def random_problem(seed: int) -> RandomProblem:
    """The held-out problem number `seed`, with its picture; from `FIRST_LISTED` on, those of the list that has the examples."""
    place = seed - FIRST_LISTED
    if 0 <= place < LISTED:
        world = next(itertools.islice(problems(LIST_SEED, SceneSplit.HELD_OUT), place, None))
    else:
        world = next(problems(seed, SceneSplit.HELD_OUT))
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


def explain_steps(problem: RandomProblem, steps: Sequence[str]) -> tuple[ExplainedStep, ...]:
    """Check every step, in order, by the rule of `nano.world.checker`."""
    checked = check(problem.world, steps)
    return tuple(
        ExplainedStep(
            label=int(one.label),
            mistake=None if one.mistake is None else one.mistake.value,
            reason=None if one.mistake is None else _reason(one.mistake, step, problem.answer),
        )
        for step, one in zip(steps, checked, strict=True)
    )


def _reason(mistake: Mistake, step: str, answer: str) -> str:
    if mistake is Mistake.REASONING and "final answer" in step.lower():
        return _WRONG_ANSWER.format(answer=answer)
    return _REASONS[mistake]
