"""Rows of files that name their fields otherwise, or hold nothing but text: made into those that a format reads."""

from __future__ import annotations

import json
from collections.abc import Mapping

from storage.errors import BadSetting

STEPS, LABELS = "steps", "labels"  # of VisualProcessBench's response, where a file has them as columns of their own
NAMES = (  # of the fields that a column can be
    "image",
    "question",
    "answer",
    "response",
    STEPS,
    LABELS,
    "policy_model",
    "data_source",
    "prompt",
    "completions",
)
_LISTS = ("image", STEPS, LABELS, "completions")


def read_columns(text: str) -> Mapping[str, str]:
    """Read "question=prompt,answer=gt": our name of each field and the file's. Raises BadSetting."""
    columns: dict[str, str] = {}
    for part in text.split(","):
        ours, is_pair, theirs = (each.strip() for each in part.partition("="))
        if ours not in NAMES or not is_pair or not theirs or ours in columns:
            raise BadSetting(
                f"{part!r} does not name a column. Give pairs such as question=prompt; fields are {', '.join(NAMES)}."
            )
        columns[ours] = theirs
    return columns


def check_columns(columns: Mapping[str, str]) -> None:
    """Raise BadSetting where one of our names is none, or the file's is empty."""
    for ours, theirs in columns.items():
        if ours not in NAMES or not theirs:
            raise BadSetting(f"{ours[:100]!r} cannot be read from {theirs[:100]!r}. Fields are {', '.join(NAMES)}.")


def with_our_names(value: object, columns: Mapping[str, str], *, is_text: bool = False) -> object:
    """Return a row with its fields renamed, and steps and labels of their own put into a response.

    Args:
        value: as the file has it; what is no object is returned as it is.
        columns: our name of each field -> the file's.
        is_text: all values are text (CSV), so that those of lists are read as JSON.
    """
    if not isinstance(value, dict) or not (columns or is_text):
        return value
    theirs = set(columns.values())
    row = {name: each for name, each in value.items() if name not in theirs}
    row |= {ours: value[name] for ours, name in columns.items() if name in value}
    if is_text:
        row |= {name: _as_list(row[name]) for name in _LISTS if name in row}
    if STEPS in row and "response" not in row and "problem" not in row:
        response = {"steps": row.pop(STEPS)}
        if LABELS in row:
            response["process_correctness"] = row.pop(LABELS)
        row["response"] = response
    return row


def _as_list(cell: object) -> object:
    """Return the list that a cell of JSON holds; any other cell as it is."""
    if not isinstance(cell, str) or not cell.lstrip().startswith("["):
        return cell
    try:
        value: object = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return value
