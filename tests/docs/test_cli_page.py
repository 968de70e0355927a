"""docs/cli.md names every command and option there is and no other, and what it shows can be typed as it stands."""

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
from importlib import import_module

import pytest

from tests.support.pages import PAGES, ROOT, commands, read
from visualprm_ui.job_command import read_options

PAGE = read("docs/cli.md")
PARTS = {
    name.removeprefix("python -m ").strip(): text
    for name, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
PACKAGES = ("engine", "storage")
# in commands that need a model or a server which a test does not have
ELSEWHERE = ("path/to/", "http://", "postgresql://")


def help_text(package: str, *words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        import_module(f"{package}.__main__").main([*words, "--help"])
    assert end.value.code == 0
    return out.getvalue()


def leaves(package: str, *words: str) -> dict[tuple[str, ...], set[str]]:
    """Return the options of every command below these words that has no further commands."""
    text = help_text(package, *words)
    below = text.partition("positional arguments:\n")[2].partition("\n\n")[0]
    if not re.search(r"^  (\{|COMMAND)", below):
        return {words: set(re.findall(r"--[a-z][a-z-]*", text)) - {"--help"}}
    names = re.findall(r"^    ([a-z][\w-]*)", below, re.MULTILINE)
    return {path: options for name in names for path, options in leaves(package, *words, name).items()}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_command_and_option_is_described(package):
    page = PARTS[package]
    found = leaves(package)
    assert len(found) >= 9
    silent = [
        " ".join(path) for path in found if not re.search(rf"(^### .*\b|`){' '.join(path)}\b", page, re.MULTILINE)
    ]
    assert silent == []
    assert set().union(*found.values()) - set(re.findall(r"--[a-z][a-z-]*", page)) == set()


@pytest.mark.parametrize("package", [*PACKAGES, "nano.world", "nano.bench"])  # nano.train has no result but its files
def test_every_command_prints_json_where_asked_to(package):
    assert [" ".join(path) for path, options in leaves(package).items() if "--json" not in options] == []


@pytest.mark.parametrize("kind", ["score", "sample", "label", "sample-and-label"])
def test_every_job_of_the_app_is_described_and_prints_json(kind):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        read_options([kind, "--help"])
    assert end.value.code == 0
    options = set(re.findall(r"--[a-z][a-z-]*", out.getvalue())) - {"--help"}
    page = PARTS["python app.py job"]
    assert f"`{kind}`" in page
    assert options - set(re.findall(r"--[a-z][a-z-]*", page)) == set()
    assert "--json" in options


@pytest.mark.parametrize("package", PACKAGES)
def test_every_option_that_is_described_exists(package):
    exist = set().union(*leaves(package).values())
    assert set(re.findall(r"`(--[a-z][a-z-]*)", PARTS[package])) <= exist


@pytest.mark.parametrize("package", PACKAGES)
def test_every_command_that_any_page_shows_takes_its_options(package):
    found, shown, wrong = leaves(package), 0, []
    for page in PAGES:
        for line in commands(page.read_text(encoding="utf-8")):
            words = shlex.split(line)
            if words[:3] != ["python", "-m", package]:
                continue
            shown += 1
            path = max((path for path in found if tuple(words[3 : 3 + len(path)]) == path), key=len, default=None)
            options = {word for word in words if word.startswith("--")}
            if path is None or not options <= found[path]:
                wrong.append(f"{page.relative_to(ROOT)}: {line}")
    assert shown >= 5
    assert wrong == []


def run_as_written(part: str, capsys) -> str:
    """Run a part's commands in the working folder, one after the other; return what they print."""
    for line in commands(PARTS[part]):
        words = shlex.split(line)
        if any(mark in line for mark in ELSEWHERE):
            continue
        if words[:2] == ["python", "-m"]:
            assert import_module(f"{words[2]}.__main__").main(words[3:]) == 0, f"{line}\n{capsys.readouterr().err}"
        else:
            subprocess.run(["bash", "-c", line], check=True)
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder, beside which only the shipped models are."""
    (tmp_path / "nano").symlink_to(ROOT / "nano")
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VISUALPRM_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_the_commands_of_the_store_run_as_written(folder, capsys):
    printed = run_as_written("storage", capsys)
    rows = (folder / "OUT" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4
    assert "faults: 0" in printed
    assert "/account/join#" in printed
    (project,) = json.loads(printed.splitlines()[-1])["projects"]
    assert (project["title"], project["queues"][-3:]) == ("First batch", "(4)")


@pytest.mark.slow
def test_the_commands_of_the_engine_run_as_written(folder, capsys):
    printed = run_as_written("engine", capsys).splitlines()
    solved = json.loads(printed[0])
    (best,) = (solution for solution in solved["solutions"] if solution["id"] == solved["best"])
    assert (len(solved["solutions"]), best["answer"]) == (4, "23")
    (scored,) = (json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines())
    assert (scored["id"], len(scored["step_scores"])) == (1, 2)
    assert "FAIL" not in "".join(printed)
