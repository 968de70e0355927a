"""A report as one self-contained HTML file: its page, tables and figures as text. Knows no evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from engine.evaluation.intervals import Estimate

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}
td{font-variant-numeric:tabular-nums}
code,pre{font:13px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.note{border-left:3px solid #b26a00;padding:.25rem .75rem}.quiet{color:#666}.step{white-space:pre-wrap;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:currentColor}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}td,th{border-color:#3a3a3a}.quiet{color:#9a9a9a}}
"""


def as_page(title: str, parts: Iterable[str], data: Mapping[str, object]) -> str:
    """Return the file's text. ``parts``: HTML, one after the other; ``data``: goes with it as JSON, for programs."""
    as_json = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")  # no text may end the element
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head><body>\n'
        + "\n".join(parts)
        + f'\n<script type="application/json" id="data">{as_json}</script>\n</body></html>\n'
    )


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def estimate_text(figure: Estimate) -> str:
    """Return a figure in per cent with its interval, or why it is undefined, as HTML."""
    if figure.value is None:
        return f'<span class="quiet">undefined: {escape(figure.reason or "")}</span>'
    if figure.interval is None:
        return per_cent(figure.value)
    return f"{per_cent(figure.value)} ({per_cent(figure.interval.low)} to {per_cent(figure.interval.high)})"


def per_cent(value: float | None) -> str:
    """Return a share in per cent."""
    return "undefined" if value is None else f"{100 * value:.1f}"
