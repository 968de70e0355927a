"""Equal answers as groups, for the majority vote.

Groups are made by one key an answer, so that they are transitive; algebra groups nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from engine.answers.comparing import read_answer_meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGroup:
    """Solutions that reached the same answer."""

    text: str  # the answer as its first solution wrote it
    members: tuple[int, ...]  # indices into the answers given, ascending


def group_answers(answers: Iterable[str | None], *, question: str | None = None) -> tuple[AnswerGroup, ...]:
    """Group equal answers, largest group first, equal sizes in order of first appearance; ``None`` belongs to no group.

    A number without unit joins the same number with one, unless that number stands there with several units: 5 is a group of its
    own beside 5 cm and 5 m, whatever the order. ``question``: where it gives options, an option's text is its letter.
    """
    texts = list(answers)
    groups: dict[tuple[Hashable, str], list[int]] = {}
    units: dict[Hashable, set[str]] = {}
    for index, text in enumerate(texts):
        if text is not None:
            meaning = read_answer_meaning(text, question)
            key = meaning.key
            groups.setdefault((key, meaning.unit), []).append(index)
            units.setdefault(key, set()).add(meaning.unit)
    for key, named in units.items():
        (*with_unit,) = named - {""}
        if "" in named and len(with_unit) == 1:
            groups[key, with_unit[0]] += groups.pop((key, ""))
    found = sorted((sorted(members) for members in groups.values()), key=lambda members: (-len(members), members[0]))
    return tuple(AnswerGroup(text=texts[members[0]] or "", members=tuple(members)) for members in found)
