"""What the rows of ``python -m engine evaluate`` hold, read strictly: a bad row becomes a sentence with its line number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from engine.answers import reference_answer, stated_answer
from engine.cli.json_lines import Line, Values, key_of, read_lines
from engine.domain import Label
from engine.outcomes.rollout_labels import StepRollouts
from engine.solution_text.steps import read_json_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A part of the input: every ``of``-th problem, beginning with number ``number``."""

    number: int  # 1-based
    of: int

    @classmethod
    def read(cls, text: str) -> Shard:
        """Read "2/8". Raises ValueError."""
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            raise ValueError(f"{text!r} is no part I/N with I from 1 to N")
        return cls(number=int(number), of=int(of))

    def has(self, index: int) -> bool:
        """Return whether the problem at a 0-based index is in this part."""
        return index % self.of == self.number - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow:
    """A solution with a label for each step."""

    line: int  # 1-based
    id: object  # as the row has it; the line where there is none
    images: tuple[Path, ...]
    question: str
    steps: tuple[str, ...]
    labels: tuple[Label | None, ...]
    source: str | None
    policy: str | None

    @property
    def problem(self) -> tuple[tuple[Path, ...], str]:
        """What solutions of one problem have in common."""
        return self.images, self.question


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow:
    """A solution with what Monte-Carlo completions after each step came to."""

    line: int  # 1-based
    id: object
    images: tuple[Path, ...]
    question: str
    steps: tuple[str, ...]
    counts: tuple[StepRollouts, ...]  # one a step
    has_shares: bool  # whether shares estimate anything: not where completions ended with the first success
    source: str | None
    policy: str | None  # that wrote the solution
    completed_by: str | None  # the policy that wrote the completions

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Of the completions that reached the answer, one a step; None: not measured."""
        return tuple(each.share for each in self.counts)

    def as_unlabelled(self) -> LabelledRow:
        """Return the solution as it is scored: without any label."""
        return LabelledRow(
            line=self.line,
            id=self.id,
            images=self.images,
            question=self.question,
            steps=self.steps,
            labels=(None,) * len(self.steps),
            source=self.source,
            policy=self.policy,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PosedProblem:
    """A problem to be solved."""

    line: int  # 1-based
    id: object
    images: tuple[Path, ...]
    question: str
    answer: str | None  # the reference
    data_source: str | None = None  # where the problem is from, if the file says so


class _Identified(Protocol):
    """A row with an id."""

    @property
    def line(self) -> int: ...

    @property
    def id(self) -> object: ...


Row = TypeVar("Row", bound=_Identified)


def read_rows(path: Path, as_row: Callable[[Line, Path], Row], failures: list[str]) -> list[Row]:
    """Read the rows of a file; bad ones, and those whose id an earlier one has, go to ``failures``.

    Raises InvalidRequest where there is no such file.
    """
    rows: dict[str, Row] = {}
    for line in read_lines(path, failures):
        try:
            row = as_row(line, path.parent)
            earlier = rows.setdefault(key_of(row.id), row)
            if earlier is not row:
                raise ValueError(f"its id {row.id!r} is also that of line {earlier.line}")
        except (ValueError, TypeError) as error:
            failures.append(f"line {line.number}: not a row to evaluate: {error}")
    return list(rows.values())


def as_labelled(line: Line, folder: Path) -> LabelledRow:
    """Return a line of the VisualProcessBench format. Raises ValueError, TypeError."""
    values = line.values
    response = _response(values)
    steps, labels = _steps(response.get("steps")), _labels(response.get("process_correctness"))
    if len(labels) != len(steps):
        raise ValueError(f"it has {len(steps)} steps and {len(labels)} labels")
    return LabelledRow(
        line=line.number,
        id=values.get("id", line.number),
        images=_images(values, folder),
        question=_text(values, "question"),
        steps=steps,
        labels=labels,
        source=_text_or_none(values, "data_source"),
        policy=_text_or_none(values, "policy_model"),
    )


def as_measured(line: Line, folder: Path) -> MeasuredRow:
    """Return a line of VisualPRM400K's raw form. Raises ValueError, TypeError."""
    measured = line.values.get("steps_with_score")
    if not isinstance(measured, list) or not all(isinstance(each, dict) for each in measured):
        raise TypeError("'steps_with_score' is not a list of objects")
    policy = _text_or_none(line.values, "policy_model")
    return MeasuredRow(
        line=line.number,
        id=line.values.get("id", line.number),
        images=_images(line.values, folder),
        question=_text(line.values, "question"),
        steps=_steps([each.get("step") for each in measured]),
        counts=tuple(map(_counts, measured)),
        has_shares="mc_mode" not in line.values,
        source=_text_or_none(line.values, "data_source"),
        policy=policy,
        completed_by=_text_or_none(line.values, "mc_policy_model") or policy,
    )


