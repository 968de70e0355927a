"""How models with a processor of their own are asked about steps: dialogues, texts with marks, and whole solutions.

The generic counterpart of ``engine.prompts.prm_formats``. Every format writes a prompt that ends where the score of its last step
is read. Knows prompts; which head computes the score is ``heads``'.

Sources: VRPRM: github.com/two-tiger/VRPRM2, benchmarks/visualprocessbench/eval_vpb_no_think.py (stepwise). Qwen2.5-Math-PRM,
Math-Shepherd and RLHFlow: the usage in the model cards of Qwen/Qwen2.5-Math-PRM-7B, peiyi9979/math-shepherd-mistral-7b-prm and
RLHFlow/RLHF-Reward-Modeling (math-rm/prm_evaluate.py). Skywork: github.com/SkyworkAI/skywork-o1-prm-inference, io_utils.py. TRL:
``PRMTrainer.tokenize_row``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.models.generic.chat import Chat, Message
from engine.models.generic.pictures import RequestPictures
from engine.prompts.prm_formats import JUDGE
from engine.prompts.prm_formats.judge import NO, SYSTEM, YES
from engine.prompts.prm_formats.visualprm import MINUS, PLUS, VISUALPRM

HALF = 0.5  # a fed verdict is 1 from here on


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedProblem:
    """What all solutions have in common."""

    question: str
    images: RequestPictures


class StepFormat(ABC):
    """How a model is asked about the steps of a solution."""

    name: str
    answers: tuple[str, str] | None = None  # words: right, wrong; None: a classification head gives the score
    notice: str | None = None  # for people: why the scores are approximate
    needed_token: str | None = None  # that its prompts hold and a vocabulary must have
    needs_template: bool = True
    feeds_verdicts: bool = False  # each step's verdict stands in the prompt of the next
    looks_ahead: bool = False  # the prompt of a step holds those behind it

    @abstractmethod
    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """Return what ``forward`` takes for the score of ``steps[place]``; ``verdicts`` of those before it, if they are fed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue(StepFormat):
    """One step a turn, each answered by the word for right."""

    name: str
    answers: tuple[str, str]
    system: str | None = None  # what is said first
    first: str = "### Question:\n{question}\n\n### Solution Process:\n{step}"
    notice: str | None = None

    def messages(self, question: str, steps: Sequence[str]) -> tuple[Message, ...]:
        """Return the dialogue that the last of ``steps`` (at least one) is to be answered in."""
        first, *others = steps
        before, _, behind = self.first.partition("{question}")
        text = before + question + behind.replace("{step}", first)
        turns = [] if self.system is None else [Message(role="system", text=self.system)]
        turns.append(Message(role="user", text=text, has_pictures=True))
        for step in others:
            turns += [Message(role="assistant", text=self.answers[0]), Message(role="user", text=step)]
        return tuple(turns)

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``."""
        return chat.prompt(self.messages(problem.question, steps[: place + 1]), problem.images)


VRPRM_SYSTEM = """\
You are a visual process reward model. Judge whether the current candidate solution step is correct in context.

Do not reason out loud. Do not explain.
Output only one token: 1 or 0.

Scoring policy:
- Output 1 only if the current step is fully supported by the image/problem context and remains logically and mathematically \
correct.
- Output 0 if the step is unsupported, visually mistaken, logically invalid, computationally wrong, contradicts earlier valid \
reasoning, or relies on a previous incorrect step without recovery."""


class Vrprm(StepFormat):
    """VRPRM without thinking: the whole solution, the verdicts on earlier steps, and the step that 1 or 0 is said of."""

    name = "vrprm"
    answers = ("1", "0")
    feeds_verdicts = True
    looks_ahead = True

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``. Pictures stand behind the words, as in the released code."""
        numbered = [
            step if step.strip().lower().startswith(f"step {index}:") else f"Step {index}: {step}"
            for index, step in enumerate(steps)
        ]
        judged = "\n".join(f"Step {index}: \\boxed{{{verdict}}}" for index, verdict in enumerate(verdicts)) or "None"
        text = (
            f"[Question]\n{problem.question}\n[Candidate Solution]\n" + "\n".join(numbered) + "\n"
            f"[Previous Step Judgments]\n{judged}\n[Current Step]\n{numbered[place]}\n"
            "Is the current step correct in context? Output only one token: 1 or 0."
        )
        asked = Message(role="user", text=text, has_pictures=True, pictures_last=True)
        return chat.prompt((Message(role="system", text=VRPRM_SYSTEM), asked), problem.images)


class QwenMathPrm(StepFormat):
    """Qwen2.5-Math-PRM: every step of the model's turn ends in a mark, whose class is the score."""

    name = "qwen-math-prm"
    mark = needed_token = "<extra_0>"
    system = "Please reason step by step, and put your final answer within \\boxed{}."

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``."""
        asked = (Message(role="system", text=self.system), Message(role="user", text=problem.question))
        behind = "".join(chat.harmless(step) + self.mark for step in steps[: place + 1])
        return chat.prompt(asked, problem.images, behind=behind, is_harmless=True)


class MathShepherd(StepFormat):
    """Math-Shepherd: numbered steps behind the question, each ending in a mark, behind which + stands against -."""

    name = "math-shepherd"
    answers = (PLUS, MINUS)
    needs_template = False
    mark = "ки"

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``."""
        numbered = (f"Step {index}: {step} {self.mark}" for index, step in enumerate(steps[: place + 1], start=1))
        return chat.plain(problem.question + " " + "\n".join(numbered), problem.images)


class SeparatedSteps(StepFormat):
    """Question and steps one after the other, each tokenised by itself and ended by a new line, whose class is the score."""

    needs_template = False

    def __init__(self, name: str, behind_question: str = "") -> None:
        self.name = name
        self._behind_question = behind_question

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``."""
        pieces = [problem.question + self._behind_question]
        for step in steps[: place + 1]:
            pieces += [step, "\n"]
        return chat.pieces(pieces, problem.images)


class OutcomeReward(StepFormat):
    """An outcome reward model: question and solution as a dialogue, scored as a whole by a head over its last token."""

    name = "orm"
    notice: str | None = (
        "This reward model scores whole solutions: the score of a step is that of the solution up to and including it."
    )

    def prompt(
        self, chat: Chat, problem: AskedProblem, steps: Sequence[str], place: int, verdicts: Sequence[int]
    ) -> dict[str, Any]:
        """See ``StepFormat``."""
        solution = "\n\n".join(steps[: place + 1])
        said = (
            Message(role="user", text=problem.question, has_pictures=True),
            Message(role="assistant", text=solution),
        )
        return chat.prompt(said, problem.images, opens=False)


FORMATS: dict[str, StepFormat] = {
    each.name: each
    for each in (
        Dialogue(name=JUDGE.name, answers=(YES, NO), system=SYSTEM, notice=JUDGE.notice),
        Dialogue(name=VISUALPRM.name, answers=(PLUS, MINUS)),
        Dialogue(name="rlhflow", answers=(PLUS, MINUS), first="{question} {step}"),
        Vrprm(),
        MathShepherd(),
        QwenMathPrm(),
        SeparatedSteps("skywork-prm", "\n"),
        SeparatedSteps("trl-prm"),
        OutcomeReward(),
    )
}
