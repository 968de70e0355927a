"""The guided search of a problem as a line of a pool: what it picked, whether that is right, and the tokens of all its tries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.cli.evaluate_rows import as_score
from engine.cli.json_lines import Values
from engine.domain import FinishReason
from engine.outcomes.guided_search import BeamPlan

_FIELDS = frozenset(
    (
        *("problem", "search", "answer", "correct", "finish", "tokens", "steps", "scores"),
        *("reward_model", "policy", "sampling"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSearch:
    """One search."""

    problem: object  # the id of its problem
    title: str  # of its plan: width and expansions
    model: str  # the name of the reward model that guided it, in the figures
    answer: str | None  # of what it picked
    correct: bool | None  # None: no verdict is kept, and the answer is graded anew
    finish: FinishReason | None  # None: it picked nothing
    tokens: int | None  # written in all tries; None: the file does not say
    steps: tuple[str, ...] = ()  # of what it picked
    scores: tuple[float | None, ...] = ()  # of these steps
    reward_model: str | None = None  # which one it was; None: the file does not say
    policy: str | None = None
    sampling: Mapping[str, object] | None = None
    others: Values = field(default_factory=dict)  # fields that are not a search's, as they were

    def as_values(self) -> Values:
        """Return the row as it is written."""
        width, _, expansions = self.title.partition("x")
        values: dict[str, object] = {
            "problem": self.problem,
            "search": {"width": int(width), "expansions": int(expansions), "model": self.model},
            "answer": self.answer,
            "correct": self.correct,
            "finish": None if self.finish is None else self.finish.value,
            "tokens": self.tokens,
            "steps": list(self.steps),
            "scores": list(self.scores),
        }
        known = {"reward_model": self.reward_model, "policy": self.policy, "sampling": self.sampling}
        return {**self.others, **values, **{name: value for name, value in known.items() if value is not None}}


def as_search_row(values: Values) -> PoolSearch:
    """Return a line of a pool that has "search". Raises ValueError, TypeError."""
    search, answer, correct = values["search"], values.get("answer"), values.get("correct")
    if not isinstance(search, dict) or "problem" not in values:
        raise TypeError("'search' is not an object, or 'problem' is missing")
    width, expansions, model = (search.get(name) for name in ("width", "expansions", "model"))
    if type(width) is not int or type(expansions) is not int or not isinstance(model, str):
        raise TypeError("'search' lacks whole numbers 'width' and 'expansions', or the name of a 'model'")
    tokens, steps, scores = values.get("tokens"), values.get("steps") or [], values.get("scores") or []
    if not isinstance(answer, str | None) or not isinstance(correct, bool | None):
        raise TypeError(f"'answer' is {answer!r} and 'correct' {correct!r}, not a text and true or false, or null")
    if tokens is not None and (type(tokens) is not int or tokens < 0):
        raise TypeError(f"'tokens' is {tokens!r}, not a whole number or null")
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise TypeError("'steps' is not a list of texts")
    if not isinstance(scores, list):
        raise TypeError("'scores' is not a list of step scores")
    finish, sampling = values.get("finish"), values.get("sampling")
    if not isinstance(sampling, dict | None):
        raise TypeError(f"'sampling' is {type(sampling).__name__}, not an object or null")
    return PoolSearch(
        problem=values["problem"],
        title=BeamPlan(width=width, expansions=expansions).title,
        model=model,
        answer=answer,
        correct=correct,
        finish=None if finish is None else FinishReason(str(finish)),
        tokens=tokens,
        steps=tuple(steps),
        scores=tuple(map(as_score, scores)),
        reward_model=_text_or_none(values, "reward_model"),
        policy=_text_or_none(values, "policy"),
        sampling=sampling,
        others={name: value for name, value in values.items() if name not in _FIELDS},
    )


def _text_or_none(values: Values, name: str) -> str | None:
    text = values.get(name)
    if not isinstance(text, str | None):
        raise TypeError(f"{name!r} is {type(text).__name__}, not a text or null")
    return text
