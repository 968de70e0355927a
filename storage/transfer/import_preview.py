"""What a file is, before anything of it is stored: its format, its fields, and its first rows as they would look here.

Reads the first rows only. What all rows come to is a dry run's to say (``storage/transfer/importing.py``).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain import Label
from storage.database.migrations import VERSION
from storage.errors import BadFile, BadImage, BadSetting
from storage.files.image_upload import open_small, read_upload
from storage.formats import fields, problems, solutions, visualprocessbench
from storage.formats.files import RowFile, list_rows
from storage.formats.lines import BadLine
from storage.formats.rows import AnyRow, EmbeddedImage, Picture, Row
from storage.transfer import full_rows
from storage.transfer.columns import with_our_names
from storage.transfer.import_pictures import read_picture
from storage.transfer.registry import FORMATS, LOOKED_AT, MIXED, recognise

SHOWN = 3  # rows
THUMBNAIL = 96  # pixels of its longer side: twice what it is shown in
_MOST_COLUMNS = 200
_LONGEST_NAME = 200  # characters of a field's name that are shown
_OUR_FIELDS = (
    visualprocessbench.NAME,
    solutions.NAME,
    problems.NAME,
    MIXED.name,
)  # formats of the fields that columns name
Value = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedRow:
    """One row as it would look here."""

    line: int
    reason: str | None  # why it would be refused; all that follows is then empty
    question: str = ""
    answer: str | None = None
    pictures: tuple[str, ...] = ()  # names; "" for one that lies in the row without a name
    missing: tuple[str, ...] = ()  # of them, those that are not there
    thumbnail: str | None = (
        None  # the first of them, small, as the address of its data; None: none, or none that can be used
    )
    steps: int | None = None  # None: a problem alone
    labels: tuple[Label | None, ...] | None = None
    policy_model: str = ""
    data_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What the first rows of a file say."""

    format: str | None  # what it would be read as; None: of no known format
    title: str  # for people; of no known format: why
    fitting: int  # of the first rows, those that have the format's fields
    rows: int  # that were looked at
    columns: tuple[str, ...] = ()  # names of the first rows' fields
    missing: tuple[str, ...] = ()  # fields that no first row has and the format could hold
    first: tuple[PreviewedRow, ...] = ()


def list_imports(folder: Path) -> tuple[Path, ...]:
    """Return what an import can read in a folder and those below it, the likeliest first; raises BadFile where there is nothing."""
    full = sorted(each.parent for each in folder.rglob(full_rows.MANIFEST))
    if full:
        return tuple(full)
    if found := list_rows(folder):
        return found
    raise BadFile(
        "There are no rows in it: no test.jsonl, and no other file that ends in .jsonl, .json, .csv or .parquet. "
        "Put one beside the folder of its pictures, and zip both."
    )


def preview_import(path: Path, name: str | None = None, columns: Mapping[str, str] | None = None) -> ImportPreview:
    """Return what a file's first rows say.

    Args:
        path: one of :func:`list_imports`.
        name: the format to read it as; None: the one that the first rows are of.
        columns: our name of each field -> the file's.

    Raises:
        BadFile: it cannot be read.
        BadSetting: there is no such format, or it is not the file's kind.
    """
    if full_rows.is_full(path) or name == full_rows.NAME:
        return _preview_full(path, name)
    if name is not None and name not in FORMATS:
        raise BadSetting(f"{name[:200]!r} is not a known format. Choose one of {', '.join(sorted(FORMATS))}.")
    numbered, is_text = _first_values(path)
    adapted = [(line, with_our_names(value, columns or {}, is_text=is_text)) for line, value in numbered]
    objects = [value for _line, value in adapted if isinstance(value, dict)]
    raw = [value for _line, value in numbered if isinstance(value, dict)]
    seen = ImportPreview(format=None, title="", fitting=0, rows=len(adapted), columns=_names_of(raw))
    if name is None:
        try:
            found = recognise(path, columns)
        except BadFile as error:
            return replace(seen, title=str(error))
        format_, fitting = found.format, found.fitting
    else:
        format_ = FORMATS[name]
        fitting = sum(format_.fits(each) for each in objects)
    first = tuple(_preview_row(line, value, path, format_.as_row) for line, value in adapted[:SHOWN])
    expected = ("image", "answer", *(() if format_.name == problems.NAME else ("policy_model",)), "data_source")
    missing = tuple(each for each in expected if format_.name in _OUR_FIELDS and _lack(objects, each))
    return replace(seen, format=format_.name, title=format_.title, fitting=fitting, first=first, missing=missing)


def _preview_full(path: Path, name: str | None) -> ImportPreview:
    if not full_rows.is_full(path) or name not in (None, full_rows.NAME):
        raise BadSetting("An export of everything is read as that, and nothing else is. Choose another format.")
    counts = full_rows.read_manifest(path, VERSION)
    total = sum(counts.values())
    return ImportPreview(format=full_rows.NAME, title="everything of another store", fitting=total, rows=total)


def _first_values(path: Path) -> tuple[list[tuple[int, object]], bool]:
    values: list[tuple[int, object]] = []
    with RowFile(path) as file:
        for number, value in file:
            values.append((number, value))
            if len(values) == LOOKED_AT:
                break
        return values, file.is_text


def _names_of(values: Sequence[Value]) -> tuple[str, ...]:
    """Return the names of fields in the order in which they come."""
    names = dict.fromkeys(str(name)[:_LONGEST_NAME] for value in values for name in list(value)[:_MOST_COLUMNS])
    return tuple(names)[:_MOST_COLUMNS]


def _lack(values: Sequence[Value], name: str) -> bool:
    return not any(value.get(name) not in (None, "", []) for value in values)


def _preview_row(line: int, value: object, path: Path, as_row: Callable[[object], AnyRow]) -> PreviewedRow:
    if isinstance(value, BadLine):
        return PreviewedRow(line=line, reason=value.reason)
    try:
        row = as_row(value)
    except fields.BadValue as error:
        return PreviewedRow(line=line, reason=str(error))
    solution = row if isinstance(row, Row) else None
    folder = path if path.is_dir() else path.parent
    return PreviewedRow(
        line=line,
        reason=None,
        question=row.question,
        answer=row.answer,
        pictures=tuple(each.path if isinstance(each, EmbeddedImage) else each for each in row.image),
        missing=_missing_of(row.image, folder),
        thumbnail=_thumbnail_of(row.image[0], folder) if row.image else None,
        steps=None if solution is None else len(solution.steps),
        labels=None if solution is None else solution.process_correctness,
        policy_model="" if solution is None else solution.policy_model,
        data_source=row.data_source,
    )


def _missing_of(pictures: Sequence[Picture], folder: Path) -> tuple[str, ...]:
    return tuple(each for each in pictures if isinstance(each, str) and not _is_there(folder, each))


def _thumbnail_of(picture: Picture, folder: Path) -> str | None:
    try:
        data = picture.data if isinstance(picture, EmbeddedImage) else read_picture(folder.resolve(), picture)
        small = open_small(read_upload(data).data, THUMBNAIL)
    except (BadFile, BadImage):
        return None
    out = io.BytesIO()
    small.save(out, "WEBP", quality=85)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _is_there(folder: Path, name: str) -> bool:
    try:
        path = (folder / name).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError, RuntimeError):
        return False
