"""Where a store is kept when nobody chose, and who else serves it. Covers storage/runs/process_lock.py."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from storage import open_store
from storage.__main__ import main
from storage.store import DEFAULT_FOLDER, usable_data_dir

ROOT = Path(__file__).parents[2]
UNWRITABLE = "/proc"  # also for root


def test_the_default_folder_is_used_where_it_can_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert usable_data_dir() == DEFAULT_FOLDER
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_a_source_folder_that_cannot_be_written_sends_the_data_home(tmp_path, monkeypatch):
    """The app ended with "Could not write 'workbench.sqlite3'", as on every Space without a data folder."""
    monkeypatch.chdir(UNWRITABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / ".local/share/visualprm-workbench"
    assert usable_data_dir() == home
    with open_store(usable_data_dir()):
        assert (home / "workbench.sqlite3").is_file()
    chosen = Path("elsewhere")
    assert usable_data_dir(chosen) == chosen


@pytest.mark.sqlite
def test_a_command_where_there_is_no_store_leaves_no_folder_behind(tmp_path, monkeypatch, capsys):
    """``python -m storage check`` said that there is no store, and left an empty folder "data"."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISUALPRM_DATA_DIR", raising=False)
    for command in (["check"], ["export", "--format", "trl", "OUT"], ["projects", "list"], ["backup", "B"]):
        assert main(command) == 2
        assert "There is no store in 'data'" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
def test_a_store_says_by_which_options_a_command_opens_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_store(DEFAULT_FOLDER) as store:
        assert store.command_options == ""
    with open_store(tmp_path / "our data") as store:
        assert store.command_options == f"--data-dir '{tmp_path}/our data'"
    with open_store(Path("elsewhere")) as store:
        assert store.command_options == "--data-dir elsewhere"


@pytest.mark.sqlite
def test_the_command_line_finds_the_store_that_the_app_made_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("VISUALPRM_DATA_DIR", raising=False)
    open_store(tmp_path / ".local/share/visualprm-workbench").close()
    command = [sys.executable, "-m", "storage", "check"]
    result = subprocess.run(command, cwd=UNWRITABLE, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_second_process_on_one_folder_is_told(tmp_path, caplog, address):
    """Two ran on one folder without a word."""
    program = (
        "import sys; from pathlib import Path; from storage import open_store\n"
        "store = open_store(Path(sys.argv[1]), database=sys.argv[2] or None); print(store.claim(), flush=True); sys.stdin.read()"
    )
    open_store(tmp_path).close()
    command = [sys.executable, "-c", program, str(tmp_path), address(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "0\n"
        with open_store(tmp_path) as second, caplog.at_level(logging.WARNING):
            assert second.claim() == 1
        first.communicate()
    assert f"1 other process(es) serve the data folder {tmp_path} too" in caplog.text
    with open_store(tmp_path) as alone:
        assert alone.claim() == 0


@pytest.mark.sqlite
def test_the_lock_of_a_process_that_just_starts_is_left_alone(tmp_path):
    """Two that started together: one took the other's file, made and not yet locked, for a dead process's and removed it."""
    with open_store(tmp_path) as store:
        store.claim()
        coming = tmp_path / "owners" / ".coming"
        coming.touch()
        assert store.other_processes() == 0
        assert coming.exists()
