"""Figures as pandas frames, and frames as CSV, Markdown and LaTeX. Knows which columns a table has; measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum

import pandas as pd

from engine.evaluation.curve import Curve
from engine.evaluation.intervals import Estimate
from engine.evaluation.search_comparison import SearchComparison
from engine.evaluation.step_report import StepFigures, StepReport
from engine.markdown_cells import markdown_cell, visible_line
from engine.spreadsheets import inert

UNNAMED = "(not named)"  # source or policy of rows that do not name one
_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_TEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


class TableFormat(StrEnum):
    """What a table is written as."""

    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"


def step_frame(report: StepReport, parts: Mapping[str, StepFigures]) -> pd.DataFrame:
    """Return a row for each part, the pooled steps, and both means of sources; undefined cells are missing."""
    rows = [_step_row(name, figures) for name, figures in {**parts, "pooled": report.pooled}.items()]
    rows += [
        {"part": name, **_cells("macro_f1", estimate)}
        for name, estimate in (
            ("step-weighted mean of sources", report.step_weighted),
            ("plain mean of sources", report.mean_of_sources),
        )
    ]
    return pd.DataFrame(rows).astype({"steps": "Int64", "correct": "Int64", "wrong": "Int64", "unread": "Int64"})


def curve_frame(
    curve: Curve,
    searches: Mapping[str, tuple[str, SearchComparison]] | None = None,
    tokens: Mapping[int, float | None] | None = None,
) -> pd.DataFrame:
    """Return a row for each N and way to choose, differences included; undefined cells are missing.

    Args:
        curve: the figures.
        searches: by the key of their figures, what they are compared with, and how. Each adds itself, Best-of-N at its tokens and
            their difference, at the smaller of the two N that Best-of-N chooses from; columns have tokens and the larger's weight.
        tokens: N -> what N solutions take, the mean of problems; shown beside searches only.
    """
    taken = tokens or {}
    rows: list[dict[str, object]] = [
        {
            "n": n,
            "way": way,
            **_cells("value", estimate),
            "sampling_error": curve.sampling_errors[n].get(way),
            "tokens": taken.get(n),
        }
        for n in curve.figures
        for way, estimate in {**curve.figures[n], **curve.differences[n]}.items()
    ]
    columns = ["n", "way", "value", "value_low", "value_high", "sampling_error"]
    if not searches:
        return pd.DataFrame(rows, columns=columns)
    for name, (against, found) in searches.items():
        at: dict[str, object] = {"n": found.n, "next_weight": None if found.n is None else found.next_weight}
        rows.append({**at, "way": name, **_cells("value", found.accuracy), "tokens": found.tokens})
        if found.n is not None:
            best = f"{against} at the tokens of {name}"  # the curve has a row of its own for N and this way
            rows += [
                {**at, "way": best, **_cells("value", found.best_of_n), "tokens": found.mixed_tokens},
                {
                    **at,
                    "way": f"{name} - {against}",
                    **_cells("value", found.difference),
                    "tokens": None if found.ends_early else found.tokens,  # what both took
                },
            ]
    frame = pd.DataFrame(rows, columns=[*columns, "tokens", "next_weight"])
    return frame.astype({"n": "Int64", "tokens": "float64", "next_weight": "float64"})


def write_table(frame: pd.DataFrame, form: TableFormat) -> str:
    """Return a frame as text. CSV and JSON have full precision, Markdown and LaTeX four places."""
    match form:
        case TableFormat.CSV:
            return str(_inert(frame).to_csv(index=False)).rstrip("\n")
        case TableFormat.JSON:
            return json.dumps(json.loads(frame.to_json(orient="records", double_precision=15)), ensure_ascii=False)
        case TableFormat.MARKDOWN:
            frame = _condensed(frame)
            lines = [_texts(frame.columns), ["---"] * len(frame.columns), *map(_texts, frame.itertuples(index=False))]
            return "\n".join(f"| {' | '.join(markdown_cell(cell) for cell in line)} |" for line in lines)
        case TableFormat.LATEX:
            return _latex(_condensed(frame))


def _inert(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose cells of text no spreadsheet takes for formulas: names of sources and models are anybody's."""
    texts = frame.select_dtypes(exclude="number")
    return frame.assign(
        **{name: [inert(each) if isinstance(each, str) else each for each in texts[name]] for name in texts}
    )


def _step_row(name: str, figures: StepFigures) -> dict[str, object]:
    count = figures.confusion
    return {
        "part": name,
        "steps": count.steps,
        "correct": count.correct,
        "wrong": count.wrong,
        "unread": count.unread,
        **_cells("macro_f1", figures.macro_f1),
        **_cells("f1_correct", figures.f1_correct),
        **_cells("f1_incorrect", figures.f1_wrong),
        **_cells("accuracy", figures.accuracy),
        **_cells("auc", figures.auc),
        **_cells("average_precision", figures.average_precision),
        **_cells("first_error_f1", figures.first_error_f1),
        "calibration_error": figures.calibration_error,
        "labelled_correct": count.labelled_correct,
        "called_correct": count.called_correct,
    }


def _cells(name: str, estimate: Estimate) -> dict[str, float | None]:
    interval = estimate.interval
    return {
        name: estimate.value,
        f"{name}_low": None if interval is None else interval.low,
        f"{name}_high": None if interval is None else interval.high,
    }


def _condensed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame for people: a figure and its interval in one cell."""
    names = [name for name in frame.columns if not name.endswith(("_low", "_high"))]
    return pd.DataFrame({name: _with_interval(frame, name) for name in names})


def _with_interval(frame: pd.DataFrame, name: str) -> pd.Series:
    if f"{name}_low" not in frame:
        return frame[name]
    rows = zip(*(_texts(frame[f"{name}{end}"]) for end in ("", "_low", "_high")), strict=True)
    return pd.Series([f"{value} ({low}, {high})" if low else value for value, low, high in rows], index=frame.index)


def _texts(cells: Iterable[object]) -> list[str]:
    return [
        "" if pd.isna(cell) else f"{cell:.4f}" if isinstance(cell, float) else visible_line(str(cell)) for cell in cells
    ]


def _latex(frame: pd.DataFrame) -> str:
    columns = "".join("r" if pd.api.types.is_numeric_dtype(kind) else "l" for kind in frame.dtypes)
    head, *rows = [
        " & ".join(map(_escape, _texts(line))) + r" \\" for line in (frame.columns, *frame.itertuples(index=False))
    ]
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\hline", head, r"\hline", *rows, r"\hline", r"\end{tabular}"]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in text)
