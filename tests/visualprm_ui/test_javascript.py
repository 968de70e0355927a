"""The JavaScript of the pages: its unit tests, and the rules for it that no linter knows."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.prediction import THRESHOLD
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS
from visualprm_ui.components.evaluate_board import EVALUATE_STYLE_SHEETS
from visualprm_ui.pages.gradio_theme import STYLE_SHEETS

ROOT = Path(__file__).parents[2]
UI = ROOT / "visualprm_ui"
MAX_LINE = 120
MAX_CODE_LINES = 250  # of a module, without comments and blank lines
ELSEWHERE = (
    "components/account/style.css",
    "components/deletion/style.css",
    "components/evaluate_board/new_dialog.css",
    "components/evaluate_board/pools.css",
    "components/solution_board/branches.css",
    "components/solution_board/search.css",
    "components/solution_board/second_model.css",
    "components/solution_board/tree.css",
    "components/transfer_panel/style.css",
)  # linked by a page of its own, by its module
VENDORED = {"katex", "markdown-it"}  # folders of what came from packages
COMMENT = re.compile(r"\s*(//|/?\*)")
SILENCED = re.compile(r"@ts-(nocheck|ignore|expect-error)|biome-ignore")
DRAWING = re.compile(r'^\s*(\w+: )?"M[\d.,\sA-Za-z-]+",$')  # the path of an icon


def sources(*suffixes: str) -> Iterator[tuple[str, list[str]]]:
    """Our own files with their lines; what came from a package is left out."""
    for top in (UI, ROOT / "tests"):
        for path in sorted(top.rglob("*")):
            if path.suffix in suffixes and not VENDORED.intersection(path.parts):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8").splitlines()


def test_javascript_units() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    files = sorted(str(path) for path in (ROOT / "tests").rglob("*.test.mjs"))
    assert files
    # in one process: `node --test` starts one for each file, which takes longer than the tests
    together = "for (const file of process.argv.slice(1)) await import(file);"
    command = [node, "--input-type=module", "--eval", together, "--", *files]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout


def test_lines_are_short() -> None:
    """The formatter breaks code, but neither comments nor strings."""
    long = [
        f"{name}:{number}"
        for name, lines in sources(".js", ".mjs", ".ts", ".css")
        for number, line in enumerate(lines, 1)
        if len(line) > MAX_LINE and not DRAWING.match(line)
    ]
    assert long == []


def test_modules_are_small() -> None:
    def code(lines: list[str]) -> int:
        return sum(1 for line in lines if line.strip() and not COMMENT.match(line))

    assert [name for name, lines in sources(".js") if code(lines) > MAX_CODE_LINES] == []


def test_no_check_is_silenced() -> None:
    found = [name for name, lines in sources(".js", ".mjs", ".ts") if any(SILENCED.search(line) for line in lines)]
    assert found == []


def test_pages_name_the_threshold_of_the_server() -> None:
    text = (UI / "assets" / "prediction.js").read_text(encoding="utf-8")
    assert re.findall(r"^export const THRESHOLD = (\S+);", text, re.MULTILINE) == [str(THRESHOLD)]
    sources_of_sentences = [name for name, lines in sources(".js") if f"above {THRESHOLD}" in "\n".join(lines)]
    assert sources_of_sentences == [], "write ${THRESHOLD}"


def test_every_style_sheet_is_linked() -> None:
    """A sheet that no page links is a part of the pages without its styles."""
    there = {path.relative_to(UI).as_posix() for path in UI.rglob("*.css") if not VENDORED.intersection(path.parts)}
    assert there == {*STYLE_SHEETS, *BOARD_STYLE_SHEETS, *EVALUATE_STYLE_SHEETS, *ELSEWHERE}


def test_every_unit_test_lies_where_its_module_does() -> None:
    """Tests named after a file of cases, which the server's tests read as well, lie beside those of the module they are about."""
    shared = {path.stem for path in (ROOT / "tests" / "cases").glob("*.json")}
    tests = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("*.test.mjs")]
    modules = {test: ROOT / test.with_name(test.name.replace(".test.mjs", ".js")) for test in tests}
    astray = [str(test) for test, module in modules.items() if not module.exists() and module.stem not in shared]
    assert astray == []
