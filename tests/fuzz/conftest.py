"""A store of its own for what is fuzzed."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from storage import Store, open_store


@pytest.fixture
def store(empty_data: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(copytree(empty_data, tmp_path / "data")) as store:
        yield store
