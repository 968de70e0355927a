"""What holds for every test: one thread for each, cheap password hashes, and the marker that its folder gives it."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: two workers share two cores

import pytest
from argon2 import PasswordHasher
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from storage import open_store
from storage.accounts import passwords

TESTS = Path(__file__).parent

# The markers of whole folders and files; single tests carry theirs themselves.
MARKED = {
    "browser": (pytest.mark.browser,),
    "benchmarks/test_models.py": (pytest.mark.slow,),
    "benchmarks/test_precision.py": (pytest.mark.slow,),
    "engine/models": (pytest.mark.slow,),
    "engine/remote/test_contract.py": (pytest.mark.slow,),
    "nano/bench": (pytest.mark.slow,),
    "nano/test_weights.py": (pytest.mark.slow,),
    "nano/train": (pytest.mark.slow,),
    "test_kills.py": (pytest.mark.kills,),
    "storage/test_endurance.py": (pytest.mark.kills,),
}
# What two workers begin with, so that neither is left with a long file in the end.
FIRST = ("browser", "nano/train", "nano", "engine/models", "benchmarks", "test_kills.py", "engine")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave folders unread whose tests are not wanted anyway: their imports alone take seconds."""
    names = {mark.name for place, marks in MARKED.items() if collection_path == TESTS / place for mark in marks}
    return True if any(f"not {name}" in config.option.markexpr for name in names) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its place."""
    for place, marks in MARKED.items():
        if is_at(item, place):
            for mark in marks:
                item.add_marker(mark)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first."""
    items.sort(key=lambda item: next((number for number, place in enumerate(FIRST) if is_at(item, place)), len(FIRST)))


class TogetherByPlace(LoadScopeScheduling):
    """Keeps the tests of one file with one worker, and all tests of pages: they share an app and a browser."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherByPlace:
    """Give xdist our way to share out tests. (Its own groups are lost with pytest 9.2, which builds names of tests otherwise.)"""
    return TogetherByPlace(config, log)


def is_at(item: pytest.Item, place: str) -> bool:
    """Whether a test is in a folder or file of tests/."""
    return (TESTS / place) in (item.path, *item.path.parents)


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
