"""Text of anybody in a cell of a Markdown table: shown as it is stored. Knows GitHub's Markdown; knows no table.

``markdown_cell.js`` of the pages has the same rule; ``tests/cases/markdown_cells.json`` holds both to it.
"""

from __future__ import annotations

import re

_BREAKS = re.compile("[\t-\r \x85\u2028\u2029]+")
# Invisible characters, which may reverse the text after them. U+200C, U+200D and U+FE0F are none: words and emoji have them.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# What makes a link of an address, or else a sign of Markdown; "_" within a word is none.
_SIGNS = re.compile(
    r"(?P<address>(?:://|(?<=www)\.|@(?=[a-z0-9_-]+\.))+)|[\\|<\[\]`*~&]|(?<![a-z0-9])_|_(?![a-z0-9])",
    re.IGNORECASE | re.ASCII,
)


def visible_line(text: str) -> str:
    """Return text on one line, with U+FFFD for each invisible character."""
    return _INVISIBLE.sub("\ufffd", _BREAKS.sub(" ", text).strip(" "))


def markdown_cell(text: str) -> str:
    """Return text for a cell of a Markdown table: it makes no other cell or row, no element, link or picture."""
    # An escape or an entity is not enough for an address: GitHub looks for those with "@" after it has read both. Code parts it.
    return _SIGNS.sub(lambda sign: f"`{sign[0]}`" if sign["address"] else f"\\{sign[0]}", visible_line(text))
