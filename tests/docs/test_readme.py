"""What README tells a newcomer to type works, and its first screen has what a newcomer looks for."""

import re
import subprocess
import sys

from storage import open_store
from tests.support.pages import ROOT, commands, read

README = read("README.md")
FIRST_SCREEN = 60  # lines behind the front matter


def test_the_first_screen_shows_what_it_is_how_to_start_and_where_to_read_on():
    _, _, text = README.split("---\n", 2)
    screen = "\n".join(text.splitlines()[:FIRST_SCREEN])
    marks = ("# VisualPRM Workbench", "![", "make run", "1. ", "2. ", "3. ", "| I want to | Read |")
    places = [screen.index(mark) for mark in marks]
    assert places == sorted(places)
    assert README.count("![") == 1


def test_it_names_the_two_commands():
    assert {"make run", "make test"} <= set(commands(README))


def test_the_export_command_runs_as_written(tmp_path):
    open_store(tmp_path / "data").close()
    (command,) = [line for line in commands(README) if line.startswith("python -m storage export")]
    arguments = [sys.executable, *command.split()[1:-1], str(tmp_path / "OUT"), "--data-dir", str(tmp_path / "data")]
    result = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "OUT" / "test.jsonl").exists()


def test_every_page_in_docs_is_in_its_table_or_led_to_by_one_that_is():
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", README))
    assert {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").glob("*.md")} - linked == set()
