"""Files to download: tables of figures, and lines of JSON."""

import json
import re
from collections.abc import Iterable, Mapping

from starlette.responses import Response, StreamingResponse

from engine.evaluation.tables import TableFormat

JSON_LINES = "application/x-ndjson"
TABLE_TYPES = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.MARKDOWN: "text/markdown; charset=utf-8",
    TableFormat.LATEX: "application/x-tex; charset=utf-8",
    TableFormat.JSON: "application/json",
}
_UNSAFE_IN_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]")
_ENDINGS = {TableFormat.CSV: "csv", TableFormat.MARKDOWN: "md", TableFormat.LATEX: "tex", TableFormat.JSON: "json"}


def table_file(text: str, form: TableFormat, name: str) -> Response:
    """Return a written table as a file; ``name`` without its ending."""
    return Response(text + "\n", media_type=TABLE_TYPES[form], headers=attached(f"{name}.{_ENDINGS[form]}"))


def html_file(text: str, name: str) -> Response:
    """Return a page to be saved, ``name`` being without its ending."""
    return Response(text, media_type="text/html; charset=utf-8", headers=attached(f"{name}.html"))


def json_lines_file(rows: Iterable[Mapping[str, object]], name: str) -> Response:
    """Return rows as a file, a line each, sent while they are read."""
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rows)
    return StreamingResponse(lines, media_type=JSON_LINES, headers=attached(name))


def attached(name: str) -> dict[str, str]:
    """Return the header of a file to be saved under a name, in which anything but letters, digits and ``._-`` is a ``_``."""
    return {"Content-Disposition": f'attachment; filename="{_UNSAFE_IN_FILE_NAME.sub("_", name)}"'}
