"""VisualPRM400K: a solution as a conversation, in which the model answers "+" or "-" to each step. Knows its rows; knows no store.

The first turn holds question and first step, every later one a step. That pictures stand before the question is written as
``<image>``, which is taken off: the question is then the same as in other files. A question that says further on where pictures go
stays as it is. Marks in other places or numbers than an export writes are kept beside the row.

Source: OpenGVLab/VisualPRM400K, ``annotations/*.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from engine.domain import Label
from storage.formats import fields, rows
from storage.formats.rows import Row

NAME = "visualprm400k"
_FIELDS = ("id", "image", "conversations")
_QUESTION, _SOLUTION, _IMAGE = "### Question:\n", "\n\n### Solution Process:\n", "<image>\n"
_VERDICTS = {"+": Label.CORRECT, "-": Label.WRONG}
_SIGNS = {Label.CORRECT: "+", Label.WRONG: "-"}
_MARKS = (
    "conversations"  # among kept fields, where a row of the format has none of this name: its marks, as _Marks says
)
_OTHERS = ("answer", "policy_model", "data_source")  # not of the format, but ours to know


class _Marks(NamedTuple):
    """The marks of pictures that a first turn has."""

    before_headline: str
    before_question: str


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    turns = [_as_turn(each, at) for at, each in enumerate(fields.get_turns(row, "conversations"))]
    system = turns.pop(0)[1] if turns and turns[0][0] == "system" else None
    pictures = fields.get_pictures(row)
    question, marks, first = _split_first(turns[0][1] if turns else "", len(pictures))
    steps = (first, *(text for _who, text in turns[2::2]))
    labels = tuple(_as_label(text, at) for at, (_who, text) in enumerate(turns[1::2]))
    if [who for who, _text in turns] != ["human", "gpt"] * len(labels):
        raise fields.BadValue("'conversations' must alternate between human and gpt, after at most one system turn.")
    kept = {name: each for name, each in row.items() if name not in (*_FIELDS[1:], *_OTHERS)}
    if system is not None:
        kept["system"] = system
    found = Row(
        image=pictures,
        question=question,
        answer=fields.get_answer(row),
        steps=fields.get_steps({"steps": list(steps)}, "steps"),
        process_correctness=labels,
        policy_model=fields.get_text_if_any(row, "policy_model") or "",
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: kept},
    )
    return _with_marks(found, kept, marks)


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value; its labels hold no neutral, and one a step."""
    kept = row.kept_fields.get(NAME)
    kept = dict(kept) if isinstance(kept, dict) else {}
    system = kept.pop("system", None)
    names = [each for each in row.image if isinstance(each, str)]
    marks = _as_marks(kept.pop(_MARKS, None)) or _usual_marks(row.question, len(names))
    question = row.question.removeprefix(marks.before_headline + marks.before_question)
    first = f"{marks.before_headline}{_QUESTION}{marks.before_question}{question}{_SOLUTION}{row.steps[0]}"
    turns = [] if system is None else [{"from": "system", "value": system}]
    for text, label in zip((first, *row.steps[1:]), row.process_correctness or (), strict=True):
        assert label is not None  # the exporter leaves out what is not labelled
        turns += [{"from": "human", "value": text}, {"from": "gpt", "value": _SIGNS[label]}]
    value: dict[str, object] = {"id": kept.pop("id", -1)}
    if names:
        value["image"] = names[0] if len(names) == 1 else names
    return value | {"conversations": turns} | rows.known(row, _OTHERS) | kept


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return "conversations" in value


def _as_turn(value: object, at: int) -> tuple[str, str]:
    turn = fields.as_object(value, f"Item {at} of 'conversations'")
    return fields.get_text(turn, "from"), fields.get_step(turn, "value")


def _as_label(sign: str, at: int) -> Label:
    if sign not in _VERDICTS:
        raise fields.BadValue(f"The answer to step {at} must be '+' or '-', not {sign[:40]!r}.")
    return _VERDICTS[sign]


def _split_first(text: str, pictures: int) -> tuple[str, _Marks, str]:
    """Return the question, the marks before it, and the first step of the first turn."""
    before_headline, plain = _split_marks(text, pictures)
    if not plain.startswith(_QUESTION) or _SOLUTION not in plain:
        raise fields.BadValue(
            f"The first turn must begin with {_QUESTION!r} and hold {_SOLUTION!r}, not {text[:40]!r}."
        )
    asked, _mark, step = plain.removeprefix(_QUESTION).partition(_SOLUTION)
    before_question, question = _split_marks(asked, pictures)
    if "<image>" in question:  # all marks together say which picture goes where
        before_question, question = "", before_headline + asked
    marks = _Marks(before_headline, before_question)
    return fields.get_text({"question": question}, "question"), marks, step


def _with_marks(row: Row, kept: Mapping[str, object], marks: _Marks) -> Row:
    """Return a row with its marks, and what earlier versions read: none kept, and those that a question begins with taken off."""
    pictures = len(row.image)
    _before, question = _split_marks(row.question.removeprefix(marks.before_headline), pictures)
    is_usual = marks == _usual_marks(row.question, pictures)
    if is_usual and question == row.question:
        return row
    kept = kept if is_usual else {**kept, _MARKS: marks._asdict()}
    return replace(row, kept_fields={NAME: kept}, earlier=replace(row, question=question))


def _split_marks(text: str, pictures: int) -> tuple[str, str]:
    """Return the marks that a text begins with, at most one a picture, and the rest."""
    rest = text
    for _ in range(pictures):  # before the headline or behind it, both are in use
        rest = rest.removeprefix(_IMAGE)
    return text[: len(text) - len(rest)], rest


def _usual_marks(question: str, pictures: int) -> _Marks:
    """Return the marks that are written where nothing else is known."""
    return _Marks("", "" if "<image>" in question else _IMAGE * pictures)


def _as_marks(kept: object) -> _Marks | None:
    """Read kept marks; None where there are none, as in a row that was made by hand."""
    headline, question = (kept.get(name) if isinstance(kept, dict) else None for name in _Marks._fields)
    return _Marks(headline, question) if isinstance(headline, str) and isinstance(question, str) else None
