"""A pool of solutions with verdicts and scores, as a file of JSON lines that grows: a later line adds to the solution it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.cli.evaluate_rows import as_score
from engine.cli.json_lines import Journal, Line, Values, key_of
from engine.cli.search_rows import PoolSearch, as_search_row
from engine.domain import FinishReason
from engine.errors import InvalidRequest
from engine.outcomes.guided_search import BeamPlan

StepScores = tuple[float | None, ...]
_FIELDS = frozenset(
    (
        *("problem", "draw", "answer", "correct", "finish", "scores"),
        *("unscored", "steps", "tokens", "reward_models", "policy", "sampling"),
    )
)


@dataclass(slots=True, kw_only=True)
class PoolRow:
    """One solution of a pool."""

    problem: object  # the id of its problem
    draw: int
    answer: str | None
    correct: bool | None  # None: no verdict is kept, and the answer is graded anew
    finish: FinishReason
    steps: tuple[str, ...] | None = None  # None: the file does not have them, so no model can score them
    tokens: int | None = None  # None: the file does not say
    scores: dict[str, StepScores] = field(default_factory=dict)  # by the name of the model
    unscored: dict[str, str] = field(default_factory=dict)  # name of a model that was asked and gave none -> why
    reward_models: dict[str, str] = field(default_factory=dict)  # name of a model -> which one it is
    policy: str | None = None  # who wrote it; None: the file does not say
    sampling: Mapping[str, object] | None = None  # how it was sampled; None: the file does not say
    others: dict[str, object] = field(default_factory=dict)  # fields that are not a pool's, as they were

    def lacks_scores_of(self, model: str) -> bool:
        """Return whether a model, by name, never picks it for lack of scores. One that was cut off needs none."""
        return self.finish.is_complete and self.steps != () and not self.scores.get(model)

    def was_not_shown_to(self, model: str) -> bool:
        """Return whether it lacks scores of a model because that was never asked, as far as the file says."""
        return self.lacks_scores_of(model) and model not in self.unscored

    def as_values(self) -> Values:
        """Return the row as it is written."""
        values: dict[str, object] = {
            "problem": self.problem,
            "draw": self.draw,
            "answer": self.answer,
            "correct": self.correct,
            "finish": self.finish.value,
            "scores": {name: list(scores) for name, scores in self.scores.items()},
        }
        known = {
            "unscored": self.unscored or None,
            "steps": None if self.steps is None else list(self.steps),
            "tokens": self.tokens,
            "reward_models": self.reward_models or None,
            "policy": self.policy,
            "sampling": self.sampling,
        }
        return {**self.others, **values, **{name: value for name, value in known.items() if value is not None}}


class PoolFile:
    """The solutions of a pool, by problem and draw, and the searches of its problems."""

    def __init__(self, path: Path | None, *, writes: bool) -> None:
        """Read what there is. Raises InvalidRequest, naming the line, for one that is no solution."""
        self._journal = Journal(path, writes=writes)
        self._rows: dict[str, dict[int, PoolRow]] = {}
        self._searches: dict[tuple[str, str], PoolSearch] = {}  # by problem and title of the plan
        self._is_scattered = False  # scores stand in lines of their own
        for line in self._journal.lines():
            try:
                self._take(line)
            except (ValueError, TypeError) as error:
                raise InvalidRequest(f"{str(path)!r}, line {line.number}: not a solution of a pool: {error}") from error

    def of(self, problem: object) -> list[PoolRow]:
        """Return the solutions of a problem in the order of sampling."""
        found = self._rows.get(key_of(problem), {})
        return [found[draw] for draw in sorted(found)]

    def all(self) -> Iterable[PoolRow]:
        """Return all solutions."""
        return (row for rows in self._rows.values() for row in rows.values())

    def search_of(self, problem: object, plan: BeamPlan) -> PoolSearch | None:
        """Return the search of a problem; None where there is none."""
        return self._searches.get((key_of(problem), plan.title))

    def add_search(self, row: PoolSearch) -> None:
        """Add a search, on disk before this returns."""
        self._journal.add([row.as_values()])
        self._searches[key_of(row.problem), row.title] = row

    def add(self, rows: Sequence[PoolRow]) -> None:
        """Add new solutions of one problem, on disk before this returns."""
        self._journal.add([row.as_values() for row in rows])
        for row in rows:
            self._rows.setdefault(key_of(row.problem), {})[row.draw] = row

    def add_scores(self, scores: Sequence[tuple[PoolRow, StepScores]], name: str, model: str) -> None:
        """Add a model's scores of solutions, on disk before this returns."""
        self._journal.add(
            [
                {
                    "problem": row.problem,
                    "draw": row.draw,
                    "scores": {name: list(each)},
                    "reward_models": {name: model},
                }
                for row, each in scores
            ]
        )
        self._is_scattered = self._is_scattered or bool(scores)
        for row, each in scores:
            row.scores[name], row.reward_models[name] = each, model
            row.unscored.pop(name, None)

    def close(self, *, is_finished: bool = False) -> None:
        """Close the file; a finished one is written anew where needed, so that each solution is one line."""
        if is_finished and self._is_scattered:
            searches = [row.as_values() for row in self._searches.values()]
            self._journal.replace([*(row.as_values() for row in self.all()), *searches])
        self._journal.close()

    def _take(self, line: Line) -> None:
        values = line.values
        if "search" in values:
            self._take_search(as_search_row(values))
            return
        draw = values.get("draw")
        if "problem" not in values or isinstance(draw, bool) or not isinstance(draw, int):
            raise ValueError("it has no 'problem' and whole number 'draw'")
        rows = self._rows.setdefault(key_of(values["problem"]), {})
        if draw in rows and "answer" in values:
            raise ValueError(f"draw {draw} of problem {values['problem']!r} is there already")
        if draw in rows:
            self._is_scattered = True
        else:
            rows[draw] = _as_row(values, draw)
        rows[draw].others |= {name: value for name, value in values.items() if name not in _FIELDS}
        rows[draw].scores |= _as_scores(values.get("scores"))
        why = rows[draw].unscored | _as_reasons(values.get("unscored"))
        rows[draw].unscored = {name: reason for name, reason in why.items() if name not in rows[draw].scores}
        models = values.get("reward_models", {})
        if not isinstance(models, dict):
            raise TypeError("'reward_models' is not an object")
        rows[draw].reward_models |= models

    def _take_search(self, row: PoolSearch) -> None:
        if self._searches.setdefault((key_of(row.problem), row.title), row) is not row:
            raise ValueError(f"the search {row.title} of problem {row.problem!r} is there already")


