"""The formats that the command line offers, by name. A new format is a module in ``storage/formats/`` and one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from storage.errors import BadFile
from storage.formats import (
    fields,
    parquet,
    prm800k,
    problems,
    processbench,
    solutions,
    trl,
    visualprm400k,
    visualprm400k_raw,
    visualprocessbench,
)
from storage.formats.files import RowFile
from storage.formats.rows import AnyRow, Row
from storage.transfer.columns import with_our_names

LOOKED_AT = 20  # rows, to tell what a file is
Value = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How rows of one format are read and written."""

    name: str
    title: str  # for people
    as_row: Callable[[object], AnyRow]  # raises BadValue
    fits: Callable[[Value], bool]  # whether a row's fields are this format's
    as_value: Callable[[Row], Value]  # raises CannotHold
    has_neutral: bool = True
    has_pictures: bool = True
    has_unlabelled: bool = False  # a solution may be written with steps that have no label
    left_out: tuple[str, ...] = ()  # what it never holds, beside pictures and what no format does
    is_benchmark: bool = False  # rows may be VisualProcessBench's own
    source_of: Callable[[AnyRow], str]  # whose labels a row's are where nobody says


def _named(name: str) -> Callable[[AnyRow], str]:
    return lambda _row: name


def _of_kin(row: AnyRow) -> str:
    labels = row.process_correctness if isinstance(row, Row) else None
    return solutions.NAME if labels is None or None in labels else visualprocessbench.NAME


def _as_any_row(value: object) -> AnyRow:
    """Return the solution or, where there is no response, the problem that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    return solutions.as_row(row) if "response" in row or "question" not in row else problems.as_row(row)


# what the first rows look like decides in this order
FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(
            name=visualprm400k.NAME,
            title="VisualPRM400K's conversations",
            as_row=visualprm400k.as_row,
            fits=visualprm400k.fits,
            as_value=visualprm400k.as_value,
            has_neutral=False,
            left_out=("soft labels",),
            source_of=_named(visualprm400k.NAME),
        ),
        Format(
            name=visualprm400k_raw.NAME,
            title="VisualPRM400K-Raw's Monte-Carlo figures",
            as_row=visualprm400k_raw.as_row,
            fits=visualprm400k_raw.fits,
            as_value=visualprm400k_raw.as_value,
            has_neutral=False,
            has_unlabelled=True,
            left_out=("labels that its Monte-Carlo figures do not say",),
            source_of=_named(visualprm400k_raw.NAME),
        ),
        Format(
            name=trl.NAME,
            title="TRL's stepwise supervision",
            as_row=trl.as_row,
            fits=trl.fits,
            as_value=trl.as_value,
            has_neutral=False,
            has_pictures=False,
            left_out=("reference answers", "soft labels"),
            source_of=_named(trl.NAME),
        ),
        Format(
            name=prm800k.NAME,
            title="PRM800K's rows",
            as_row=prm800k.as_row,
            fits=prm800k.fits,
            as_value=prm800k.as_value,
            has_pictures=False,
            has_unlabelled=True,
            left_out=("data sources", "names of policy models", "soft labels"),
            source_of=_named(prm800k.NAME),
        ),
        Format(
            name=processbench.NAME,
            title="ProcessBench's rows",
            as_row=processbench.as_row,
            fits=processbench.fits,
            as_value=processbench.as_value,
            has_neutral=False,
            has_pictures=False,
            has_unlabelled=True,
            left_out=("labels behind the first error", "soft labels"),
            source_of=_named(processbench.NAME),
        ),
        Format(
            name=visualprocessbench.NAME,
            title="VisualProcessBench's rows",
            as_row=visualprocessbench.as_row,
            fits=visualprocessbench.fits,
            as_value=visualprocessbench.as_value,
            is_benchmark=True,
            source_of=_named(visualprocessbench.NAME),
        ),
        Format(
            name=solutions.NAME,
            title="solutions",
            as_row=solutions.as_row,
            fits=visualprocessbench.fits,
            as_value=visualprocessbench.as_value,
            has_unlabelled=True,
            source_of=_named(solutions.NAME),
        ),
        Format(
            name=parquet.NAME,
            title="solutions in Parquet",
            as_row=parquet.as_row,
            fits=parquet.fits,
            as_value=parquet.as_value,
            has_unlabelled=True,
            is_benchmark=True,
            source_of=_named(parquet.NAME),
        ),
        Format(
            name=problems.NAME,
            title="problems",
            as_row=problems.as_row,
            fits=problems.fits,
            as_value=problems.as_value,
            left_out=("solutions", "labels"),
            source_of=_named(problems.NAME),
        ),
    )
}

# VisualProcessBench's rows, those of its kin without labels, and problems, by what each row holds
MIXED = Format(
    name="auto",
    title="solutions and problems",
    as_row=_as_any_row,
    fits=lambda value: "question" in value,
    as_value=visualprocessbench.as_value,
    is_benchmark=True,
    source_of=_of_kin,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a file is, and by how many of its first rows."""

    format: Format
    rows: int
    fitting: int


def recognise(path: Path, columns: Mapping[str, str] | None = None) -> Recognised:
    """Return the format that most of the first rows are of. Raises BadFile where they are of none.

    Rows that hold a question, a response or both are read as what each of them is.
    """
    values: list[Value] = []
    with RowFile(path) as file:
        for _number, value in file:
            adapted = with_our_names(value, columns or {}, is_text=file.is_text)
            if isinstance(adapted, dict):
                values.append(adapted)
            if len(values) == LOOKED_AT:
                break
    fitting = {
        name: sum(of.fits(value) for value in values)
        for name, of in FORMATS.items()
        if name not in (visualprocessbench.NAME, solutions.NAME, parquet.NAME, problems.NAME)
    }
    name = max(fitting, key=lambda each: fitting[each])
    if fitting[name] * 2 > len(values):
        return Recognised(format=FORMATS[name], rows=len(values), fitting=fitting[name])
    kin = FORMATS[parquet.NAME] if file.is_parquet and any("response" in each for each in values) else _as_said(values)
    found = sum(kin.fits(value) for value in values)
    if found == 0 and values:
        known = ", ".join(each.title for each in FORMATS.values())
        shown = ", ".join(sorted(map(str, values[0]))[:12])
        raise BadFile(
            f"{path.name} is in no known format: its first row has the fields {shown}. Known formats: {known}."
        )
    return Recognised(format=kin, rows=len(values), fitting=found)


def _as_said(values: Sequence[Value]) -> Format:
    """Return the reader of mixed rows, under the name of what all of the first rows are."""
    names = set()
    for value in values:
        try:
            row = MIXED.as_row(value)
        except fields.BadValue:
            continue
        names.add(MIXED.source_of(row) if isinstance(row, Row) else problems.NAME)
    if len(names) != 1:
        return MIXED
    (name,) = names
    return replace(MIXED, name=name, title=FORMATS[name].title)
