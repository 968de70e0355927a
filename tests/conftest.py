"""What holds for every test: one thread for each, cheap password hashes, and the marker that its folder gives it."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: two workers share two cores

import pytest
from argon2 import PasswordHasher

from storage.accounts import passwords

TESTS = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def production_hasher() -> Iterator[PasswordHasher]:
    """Put a cheap hasher of passwords in the place of the real one, and give the real one."""
    real = passwords.HASHER
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    passwords.HASHER = real
