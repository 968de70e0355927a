"""What holds for every test: one thread for each, cheap password hashes, and the marker that its folder gives it."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: the workers share two cores

import pytest
from argon2 import PasswordHasher
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from storage import open_store
from storage.accounts import passwords
from tests.support.markers import MARKED, TESTS

# What the workers begin with, so that none is left with a long file in the end.
FIRST = ("browser", "nano/train", "nano", "engine/models", "benchmarks", "test_kills.py", "engine", "visualprm_ui")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave folders unread whose tests are not wanted anyway: their imports alone take seconds."""
    names = {mark.name for place, marks in MARKED.items() if collection_path == TESTS / place for mark in marks}
    return True if any(f"not {name}" in config.option.markexpr for name in names) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its place."""
    for mark in marks_at(item.path):
        item.add_marker(mark)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first."""
    items.sort(key=lambda item: turn_of(item.path))


def pytest_collection_finish() -> None:
    """Look through what was imported for garbage once, not with every full collection: a sixth of what tests of the routes took."""
    gc.collect()
    gc.freeze()


# The browser tests of a group share an app and a browser, which take ten seconds to start. Every third file is of one group.
BROWSER_FILES = sorted(file.name for file in (TESTS / "browser").glob("test_*.py"))
BROWSER_GROUPS = 3


class TogetherByPlace(LoadScopeScheduling):
    """Keeps the tests of one file with one worker, and those of pages with three."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not file.startswith("tests/browser/"):
            return file
        return f"browser {BROWSER_FILES.index(Path(file).name) % BROWSER_GROUPS}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherByPlace:
    """Give xdist our way to share out tests. (Its own groups are lost with pytest 9.2, which builds names of tests otherwise.)"""
    return TogetherByPlace(config, log)


@cache
def marks_at(file: Path) -> tuple[pytest.MarkDecorator, ...]:
    """The markers of a file and its folders."""
    return tuple(mark for place, marks in MARKED.items() if is_at(file, place) for mark in marks)


@cache
def turn_of(file: Path) -> int:
    """When a file's tests are begun: the number of its place in FIRST."""
    return next((number for number, place in enumerate(FIRST) if is_at(file, place)), len(FIRST))


def is_at(file: Path, place: str) -> bool:
    """Whether a file is a folder or file of tests/, or in it."""
    return (TESTS / place) in (file, *file.parents)


@pytest.fixture(scope="session", autouse=True)
def production_hasher() -> Iterator[PasswordHasher]:
    """Put a cheap hasher of passwords in the place of the real one, and give the real one."""
    real = passwords.HASHER
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    passwords.HASHER = real


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder without anything in it, to be copied: its tables take longer to make than most tests of a store run."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    open_store(folder).close()
    return folder
