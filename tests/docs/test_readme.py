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


def test_its_front_matter_makes_a_space():
    """What the hub takes: https://huggingface.co/docs/hub/spaces-config-reference. Its versions: tests/test_dependencies.py."""
    lines = README.split("---\n", 2)[1].splitlines()
    given = dict(line.split(": ", 1) for line in lines if ": " in line)
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {given["colorFrom"], given["colorTo"]} <= colours
    assert given["sdk"] == "gradio"
    assert (ROOT / given["app_file"]).is_file()
    assert (ROOT / "requirements.txt").is_file()  # what a Space installs
    assert re.fullmatch(r'"3\.\d+"', given["python_version"])  # quoted, else 3.10 is 3.1
    assert len(given["short_description"]) <= 60
    assert len(given["emoji"]) == 1


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