def as_problem(line: Line, folder: Path) -> PosedProblem:
    """Return a line of a file of problems. Raises ValueError, TypeError."""
    return PosedProblem(
        line=line.number,
        id=line.values.get("id", line.number),
        images=_images(line.values, folder),
        question=_text(line.values, "question"),
        answer=reference_answer(_answer_or_none(line.values)),
        data_source=_text_or_none(line.values, "data_source"),
    )


def chosen_part(rows: Sequence[Row], problem: Callable[[Row], object], shard: Shard | None) -> list[Row]:
    """Return the rows of a part, those of one problem together; all rows without a shard."""
    if shard is None:
        return list(rows)
    numbers = {key: at for at, key in enumerate(dict.fromkeys(map(problem, rows)))}
    return [row for row in rows if shard.has(numbers[problem(row)])]


def as_score(value: object) -> float | None:
    """Return a step score; null is one that could not be read. Raises ValueError unless it is in [0, 1]."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1 or math.isnan(value):
        raise ValueError(f"{value!r} is no number in [0, 1]")
    return float(value)


def _counts(step: Values) -> StepRollouts:
    """Return what a step's completions came to. Raises ValueError, TypeError."""
    reached, drawn = step.get("num_mc_correct"), step.get("num_mc_total")
    if type(reached) is not int or type(drawn) is not int:
        raise TypeError("a step lacks 'num_mc_correct' or 'num_mc_total', or one of them is no whole number")
    if not 0 <= reached <= drawn:
        raise ValueError(f"a step has {reached} correct completions of {drawn}")
    return StepRollouts(reached=reached, drawn=drawn, is_correct=reached > 0 if drawn else None)


def _response(values: Values) -> Values:
    if "response" not in values:
        raise ValueError("it has no 'response'")
    response = values["response"]
    if isinstance(response, str):
        response = read_json_response(response)
    if not isinstance(response, dict):
        raise TypeError("'response' is no object with 'steps' and 'process_correctness', and no JSON text of one")
    return response


def _steps(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(step, str) for step in value):
        raise TypeError("'steps' is not a list of texts with one at least")
    return tuple(value)


def _labels(value: object) -> tuple[Label | None, ...]:
    if not isinstance(value, list):
        raise TypeError("'process_correctness' is not a list of labels")
    for each in value:
        if each is not None and (isinstance(each, bool) or each not in (1, 0, -1)):
            raise ValueError(f"the label {each!r} is none of 1, 0, -1 and null")
    return tuple(None if each is None else Label(each) for each in value)


def _images(values: Values, folder: Path) -> tuple[Path, ...]:
    image = values.get("image")
    names: list[object] = [] if image is None else image if isinstance(image, list) else [image]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) < len(names):
        raise TypeError(f"'image' is {image!r}, not a text or a list of texts")
    return tuple(folder / name for name in texts)


def _text(values: Values, name: str) -> str:
    text = _text_or_none(values, name)
    if text is None:
        raise ValueError(f"it has no {name!r}")
    return text


def _answer_or_none(values: Values) -> str | None:
    return _text_or_none({"answer": stated_answer(values.get("answer"))}, "answer")


def _text_or_none(values: Values, name: str) -> str | None:
    text = values.get(name)
    if text is not None and not isinstance(text, str):
        raise TypeError(f"{name!r} is {type(text).__name__}, not a text")
    return text
