"""Files and functions that the pages name are there: a walk through the code that no longer exists misleads a newcomer."""

import ast
import re

from tests.support.pages import PAGES, ROOT, read

PACKAGES = ("engine", "storage", "visualprm_ui", "nano", "benchmarks", "tests", "docs")
NAMED = re.compile(r"`((?:" + "|".join(PACKAGES) + r")/[\w./-]*|app\.py|settings\.py)(?:::([#\w]+))?`")


def names_in(path) -> set[str]:
    """Return what a Python or JavaScript file defines: functions, classes, methods, constants."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        found = re.findall(r"\b(?:function|class|const|let) (\w+)", text)
        return {*found, *re.findall(r"^ +(?:static |async |get )*(#?\w+)\(.*\{$", text, re.MULTILINE)}
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_every_file_and_function_that_a_page_names_is_there():
    lost = []
    for page in PAGES:
        for path, name in NAMED.findall(page.read_text(encoding="utf-8")):
            file = ROOT / path
            if not file.exists():
                lost.append(f"{page.relative_to(ROOT)}: {path}")
            elif name and name not in names_in(file):
                lost.append(f"{page.relative_to(ROOT)}: {path}::{name}")
    assert lost == []


def test_the_walks_name_a_file_at_every_stop():
    walks = re.findall(r"^## Walk \d: .+?\n(.*?)(?=^## )", read("docs/architecture.md"), re.MULTILINE | re.DOTALL)
    assert len(walks) == 4
    for walk in walks:
        stops = re.split(r"^\d+\. ", walk, flags=re.MULTILINE)[1:]
        assert len(stops) >= 5
        assert [stop for stop in stops if not NAMED.search(stop) and "walk 2" not in stop] == []


def test_a_newcomer_reads_less_than_600_lines():
    pages = ("app.py", "engine/domain.py", "docs/architecture.md")
    assert sum(len(read(page).splitlines()) for page in pages) < 600