def _as_row(values: Values, draw: int) -> PoolRow:
    if "answer" not in values:
        raise ValueError("it has no 'answer'")
    answer, correct, steps = values["answer"], values.get("correct"), values.get("steps")
    if not isinstance(answer, str | None):
        raise TypeError(f"'answer' is {type(answer).__name__}, not a text or null")
    if not isinstance(correct, bool | None):
        raise TypeError(f"'correct' is {correct!r}, not true, false or null")
    if steps is not None and not (isinstance(steps, list) and all(isinstance(step, str) for step in steps)):
        raise TypeError("'steps' is not a list of texts")
    sampling, policy = values.get("sampling"), values.get("policy")
    if not isinstance(policy, str | None):
        raise TypeError(f"'policy' is {type(policy).__name__}, not a text or null")
    if not isinstance(sampling, dict | None):
        raise TypeError(f"'sampling' is {type(sampling).__name__}, not an object or null")
    tokens = values.get("tokens")
    if tokens is not None and (type(tokens) is not int or tokens < 0):
        raise TypeError(f"'tokens' is {tokens!r}, not a whole number or null")
    return PoolRow(
        problem=values["problem"],
        draw=draw,
        answer=answer,
        correct=correct,
        finish=FinishReason(str(values.get("finish") or FinishReason.STOP)),
        steps=None if steps is None else tuple(steps),
        tokens=tokens,
        policy=policy,
        sampling=sampling,
    )


def _as_reasons(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise TypeError("'unscored' is no object of reasons")
    return value


def _as_scores(value: object) -> dict[str, StepScores]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("'scores' is not an object of lists of step scores")
    found = {}
    for name, scores in value.items():
        if not isinstance(scores, list):
            raise TypeError(f"the scores of {name!r} are not a list")
        try:
            found[name] = tuple(map(as_score, scores))
        except ValueError as error:
            raise ValueError(f"the scores of {name!r}: {error}") from error
    return found
