"""The project's Markdown pages as tests read them: text, code blocks, commands, headings."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "nano").glob("*.md"), *ROOT.glob(".github/**/*.md")]
)


def read(name: str) -> str:
    """Return the text of a page, named from the root of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of a language, without the indentation of a list they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def commands(text: str) -> list[str]:
    """Return the commands of a page's ``bash`` blocks, continued lines joined and comments removed."""
    joined = "\n".join(blocks(text, "bash")).replace("\\\n", " ")
    return [line.split("  #")[0].strip() for line in joined.splitlines() if line.strip()]


def without_code(text: str) -> str:
    """Return the page without its code blocks."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the fragments that a forge makes of a page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*$", without_code(text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        numbered = (slug, *(f"{slug}-{number}" for number in range(1, 100)))
        found.add(next(name for name in numbered if name not in found))
    return found
