"""The labelling guideline. A team's own ``guideline.md`` in the data folder replaces ours, a project's own that of the folder.

Knows where the text is stored; knows no task and no page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from storage import ProjectGuideline

DOCS = Path(__file__).parents[2] / "docs"
NAME = "guideline.md"
PICTURES = "guideline"  # folder beside the text, under the name that the text uses
_VERSION = re.compile(r"^Version (?P<version>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """A guideline, in Markdown."""

    version: str
    """From its line ``Version N``; "1" where there is none. Stored with every annotation."""
    text: str
    """Markdown, without its title and version line."""


def read_guideline(data_dir: Path) -> Guideline:
    """Return the guideline of a data folder: its own ``guideline.md``, else the one shipped with the program."""
    own = data_dir / NAME
    text = (own if own.is_file() else DOCS / NAME).read_text(encoding="utf-8")
    found = _VERSION.search(text)
    body = _VERSION.sub("", re.sub(r"^# .*$", "", text, count=1, flags=re.MULTILINE), count=1)
    return Guideline(version=found["version"] if found else "1", text=body.strip())


def resolve_guideline(data_dir: Path, found: ProjectGuideline) -> Guideline:
    """Return the guideline that a project is labelled by: its own, else that of the data folder."""
    if found.text is None:
        return read_guideline(data_dir)
    return Guideline(version=found.version, text=found.text)
