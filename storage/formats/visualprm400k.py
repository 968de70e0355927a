"""VisualPRM400K: a solution as a conversation, in which the model answers "+" or "-" to each step. Knows its rows; knows no store.

The first turn holds question and first step, every later one a step. Where pictures stand is written as ``<image>`` before the
question, which is taken off: the question is then the same as in other files.

Source: OpenGVLab/VisualPRM400K, ``annotations/*.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain import Label
from storage.formats import fields, rows
from storage.formats.rows import Row

NAME = "visualprm400k"
_FIELDS = ("id", "image", "conversations")
_QUESTION, _SOLUTION, _IMAGE = "### Question:\n", "\n\n### Solution Process:\n", "<image>\n"
_VERDICTS = {"+": Label.CORRECT, "-": Label.WRONG}
_SIGNS = {Label.CORRECT: "+", Label.WRONG: "-"}
_OTHERS = ("answer", "policy_model", "data_source")  # not of the format, but ours to know


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    turns = [_as_turn(each, at) for at, each in enumerate(fields.get_turns(row, "conversations"))]
    system = turns.pop(0)[1] if turns and turns[0][0] == "system" else None
    pictures = fields.get_pictures(row)
    question, first = _split_first(turns[0][1] if turns else "", len(pictures))
    steps = (first, *(text for _who, text in turns[2::2]))
    labels = tuple(_as_label(text, at) for at, (_who, text) in enumerate(turns[1::2]))
    if [who for who, _text in turns] != ["human", "gpt"] * len(labels):
        raise fields.BadValue("'conversations' must alternate between human and gpt, after at most one system turn.")
    kept = {name: each for name, each in row.items() if name not in (*_FIELDS[1:], *_OTHERS)}
    return Row(
        image=pictures,
        question=question,
        answer=fields.get_answer(row),
        steps=fields.get_steps({"steps": list(steps)}, "steps"),
        process_correctness=labels,
        policy_model=fields.get_text_if_any(row, "policy_model") or "",
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: kept | ({"system": system} if system is not None else {})},
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value; its labels hold no neutral, and one a step."""
    kept = row.kept_fields.get(NAME)
    kept = dict(kept) if isinstance(kept, dict) else {}
    system = kept.pop("system", None)
    names = [each for each in row.image if isinstance(each, str)]
    marks = _IMAGE * len(names) if "<image>" not in row.question else ""
    first = f"{_QUESTION}{marks}{row.question}{_SOLUTION}{row.steps[0]}"
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


def _split_first(text: str, pictures: int) -> tuple[str, str]:
    """Return the question and the first step of the first turn."""
    plain = text
    for _ in range(pictures):  # before the headline or behind it, both are in use
        plain = plain.removeprefix(_IMAGE)
    if not plain.startswith(_QUESTION) or _SOLUTION not in plain:
        raise fields.BadValue(
            f"The first turn must begin with {_QUESTION!r} and hold {_SOLUTION!r}, not {text[:40]!r}."
        )
    question, _mark, step = plain.removeprefix(_QUESTION).partition(_SOLUTION)
    for _ in range(pictures):
        question = question.removeprefix(_IMAGE)
    return fields.get_text({"question": question}, "question"), step
