"""Files of one JSON value a line, read without ever holding a line that is too long. Knows lines and JSON, no format.

The limits on what a value may hold are beside its types, in ``storage/formats/fields.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_LINE = 4 * 2**20  # bytes; as a value it takes some twenty times as much memory
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps makes one for every value
_OTHER_LINE_ENDS = ("\x85", "\u2028", "\u2029")
_HINT = "Send one JSON object a line, in UTF-8, as an export writes them."


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that cannot be read, and why."""

    line: int  # counted from 1
    reason: str


def read_values(file: BinaryIO, most: int = MAX_LINE) -> Iterator[tuple[int, object | BadLine]]:
    """Yield the number (from 1) and the value of each line; a bad line is given as such. Empty lines are passed over.

    Args:
        file: opened for bytes, because only a line feed ends a line.
        most: bytes of a line.
    """
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most and not line.endswith(b"\n"):
            size = len(line) + _skip(file)
            yield number, BadLine(line=number, reason=f"The line has {size:,} bytes; the most is {most:,}.")
        elif line.strip():
            yield number, _as_value(number, line)


def as_json_line(value: object) -> str:
    """Return a value as one line of JSON, its newline included."""
    text = _ENCODER.encode(value)
    for mark in _OTHER_LINE_ENDS:  # some readers take them for the end of a line
        if mark in text:
            text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text + "\n"


def _skip(file: BinaryIO) -> int:
    """Read to the end of the line; return its bytes, the line feed not counted."""
    size = 0
    while piece := file.readline(MAX_LINE):
        if piece.endswith(b"\n"):
            return size + len(piece) - 1
        size += len(piece)
    return size


def _as_value(number: int, line: bytes) -> object | BadLine:
    try:
        value: object = json.loads(line.decode("utf-8-sig"))
        return value
    except UnicodeDecodeError as error:
        what = f"not UTF-8 text at byte {error.start + 1:,}"
    except RecursionError:
        what = "nested too deeply"
    except json.JSONDecodeError as error:
        what = f"not JSON: {error.msg} at character {error.pos + 1:,}"
    except ValueError:  # Python converts no number of more than 4,300 digits
        what = "not usable: a number in it has too many digits"
    return BadLine(line=number, reason=f"The line is {what}. {_HINT}")
