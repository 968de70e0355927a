"""What holds for every test: one thread for each, cheap password hashes, and the marker that its folder gives it."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: two workers share two cores

import pytest
from argon2 import PasswordHasher

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
# What two workers begin with, so that neither is left with a long file in the end. All pages share one app and one browser.
FIRST = ("browser", "nano/train", "nano", "engine/models", "benchmarks", "test_kills.py", "engine")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave folders unread whose tests are not wanted anyway: their imports alone take seconds."""
    names = {mark.name for place, marks in MARKED.items() if collection_path == TESTS / place for mark in marks}
    return True if any(f"not {name}" in config.option.markexpr for name in names) else None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their place, let the files of a group stay together, and put what takes long first."""
    for item in items:
        for place, marks in MARKED.items():
            if is_at(item, place):
                for mark in marks:
                    item.add_marker(mark)
        item.add_marker(pytest.mark.xdist_group("browser" if is_at(item, "browser") else str(item.path)))
    items.sort(key=lambda item: next((number for number, place in enumerate(FIRST) if is_at(item, place)), len(FIRST)))


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
