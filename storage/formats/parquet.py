"""Solutions in Parquet, as the model hub holds them: VisualProcessBench's fields, the pictures in the rows. Knows rows; no store.

Written beside them: whose labels a row has (``labels_by``), its soft labels, and what other files held beside their formats'
fields, as one JSON text (``kept_fields``), so that such a file loses no more than VisualProcessBench's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from storage.formats import fields, solutions
from storage.formats.measured import soft_labels_of
from storage.formats.rows import RESPONSE, EmbeddedImage, Row

NAME = "parquet"
KEPT = "kept_fields"
LABELS_BY = "labels_by"
_ADDED = (KEPT, LABELS_BY, "soft_labels")


def as_row(value: object) -> Row:
    """Return the row that a row of the file is, labelled or not; raises BadValue."""
    row = dict(fields.as_object(value, "The row"))
    kept = row.pop(KEPT, None)
    if kept is not None:
        row |= {name: each for name, each in fields.as_json_object(kept, repr(KEPT)).items() if name not in row}
        of_response = row.get(RESPONSE)
        inner = fields.as_json_object(kept, repr(KEPT)).get(RESPONSE)
        if isinstance(of_response, dict) and isinstance(inner, dict):
            row[RESPONSE] = inner | of_response
    return solutions.as_row({name: each for name, each in row.items() if name not in _ADDED or each is not None})


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a row of the file."""
    kept = dict(row.kept_fields)
    labels_by = kept.pop(LABELS_BY, None)
    soft = soft_labels_of(kept)
    return {
        "image": [
            {"bytes": each.data, "path": each.path} if isinstance(each, EmbeddedImage) else {"path": each}
            for each in row.image
        ],
        "question": row.question,
        "answer": row.answer,
        RESPONSE: {"steps": list(row.steps), "process_correctness": row.process_correctness},
        "policy_model": row.policy_model,
        "data_source": row.data_source,
        LABELS_BY: labels_by if isinstance(labels_by, str) else None,
        "soft_labels": None if soft is None else list(soft),
        KEPT: json.dumps(kept, ensure_ascii=False) if kept else None,
    }


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return "question" in value and RESPONSE in value
