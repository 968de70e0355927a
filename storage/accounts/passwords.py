"""Passwords: which are taken, how they are hashed and compared. Knows argon2; knows no person and no table."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.errors import BadAccount

MIN_LENGTH = 10  # characters
MAX_LENGTH = 1024
# OWASP's first choice for argon2id (19 MiB, 2 passes, 1 lane), about 40 ms: labels are saved by the same two cores.
# Tests put a cheap one in its place.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)  # a flood of sign-ins must not take every core and 19 MiB for each


def hash_password(password: str, name: str) -> str:
    """Return the argon2id hash of a new password, with its salt and parameters in it. Takes tens of milliseconds.

    Raises:
        BadAccount: the password is too short, too long, or the name over again.
    """
    if len(password) < MIN_LENGTH:
        raise BadAccount(f"The password has {len(password)} characters; at least {MIN_LENGTH} are needed.")
    if len(password) > MAX_LENGTH:
        raise BadAccount(f"The password has {len(password)} characters; at most {MAX_LENGTH} can be taken.")
    if password.casefold() == name.casefold() or len(set(password)) == 1:
        raise BadAccount("The password is too easy to guess: it is the name, or one character repeated.")
    return _hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Return whether the password belongs to a stored hash. None, a person without one, takes as long as a wrong password."""
    with _AT_ONCE:
        try:
            matches = HASHER.verify(stored or _dummy_hash(HASHER), password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


def is_outdated(stored: str) -> bool:
    """Return whether a stored hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def rehash(password: str) -> str:
    """Return a hash of a password that was just found right, with today's parameters."""
    return _hash(password)


def _hash(password: str) -> str:
    with _AT_ONCE:
        return HASHER.hash(password)


@cache
def _dummy_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("a password that no one has")
