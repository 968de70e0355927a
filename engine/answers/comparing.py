r"""Whether two answers are the same.

Numbers, units, choices, lists, sets, tuples, intervals and matrices are compared here, cheaply; expressions that are
written differently (``9a + 11`` and ``11 + 9a``) are left to :mod:`engine.answers.algebra`. Equality is symmetric. It is not
transitive where a unit or a name is missing: 5 is 5 cm and 5 is 5 m. That is why groups are made by keys
(:mod:`engine.answers.grouping`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.answers.algebra import expressions_equal
from engine.answers.choices import LETTERS, read_choice, read_options
from engine.answers.meaning import ROUGHLY, Kind, Meaning, read_meaning
from engine.answers.spelling import without_delimiters
from engine.answers.unwrapping import find_boxes, unwrap

_WORDS = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+){0,5}\s*\$?")
_MOST_MATCHED = 12  # members of two lists that are tried against each other by algebra

Same = Callable[[Meaning, Meaning], bool]


def answers_equal(left: str, right: str, *, question: str | None = None, algebra: bool = True) -> bool:
    """Return whether two answers mean the same: the same number, choice, list, expression or text.

    Units only count when both have one, and are compared by their names: 5 is 5 cm, 5 cm is not 5 m, 50% is 50 and not 0.5.
    ``question``: where it gives options, an option's text is its letter. ``algebra``: whether expressions that are written
    differently are computed, in another process and within two seconds of CPU time; without it they differ.
    """
    if left == right:
        return True
    a, b = read_answer_meaning(left, question), read_answer_meaning(right, question)
    if a.kind is not b.kind and Kind.CHOICE in (a.kind, b.kind):
        return False
    return _equal(a, b, _plainly) or (algebra and _equal(a, b, _by_algebra))


def read_answer_meaning(answer: str, question: str | None = None) -> Meaning:
    """Return what an answer says; where the question gives options, the letter of the one option that says the same."""
    meaning = read_meaning(answer)
    options = read_options(question) if question else ()
    if not options:
        return meaning
    letters = {letter for letter, _ in options}
    if meaning.kind is Kind.CHOICE:
        return meaning
    chosen = [letter for letter, text in options if _plainly(read_meaning(text), meaning)]
    if len(chosen) == 1:
        return Meaning(kind=Kind.CHOICE, value=chosen[0])
    head, _, rest = answer.strip(" $*").partition(" ")  # "B 30 cm"
    if (
        head in letters
        and len(head) == 1
        and head in LETTERS
        and _plainly(read_meaning(dict(options)[head]), read_meaning(rest))
    ):
        return Meaning(kind=Kind.CHOICE, value=head)
    return meaning


def bare_answer(answer: str) -> str:
    """Return an answer as it is shown in a table: a choice as its letter, several boxes as a list, no markup around it."""
    letter = read_choice(answer)
    if letter is not None:
        return letter
    boxes = find_boxes(answer)
    text = ", ".join(dict.fromkeys(unwrap(box.content) for box in boxes)) if boxes else unwrap(answer)
    text = ROUGHLY.sub("", re.sub(r" {2,}", " ", unwrap(without_delimiters(text))))
    name, sign, value = text.partition("=")
    return value.strip() if sign and "=" not in value and _WORDS.fullmatch(name) else text


def _equal(left: Meaning, right: Meaning, same: Same) -> bool:
    pairs = [(left, right), (left.near, right), (left, right.near)]
    return any(a is not None and b is not None and same(a, b) for a, b in pairs)


def _plainly(left: Meaning, right: Meaning) -> bool:
    """Return whether keys are equal: the same value, and the same unit where both have one."""
    if not _units_agree(left, right):
        return False
    if left.key == right.key:
        return True
    if left.kind is Kind.NAMED and right.kind is Kind.NAMED:
        return False
    if Kind.NAMED in (left.kind, right.kind):
        return _may_be_named(left, right) and _members_equal(left, right, _plainly)
    if left.kind is right.kind and left.members and left.value == right.value:  # a unit may be missing in a member
        return _matched(left, right, _plainly)
    return False


def _by_algebra(left: Meaning, right: Meaning) -> bool:
    """Return whether keys are equal, or expressions compute to the same."""
    if _plainly(left, right):
        return True
    if not _units_agree(left, right):
        return False
    if Kind.NAMED in (left.kind, right.kind) and left.kind is not right.kind:
        return _may_be_named(left, right) and _members_equal(left, right, _by_algebra)
    if left.members and right.members:
        return left.kind is right.kind and left.value == right.value and _matched(left, right, _by_algebra)
    if _is_relation(left) != _is_relation(right) and (left.equation or right.equation):  # y = 2x + 1 and 2x - y + 1 = 0
        return expressions_equal(left.equation or _text(left), right.equation or _text(right))
    kinds = {left.kind, right.kind}
    if not kinds <= {Kind.NUMBER, Kind.EXPRESSION} or kinds == {Kind.NUMBER}:
        return False
    return expressions_equal(_text(left), _text(right), digits=max(left.significant, right.significant))


def _is_relation(meaning: Meaning) -> bool:
    return (
        meaning.kind is Kind.EXPRESSION
        and not meaning.equation
        and re.search("[=<>≤≥≠]", str(meaning.value)) is not None
    )


def _may_be_named(left: Meaning, right: Meaning) -> bool:
    """Return whether values with names may be compared with others: not with a list of values of one name."""
    return not any(meaning.kind is Kind.LIST and meaning.equation for meaning in (left, right))


def _units_agree(left: Meaning, right: Meaning) -> bool:
    return left.unit == right.unit or not left.unit or not right.unit


def _matched(left: Meaning, right: Meaning, same: Same) -> bool:
    """Return whether members are equal: one by one in a tuple or a matrix, in any order in a list."""
    if len(left.members) != len(right.members):
        return False
    if left.kind is not Kind.LIST:
        return _members_equal(left, right, same)
    return len(left.members) <= _MOST_MATCHED and _can_pair(_with_units(left), _with_units(right), same)


def _with_units(values: Meaning) -> tuple[Meaning, ...]:
    """Return the members of a list, each with the unit that they share: 3 cm, 4 m is not 3 m, 4 m."""
    return tuple(replace(each, unit=values.unit) if values.unit else each for each in values.members)


def _members_equal(left: Meaning, right: Meaning, same: Same) -> bool:
    if len(left.members) != len(right.members) or not left.members:
        return False
    return all(same(a, b) for a, b in zip(left.members, right.members, strict=True))


def _can_pair(left: Sequence[Meaning], right: Sequence[Meaning], same: Same) -> bool:
    """Return whether every member of one list has a partner of its own in the other (augmenting paths, so in either order)."""
    partner: dict[int, int] = {}  # index in right -> index in left

    def find(index: int, tried: set[int]) -> bool:
        for other in range(len(right)):
            if other not in tried and same(left[index], right[other]):
                tried.add(other)
                if other not in partner or find(partner[other], tried):
                    partner[other] = index
                    return True
        return False

    return all(find(index, set()) for index in range(len(left)))


def _text(meaning: Meaning) -> str:
    return f"({meaning.value})" if meaning.kind is Kind.NUMBER else str(meaning.value)
