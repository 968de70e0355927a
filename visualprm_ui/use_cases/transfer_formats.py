"""The formats of imports and exports, and what each has no place for. ``storage/transfer`` reads and writes them."""

from __future__ import annotations

from collections.abc import Mapping

from storage.formats import parquet
from storage.transfer import csv_tables, full_rows
from storage.transfer.exporting import HUB
from storage.transfer.full_export import LEFT_OUT
from storage.transfer.registry import FORMATS


def list_formats() -> list[Mapping[str, object]]:
    """Return the formats, with what each leaves out beside ALWAYS_LEFT_OUT."""
    found: list[Mapping[str, object]] = [
        {
            "name": each.name,
            "title": each.title,
            "imports": True,
            "exports": True,
            "has_neutral": each.has_neutral,
            "has_pictures": each.has_pictures,
            "left_out": [*(() if each.has_pictures else ("pictures",)), *each.left_out],
        }
        for each in FORMATS.values()
    ]
    rows = FORMATS[parquet.NAME]
    for name, title, has_pictures in (
        (csv_tables.NAME, "tables for spreadsheets", False),
        (HUB, "a data set for the model hub", True),
    ):
        left_out = [*(() if has_pictures else ("pictures",)), *rows.left_out]
        both = {"imports": False, "exports": True, "has_neutral": True, "has_pictures": has_pictures}
        found.append({"name": name, "title": title, **both, "left_out": left_out})
    both = {"imports": True, "exports": True, "has_neutral": True, "has_pictures": True}
    return [*found, {"name": full_rows.NAME, "title": "everything", **both, "left_out": list(LEFT_OUT)}]
