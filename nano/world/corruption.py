"""Solutions with a mistake built in: a number is wrong, copied wrongly or never read, and later steps carry the mistake on.

Knows how the numbers of steps depend on each other. Does not label anything: checker.py does, from the text alone.
"""

from __future__ import annotations

import random
import re

from nano.world.questions import WorldProblem
from nano.world.scenes import Family

MISCOPIED_SHARE = 0.25  # of mistakes
REPEATED_SHARE = 0.5  # of these, in solutions with several readings: one reading is repeated in place of another
_NUMBER = re.compile(r"\d+")
_COMPUTATION = re.compile(r"\$(\d+)(?:\+|-|\\times)(\d+)=")
_EXTREME = re.compile(r"(?P<end>The (?:tallest|shortest) bar is )(?P<name>\w+): (?P<value>\d+)\.")


def corrupt_solution(problem: WorldProblem, rng: random.Random) -> tuple[str, ...]:
    """The problem's solution with one or two mistakes; most are carried on through later steps."""
    steps = list(problem.steps)
    for _ in range(rng.choice((1, 1, 2))):
        _insert_mistake(steps, problem, rng)
    return tuple(steps)


def _insert_mistake(steps: list[str], problem: WorldProblem, rng: random.Random) -> None:
    if rng.random() < MISCOPIED_SHARE and _miscopy(steps, problem, rng):
        return
    index = rng.choice([number for number, step in enumerate(steps) if _NUMBER.search(step)])
    if (extreme := _EXTREME.match(steps[index])) and rng.random() < 0.7:
        _name_wrong_bar(steps, index, extreme, problem, rng)
        return
    places = list(_NUMBER.finditer(steps[index]))
    # The last number of a step is its result: that is where most real mistakes are.
    place = places[-1] if rng.random() < 0.8 else rng.choice(places)
    old = int(place.group())
    new = _plausible_error(old, problem, rng)
    steps[index] = steps[index][: place.start()] + str(new) + steps[index][place.end() :]
    if rng.random() < 0.85:
        _carry_on(steps, index, {old: new}, rng)


def _miscopy(steps: list[str], problem: WorldProblem, rng: random.Random) -> bool:
    """Compute correctly with another number than was read, or repeat one reading in place of another.

    Returns False, with nothing changed, when there is no computation.
    """
    computed = [(index, match) for index, step in enumerate(steps) if (match := _COMPUTATION.search(step))]
    if not computed:
        return False
    read = [index for index, step in enumerate(steps) if _is_reading(step)]
    if len(read) > 1 and rng.random() < REPEATED_SHARE:
        index, other = rng.sample(read, 2)
        old = int(_NUMBER.findall(steps[index])[-1])
        steps[index] = steps[other]
        _carry_on(steps, index, {old: _plausible_error(old, problem, rng)}, rng)
        return True
    index, match = rng.choice(computed)
    old = int(rng.choice(match.groups()))
    _carry_on(steps, index - 1, {old: _plausible_error(old, problem, rng)}, rng)
    return True


def _is_reading(step: str) -> bool:
    return "=" not in step and _NUMBER.search(step) is not None and not step.startswith("Final answer")


def _name_wrong_bar(
    steps: list[str], index: int, extreme: re.Match[str], problem: WorldProblem, rng: random.Random
) -> None:
    """Call another bar the tallest or shortest, with its own true number."""
    other = rng.choice([slot for slot in problem.scene.slots if slot.name[0] != extreme["name"]])
    steps[index] = f"{extreme['end']}{other.name[0]}: {other.value}."
    if rng.random() < 0.85:
        _carry_on(steps, index, {int(extreme["value"]): other.value}, rng)


def _plausible_error(number: int, problem: WorldProblem, rng: random.Random) -> int:
    """A plausible wrong number: a digit off, digits swapped, or another number of the picture."""
    shown = [slot.value for slot in problem.scene.slots if slot.shown]
    options = [number + 1, number - 1, number + 10, number - 10, number + rng.choice((-3, -2, 2, 3))]
    options += [
        int(str(number)[::-1]),
        int(str(number)[:-1] + str(rng.randrange(10))),
        rng.choice(shown),
        rng.choice(shown),
    ]
    if problem.scene.family is Family.SHAPES:
        options += [number + 1, number - 1, number + 2] * 2
    return rng.choice([option for option in options if option != number and option >= 0] or [number + 1])


def _carry_on(steps: list[str], start: int, changed: dict[int, int], rng: random.Random) -> None:
    """Recompute later steps with the changed numbers, as a solver who has not noticed would."""
    for index in range(start + 1, len(steps)):
        head, equals, tail = steps[index].partition("=")
        if equals:
            left, sign, right = re.split(r"(\+|-|\\times)", head.replace("$", " $ ", 1).rpartition("$ ")[2])
            before = [int(left), int(right)]
            after = [changed.get(number, number) for number in before]
            if before == after:
                continue
            old, new = _apply(before, sign), _apply(after, sign)
            if new < 0:
                return
            stem = head[: head.rindex("$") + 1]
            steps[index] = f"{stem}{after[0]}{sign}{after[1]}={new}" + re.sub(r"^-?\d+", "", tail)
            changed[old] = new
        elif steps[index].startswith("Final answer: "):
            answer = int(steps[index].removeprefix("Final answer: "))
            steps[index] = f"Final answer: {changed.get(answer, answer)}"
        if rng.random() < 0.03:
            return


def _apply(numbers: list[int], sign: str) -> int:
    if sign == "+":
        return numbers[0] + numbers[1]
    return numbers[0] - numbers[1] if sign == "-" else numbers[0] * numbers[1]
