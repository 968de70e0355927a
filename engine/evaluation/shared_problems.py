"""Problems that two sets share: a threshold tuned on one of them would be a leak on the other.

Two problems are the same where their questions are, however they are spaced and wherever they name a picture, and their pictures
are. Knows texts; what tells pictures apart is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

_IMAGE = re.compile(r"<image\s?\d*>")  # where a picture goes
Item = TypeVar("Item")


def find_shared(
    dev: Iterable[Item],
    tested: Iterable[Item],
    question: Callable[[Item], str],
    pictures: Callable[[Item], object],
) -> list[Item]:
    """Return the items of ``dev`` that are about a problem that one of ``tested`` is about.

    Args:
        dev: items of one set, such as its rows or its problems.
        tested: items of the other.
        question: of an item.
        pictures: equal where the pictures of two items are; asked only of items whose question is in both sets.
    """
    by_question: dict[str, list[Item]] = {}
    for item in tested:
        by_question.setdefault(_words(question(item)), []).append(item)
    found = []
    for item in dev:
        same = by_question.get(_words(question(item)), ())
        if same and any(pictures(item) == pictures(other) for other in same):
            found.append(item)
    return found


def _words(question: str) -> str:
    return " ".join(_IMAGE.sub(" ", question).split())
