"""Passwords: which are taken, how they are hashed and compared. Knows argon2 and zxcvbn; knows no person and no table.

What looks the same is the same password: keyboards and systems write "é" as one character or as two, and digits in full
width. So passwords are taken in Unicode's normal form KC, one of the two that NIST SP 800-63B (sec. 5.1.1.2) names. Hashes of
earlier versions are of what was typed: they still match, and are made anew.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from storage.errors import BadAccount

MIN_LENGTH = 10  # characters
MAX_LENGTH = 1024
_MIN_SCORE = 2  # of zxcvbn's 0 to 4: at 1 fewer than a million guesses find it
# What is looked at for patterns: zxcvbn's time grows with the square of the characters, and exponentially with the different signs
# that may stand for letters ("p@ssw0rd"). Within these limits it takes a tenth of a second.
_LOOKED_AT = 40  # characters
_SIGNS_LOOKED_AT = 12
_SIGNS = frozenset("0123456789@({[<&#!/|$+%")
# OWASP's first choice for argon2id (19 MiB, 2 passes, 1 lane), about 40 ms: labels are saved by the same two cores.
# Tests put a cheap one in its place.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)  # a flood of sign-ins must not take every core and 19 MiB for each


def hash_password(password: str, name: str) -> str:
    """Return the argon2id hash of a new password, with its salt and parameters in it. Takes tens of milliseconds.

    Raises:
        BadAccount: the password is too short, too long, or easy to guess.
    """
    normal = _normalised(password)
    if len(normal) < MIN_LENGTH:
        raise BadAccount(f"The password has {len(normal)} characters; at least {MIN_LENGTH} are needed.")
    if len(password) > MAX_LENGTH or len(normal) > MAX_LENGTH:
        longest = max(len(password), len(normal))
        raise BadAccount(f"The password has {longest} characters; at most {MAX_LENGTH} are allowed.")
    if _is_easy_to_guess(normal, name):
        raise BadAccount(
            "The password is too easy to guess: it is a common one, a run of keys, something repeated, or made from the name. "
            "Use a few unrelated words."
        )
    return _hash(normal)


def is_password(password: str, stored: str | None) -> bool:
    """Return whether the password belongs to a stored hash. None, a person without one, takes as long as a wrong password."""
    wanted = stored or _dummy_hash(HASHER)
    matches = any([_matches(form, wanted) for form in _forms(password)])  # a list: every form takes its time
    return matches and stored is not None


def is_outdated(stored: str, password: str) -> bool:
    """Return whether the hash that a password belongs to has other parameters than today's, or is of another Unicode form."""
    if HASHER.check_needs_rehash(stored):
        return True
    normal, *others = _forms(password)
    return bool(others) and not _matches(normal, stored)


def rehash(password: str) -> str:
    """Return a hash of a password that was just found right, with today's parameters."""
    return _hash(_normalised(password))


def _normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _forms(password: str) -> tuple[str, ...]:
    """Return the form that is hashed today, then those that an earlier version may have been given."""
    typed = password[:MAX_LENGTH]
    earlier = (typed, unicodedata.normalize("NFC", typed), unicodedata.normalize("NFD", typed))
    return tuple(dict.fromkeys((_normalised(typed)[:MAX_LENGTH], *earlier)))


def _matches(password: str, stored: str) -> bool:
    with _AT_ONCE:
        try:
            return HASHER.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _is_easy_to_guess(password: str, name: str) -> bool:
    folded, own = password.casefold(), unicodedata.normalize("NFKC", name).casefold()
    if folded == own or len(set(folded)) == 1:
        return True
    known = [own, "".join(own.split()), *own.split(), "visualprm", "workbench"]
    signs = [sign for sign in dict.fromkeys(folded) if sign in _SIGNS]
    looked_at = "".join(each for each in folded if each not in signs[_SIGNS_LOOKED_AT:])[:_LOOKED_AT]
    return int(zxcvbn(looked_at, user_inputs=known)["score"]) < _MIN_SCORE


def _hash(password: str) -> str:
    with _AT_ONCE:
        return HASHER.hash(password)


@cache
def _dummy_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("a password that no one has")
