"""What README tells a newcomer to type works, and the row it shows is one that the code reads."""

import json
import re
import subprocess
import sys
from pathlib import Path

from storage import open_store
from storage.formats import visualprocessbench

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", README, re.MULTILINE))
    assert {one or other for one, other in named} <= targets
    assert "make run" in commands()
    assert "make test" in commands()


def test_the_export_command_runs_as_written(tmp_path):
    open_store(tmp_path / "data").close()
    (command,) = [line for line in commands() if line.startswith("python -m storage export")]
    arguments = [sys.executable, *command.split()[1:-1], str(tmp_path / "OUT"), "--data-dir", str(tmp_path / "data")]
    result = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "OUT" / "test.jsonl").exists()


def test_every_flag_of_the_app_it_shows_is_a_setting():
    shown = {flag for line in commands() if line.startswith("python app.py") for flag in re.findall(r"--[a-z-]+", line)}
    help_text = subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, text=True).stdout
    assert shown
    assert [flag for flag in shown if flag not in help_text] == []


def test_the_commands_in_its_table_exist():
    for package in ("engine", "storage"):
        help_text = subprocess.run(
            [sys.executable, "-m", package, "--help"], cwd=ROOT, capture_output=True, text=True
        ).stdout
        named = re.findall(rf"`python -m {package} ([a-z|\\]+)`", README)
        names = {name for each in named for name in each.split("\\|")}
        assert len(names) >= 2
        assert [name for name in names if name not in help_text] == []


def test_the_row_it_shows_is_read_as_it_stands(tmp_path):
    (line,) = re.findall(r"```json\n(.*?)\n```", README, re.DOTALL)
    (tmp_path / "test.jsonl").write_text(line + "\n", encoding="utf-8")
    (row,) = visualprocessbench.read(tmp_path)
    assert json.loads(visualprocessbench.as_line(row)) == json.loads(line)
