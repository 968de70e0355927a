"""What is stored is closed to other people of the machine, also in a store that an older version made."""

import os
import stat
from pathlib import Path

import pytest

from storage import open_store
from storage.backup import backup, restore
from tests.support.label_events import make_png

pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def usual_umask():
    """A file is 0644 and a folder 0755 unless the program says otherwise."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> dict[str, str]:
    """What of a folder others may use, as path and mode."""
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    return {str(path.relative_to(folder)): oct(mode) for path, mode in modes.items() if mode & 0o077}


def test_database_journals_pictures_and_folders_are_the_owners_alone(tmp_path):
    """They were 0644 and 0755."""
    data = tmp_path / "new" / "data"
    with open_store(data) as store:
        sha = store.images.add(make_png(40, 30)).sha
        store.images.thumbnail(sha, 80)
        store._owner.claim()
        names = {path.name for path in data.rglob("*")}
        assert {"workbench.sqlite3-wal", "images", "owners", f"{sha}.png", f"{sha}-80.webp"} <= names
        assert open_to_others(data) == {}
        backup(store, tmp_path / "copy")
    assert open_to_others(tmp_path / "copy") == {}
    restore(tmp_path / "copy", tmp_path / "back")
    assert open_to_others(tmp_path / "back") == {}


def test_an_older_store_is_closed_when_it_is_opened(tmp_path):
    data = tmp_path / "data"
    open_store(data).close()
    (data / "guideline.md").write_text("Version 2")
    for path in (data, *data.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert open_to_others(data) != {}
    open_store(data).close()
    assert open_to_others(data) == {}
