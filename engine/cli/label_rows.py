"""VisualPRM400K's two forms of a rolled-out solution: figures of its steps, and a conversation with a verdict on each. Pure.

They are what ``python -m storage import`` reads. Neither holds what became of completions that did not reach the answer.

Source: OpenGVLab/VisualPRM400K-v1.1-Raw and OpenGVLab/VisualPRM400K; VisualPRM (arXiv 2503.10291), sec. 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.outcomes.rollout_labels import RolloutMode
from engine.rollouts import RolledStep
from engine.solution_text.steps import SEPARATOR

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledProblem:
    """What the rows of one problem have in common."""

    images: tuple[str, ...]  # paths, relative to the rows' file
    question: str
    answer: str
    data_source: str | None
    policy_model: str
    mode: RolloutMode
    completions: int  # asked for behind each step


def raw_row(problem: RolledProblem, steps: Sequence[RolledStep]) -> Values:
    """Return a solution with the figures of its steps; a total of 0 means that a step was not measured.

    ``mc_mode`` is there where completions were stopped early: shares of such figures are no estimates of an expected accuracy.
    """
    row: dict[str, object] = {
        "image": _image(problem),
        "question": problem.question,
        "answer": problem.answer,
        "question_orig": problem.question,
        "response": SEPARATOR.join(each.step.text for each in steps),
        "steps_with_score": [
            {
                "step": each.step.text,
                "score": each.rollouts.share or 0.0,
                "num_mc_correct": each.rollouts.reached,
                "num_mc_total": each.rollouts.drawn,
            }
            for each in steps
        ],
        "num_mc_sequences": problem.completions,
        "policy_model": problem.policy_model,
    }
    if problem.mode is not RolloutMode.EVERY:
        row["mc_mode"] = problem.mode.value
    return row | _source(problem)


def conversation_row(problem: RolledProblem, steps: Sequence[RolledStep]) -> Values | None:
    """Return a solution as turns, "+" or "-" behind each step up to the first without a label; None where that is the first."""
    turns: list[Values] = []
    marks = "<image>\n" * len(problem.images) if "<image>" not in problem.question else ""
    for each in steps:
        if each.rollouts.is_correct is None:
            break
        text = each.step.text
        if not turns:
            text = f"### Question:\n{marks}{problem.question}\n\n### Solution Process:\n{text}"
        turns += [{"from": "human", "value": text}, {"from": "gpt", "value": "+" if each.rollouts.is_correct else "-"}]
    if not turns:
        return None
    row: dict[str, object] = {"id": -1}
    if problem.images:
        row["image"] = _image(problem)
    row |= {"conversations": turns, "answer": problem.answer, "policy_model": problem.policy_model}
    return row | _source(problem)


def _image(problem: RolledProblem) -> object:
    images = list(problem.images)
    return images[0] if len(images) == 1 else images or None


def _source(problem: RolledProblem) -> dict[str, object]:
    return {} if problem.data_source is None else {"data_source": problem.data_source}
