r"""The exact checker: labels every step of any solution of a world problem correct, wrong or neutral, with the kind of mistake.

The rule. A step makes claims: readings ("The red bar is 23."), computations ("$23-14=9$") and a final answer.
* It is CORRECT when all its claims hold: readings are true of the picture; a computation is true, uses only numbers
  that are right (in the picture, in the question, or the result of an earlier correct computation), and its result is a
  part of what is asked for, in whatever order the parts are put together; the final answer equals the true answer.
* It is WRONG otherwise. So a faultless computation with a number that was misread or miscalculated earlier is wrong,
  and so is a true sum where a difference is needed. A true reading after a mistake is still correct: it does not build
  on it.
* It is NEUTRAL when it makes no claim this module understands.

"A part of what is asked" is decidable because every question asks for a linear form of the picture's numbers: each
intermediate result is followed as a linear form, and must be a sub-sum of the target (or of its negative). Does not
know models or pixels.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.answers import answers_equal, read_answer
from engine.domain import Label
from nano.world.questions import LinearForm, WorldProblem, plural_name
from nano.world.scenes import Family, Scene, Slot


class Mistake(enum.Enum):
    """Why a step is wrong."""

    PERCEPTION = "perception"
    """It states a number that the picture does not show."""
    ARITHMETIC = "arithmetic"
    """Its computation is false."""
    REASONING = "reasoning"
    """It computes or concludes the wrong thing, or carries an earlier mistake on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStep:
    """One step's exact label."""

    label: Label
    """Correct, neutral or wrong by the rule of this module."""
    mistake: Mistake | None = None
    """Why it is wrong; None when it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNumber:
    """A number that a step reads off the picture or computes."""

    first_digit: int
    """How many digits of the step come before it."""
    stated: str
    """Its digits as the step states them."""
    true: str
    """What they should be: the number in the picture, or the value of the left side."""
    named_later: bool = False
    """The object is named after the number: `There are 3 red circles.`"""


_Vector = tuple[int, ...]  # a Form as one tuple: constant first, then one coefficient a slot
_READINGS = {
    Family.BARS: re.compile(r"\b(?P<name>\w+) bar is (?P<value>\d+)"),
    Family.PRICES: re.compile(r"\b(?P<name>\w+) costs (?P<value>\d+)"),
    Family.SHAPES: re.compile(r"\bare (?P<value>\d+) (?P<name>\w+ \w+)"),
    Family.ANGLES: re.compile(r"\b[Aa]ngle (?P<name>[A-C]) is (?P<value>\d+)"),
}
_EXTREME = re.compile(r"\b(?P<end>tallest|shortest) bar is (?P<name>\w+): (?P<value>\d+)")
_GOODS = re.compile(r"\b(?P<count>\d+) (?P<name>\w+) costs? (?=\d+[*+-])")
_EQUATION = re.compile(r"(?P<left>-?\d+(?:[-+*]\d+)+)=(?P<right>-?\d+)")
_FINAL = re.compile(r"final answer", re.IGNORECASE)


def check(problem: WorldProblem, steps: Sequence[str]) -> tuple[CheckedStep, ...]:
    """Check every step, in order; each may build on the ones before."""
    facts = _KnownNumbers(problem)
    return tuple(facts.check(step) for step in steps)


def first_mistake(checked: Sequence[CheckedStep]) -> Mistake | None:
    """The kind of the first wrong step, or None when no step is wrong."""
    return next((step.mistake for step in checked if step.mistake is not None), None)


def claimed_numbers(problem: WorldProblem, step: str) -> Iterator[ClaimedNumber]:
    """The readings and results of a step, each by itself: a true sum of misread numbers is true here.

    Final answers, and readings of objects that are not in the picture, cannot be true or false by themselves and are
    left out.
    """
    text = _plain(step)  # holds the step's digits, all of them and in their order
    matches = _READINGS[problem.scene.family].finditer(text), _EXTREME.finditer(text)
    for match in itertools.chain(*matches):
        slot = _named(problem.scene, match["name"])
        if slot is not None:
            named_later = match.start("name") > match.start("value")
            yield dataclasses.replace(_claimed(text, match.span("value"), slot.value), named_later=named_later)
    for match in _EQUATION.finditer(text):
        value = _value(_terms(match["left"]))
        if value >= 0 and match["right"].isdecimal():
            yield _claimed(text, match.span("right"), value)


def misread(problem: WorldProblem, steps: Sequence[str]) -> Iterator[Slot]:
    """The slots whose number a step misstates, each with the stated number."""
    for step in steps:
        for match in _READINGS[problem.scene.family].finditer(_plain(step)):
            slot = _named(problem.scene, match["name"])
            if slot is not None and slot.value != int(match["value"]):
                yield dataclasses.replace(slot, value=int(match["value"]))


def _claimed(text: str, span: tuple[int, int], true: int) -> ClaimedNumber:
    start, end = span
    return ClaimedNumber(
        first_digit=sum(letter.isdecimal() for letter in text[:start]), stated=text[start:end], true=str(true)
    )


class _KnownNumbers:
    """The numbers that are known to be right so far, each with the linear forms it may stand for."""

    def __init__(self, problem: WorldProblem) -> None:
        self._problem = problem
        self._scene = problem.scene
        size = len(self._scene.slots)
        self._known: dict[int, set[_Vector]] = {}
        constants = (*problem.constants, 180) if self._scene.family is Family.ANGLES else problem.constants
        for constant in constants:
            self._learn(constant, (constant, *[0] * size))
        for index, slot in enumerate(self._scene.slots):
            unit = tuple(int(index == other) for other in range(size))
            self._learn(slot.value, (0, *unit) if slot.shown else (180, *(-1 + one for one in unit)))

    def check(self, step: str) -> CheckedStep:
        """Check the next step; what it gets right is known from then on."""
        if _FINAL.search(step):
            answer = read_answer(step)
            right = answer is not None and answers_equal(answer, str(self._problem.answer), algebra=False)
            return _wrong(Mistake.REASONING) if not right else CheckedStep(label=Label.CORRECT)
        text = _plain(step)
        readings = [*self._readings(text)]
        results = [self._compute(match, _GOODS.match(text)) for match in _EQUATION.finditer(text)]
        if not readings and not results:
            return CheckedStep(label=Label.NEUTRAL)
        if not all(readings):
            return _wrong(Mistake.PERCEPTION)
        for mistake in (Mistake.ARITHMETIC, Mistake.REASONING):
            if mistake in results:
                return _wrong(mistake)
        return CheckedStep(label=Label.CORRECT)

    def _learn(self, number: int, form: _Vector) -> None:
        self._known.setdefault(number, set()).add(form)

    def _readings(self, text: str) -> Iterator[bool]:
        for match in _READINGS[self._scene.family].finditer(text):
            slot = _named(self._scene, match["name"])
            yield slot is not None and slot.value == int(match["value"])
        if self._scene.family is Family.BARS:
            values = [slot.value for slot in self._scene.slots]
            for match in _EXTREME.finditer(text):
                slot = _named(self._scene, match["name"])
                end = max(values) if match["end"] == "tallest" else min(values)
                yield slot is not None and slot.value == int(match["value"]) == end

    def _compute(self, match: re.Match[str], goods: re.Match[str] | None) -> Mistake | None:
        """Follow one computation; learn its result when it is right, else say what is wrong with it."""
        terms = _terms(match["left"])
        if _value(terms) != int(match["right"]):
            return Mistake.ARITHMETIC
        forms = {form for form in self._forms(terms) if _is_part(form, self._problem.target)}
        if goods is not None:
            slot = _named(self._scene, goods["name"])
            count = int(goods["count"])
            wanted = (0, *(count if other is slot else 0 for other in self._scene.slots))
            forms &= {wanted}
        for form in forms:
            self._learn(int(match["right"]), form)
        return None if forms else Mistake.REASONING

    def _forms(self, terms: list[str]) -> Iterator[_Vector]:
        """Every linear form the left side can mean; nothing when it uses a number that is not known to be right."""
        options = [[*self._products(term)] for term in terms[::2]]
        signs = [1, *(1 if sign == "+" else -1 for sign in terms[1::2])]
        for choice in itertools.product(*options):
            yield tuple(
                sum(sign * part for sign, part in zip(signs, parts, strict=True)) for parts in zip(*choice, strict=True)
            )

    def _products(self, term: str) -> Iterator[_Vector]:
        for factors in itertools.product(*(self._known.get(int(number), ()) for number in term.split("*"))):
            scale, moving = 1, [factor for factor in factors if any(factor[1:])]
            for factor in factors:
                scale *= 1 if any(factor[1:]) else factor[0]
            if len(moving) == 1:
                yield tuple(scale * part for part in moving[0])
            elif not moving:
                yield (scale, *[0] * len(self._scene.slots))


def _wrong(mistake: Mistake) -> CheckedStep:
    return CheckedStep(label=Label.WRONG, mistake=mistake)


def _plain(step: str) -> str:
    """The step without LaTeX: signs as + - *, no dollar signs or degrees, no blanks around signs."""
    text = re.sub(r"\\(?:times|cdot)|×", "*", step)
    text = re.sub(r"\$|\^\{?\\circ\}?|°|\\[()\[\]]", "", text)
    return re.sub(r"\s*([-+*=])\s*", r"\1", text)


def _named(scene: Scene, name: str) -> Slot | None:
    for slot in scene.slots:
        if name in (" ".join(slot.name), plural_name(slot)):
            return slot
    return None


def _terms(left: str) -> list[str]:
    terms = re.split(r"([-+])", left)
    terms[0] = terms[0] or "0"  # a negative first number: nothing in this world is negative, so 0 - x is as unknown
    return terms


def _value(terms: list[str]) -> int:
    total, sign = 0, 1
    for term in terms:
        if term in "+-":
            sign = 1 if term == "+" else -1
            continue
        product = 1
        for number in term.split("*"):
            product *= int(number)
        total += sign * product
    return total


def _is_part(form: _Vector, target: LinearForm) -> bool:
    """True when the form, or its negative, is a sub-sum of the target that holds some of the picture."""
    if not any(form[1:]):
        return False
    for sign in (1, -1):
        constant, *weights = (sign * part for part in form)
        inside = all(
            min(0, limit) <= weight <= max(0, limit) for weight, limit in zip(weights, target.weights, strict=True)
        )
        if inside and constant in (0, target.constant):
            return True
    return False
