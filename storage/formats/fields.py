"""Typed values out of parsed JSON, with errors that name the field. Knows JSON's types and how much one may hold, no format.

Whatever is read from a file goes through here, so this is the one place of these limits; that of a whole line is in
``storage/formats/lines.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.answers import stated_answer
from engine.domain import Label
from storage.formats.rows import EmbeddedImage, Picture

MAX_TEXT = 20_000  # characters of a question, answer or name: lists show many of them at once
MAX_IMAGES = 500  # pictures of a problem
# A run writes at most 4,096 tokens, no token has more than some 128 characters, and none begins more than one step: whatever a run
# stores, and an export writes, can be read again.
MAX_STEP = 600_000  # characters of a step
MAX_STORED_STEPS = 5_000  # steps of a solution, and their labels


class BadValue(ValueError):
    """A field is missing, too large, or has another type than the format says; the message names it."""


class CannotHold(ValueError):
    """A format has no place for a row; the message names what it cannot hold, as reports list it."""


def as_object(value: object, name: str) -> Mapping[str, object]:
    """Return the value as an object; raises BadValue."""
    if not isinstance(value, dict):
        raise BadValue(f"{name} must be an object, not {_name(value)}.")
    return value


def get(fields: Mapping[str, object], name: str) -> object:
    """Return a field that must be there (null counts); raises BadValue."""
    if name not in fields:
        raise BadValue(f"The field {name!r} is missing.")
    return fields[name]


def get_text(fields: Mapping[str, object], name: str) -> str:
    """Return a field of text; raises BadValue."""
    return _as_text(get(fields, name), repr(name))


def get_text_or_none(fields: Mapping[str, object], name: str) -> str | None:
    """Return a field of text or null; raises BadValue."""
    value = get(fields, name)
    return None if value is None else _as_text(value, repr(name))


def get_text_if_any(fields: Mapping[str, object], name: str) -> str | None:
    """Return a field of text or null that may be missing; raises BadValue."""
    return get_text_or_none(fields, name) if name in fields else None


def get_answer(fields: Mapping[str, object]) -> str | None:
    """Return the reference answer of a row, which may state none, or a number; raises BadValue."""
    value = stated_answer(fields.get("answer"))
    return None if value is None else _as_text(value, "'answer'")


def get_step(fields: Mapping[str, object], name: str) -> str:
    """Return a field that is the text of a step; raises BadValue."""
    return _as_text(get(fields, name), repr(name), MAX_STEP)


def get_turns(fields: Mapping[str, object], name: str) -> list[object]:
    """Return a field that is a list of turns, two for each step and one before them; raises BadValue."""
    return _as_list(get(fields, name), name, 2 * MAX_STORED_STEPS + 1)


def get_list(fields: Mapping[str, object], name: str) -> list[object]:
    """Return a field that is a list with an item for each step; raises BadValue."""
    return _as_list(get(fields, name), name, MAX_STORED_STEPS)


def get_count(fields: Mapping[str, object], name: str) -> int:
    """Return a field that is a whole number from 0 on; raises BadValue."""
    value = get(fields, name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadValue(f"{name!r} must be a whole number of at least 0, not {_name(value)}.")
    return value


def get_pictures(fields: Mapping[str, object], name: str = "image", *, listed: bool = False) -> tuple[Picture, ...]:
    """Return a field of pictures: null or missing, a path, a picture in the row ({"bytes", "path"}), or a list of these.

    ``listed``: it must be there and be a list. Raises BadValue.
    """
    value = get(fields, name) if listed else fields.get(name)
    if value is None and not listed:
        return ()
    if not listed and not isinstance(value, list):
        return (_as_picture(value, repr(name)),)
    return tuple(
        _as_picture(each, f"Item {at} of {name!r}") for at, each in enumerate(_as_list(value, name, MAX_IMAGES))
    )


def get_steps(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return a field that is a list of a solution's steps; raises BadValue."""
    return _as_texts(get(fields, name), name, MAX_STORED_STEPS, MAX_STEP)


def get_labels(fields: Mapping[str, object], name: str, *, partial: bool = False) -> tuple[Label | None, ...]:
    """Return a field that is a list of 1, 0 and -1, and of null where it may be ``partial``; raises BadValue."""
    labels: list[Label | None] = []
    for at, each in enumerate(_as_list(get(fields, name), name, MAX_STORED_STEPS)):
        if partial and each is None:
            labels.append(None)
            continue
        if isinstance(each, bool) or not isinstance(each, int) or each not in (1, 0, -1):
            raise BadValue(
                f"Item {at} of {name!r} must be 1, 0{', -1 or null' if partial else ' or -1'}, not {_name(each)}."
            )
        labels.append(Label(each))
    return tuple(labels)


def require_labels_of(
    steps: tuple[str, ...], labels: tuple[Label | None, ...] | None, name: str = "process_correctness"
) -> None:
    """Raise BadValue where there is no step, or another number of labels than of steps; ``name``: the labels' field."""
    if not steps:
        raise BadValue("The solution has no steps.")
    if labels is not None and len(labels) != len(steps):
        raise BadValue(f"There are {len(steps)} steps but {len(labels)} labels in {name!r}.")


def as_json_object(value: object, name: str) -> Mapping[str, object]:
    """Return an object, or the object that a text of JSON holds; raises BadValue."""
    if not isinstance(value, str):
        return as_object(value, name)
    try:
        found: object = json.loads(value)
    except (ValueError, RecursionError):
        raise BadValue(f"{name} must be an object, or JSON text that holds one, not {_name(value)}.") from None
    return as_object(found, f"The JSON text of {name}")


def _as_picture(value: object, name: str) -> Picture:
    if not isinstance(value, dict):
        return _as_text(value, name)
    data, path = value.get("bytes"), value.get("path")
    if not isinstance(data, bytes):  # a path alone, as Parquet files with pictures beside them have it
        return _as_text(path, f"'path' of {name}")
    return EmbeddedImage(data=data, path=path if isinstance(path, str) else "")


def _as_texts(value: object, name: str, items: int, characters: int) -> tuple[str, ...]:
    return tuple(
        _as_text(each, f"Item {at} of {name!r}", characters) for at, each in enumerate(_as_list(value, name, items))
    )


def _as_text(value: object, name: str, most: int = MAX_TEXT) -> str:
    if not isinstance(value, str):
        raise BadValue(f"{name} must be text, not {_name(value)}.")
    if len(value) > most:
        raise BadValue(f"{name} has {len(value):,} characters; the most is {most:,}.")
    return value


def _as_list(value: object, name: str, most: int) -> list[object]:
    if not isinstance(value, list):
        raise BadValue(f"{name!r} must be a list, not {_name(value)}.")
    if len(value) > most:
        raise BadValue(f"{name!r} has {len(value):,} items; the most is {most:,}.")
    return value


def _name(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:40] + "..."
