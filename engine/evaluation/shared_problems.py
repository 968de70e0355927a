"""Problems that two sets share: a threshold tuned on one of them would be a leak on the other.

Two problems are the same where their questions are, however they are spaced and wherever they name a picture, and their pictures
are. Knows texts; what tells pictures apart is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

_IMAGE = re.compile(r"<image\s?\d*>")  # where a picture goes
Item = TypeVar("Item")


def find_shared(
    dev: Iterable[Item],
    tested: Iterable[Item],
    question: Callable[[Item], str],
    pictures: Callable[[Item], Hashable],
) -> list[Item]:
    """Return the items of ``dev`` that are about a problem that one of ``tested`` is about.

    Args:
        dev: items of one set, such as its rows or its problems.
        tested: items of the other.
        question: of an item.
        pictures: equal where the pictures of two items are; asked once of each item whose question is in both sets.
    """
    asked = [(_words(question(item)), item) for item in dev]
    dev_questions = {words for words, _item in asked}
    both = [(words, item) for item in tested if (words := _words(question(item))) in dev_questions]
    questions = {words for words, _item in both}
    problems = {(words, pictures(item)) for words, item in both}
    return [item for words, item in asked if words in questions and (words, pictures(item)) in problems]


def _words(question: str) -> str:
    return " ".join(_IMAGE.sub(" ", question).split())
