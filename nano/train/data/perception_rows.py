"""Bare readings of a picture, true and false, from which a reward model learns to compare a step with the picture.

Whole solutions hold one to three readings, nearly all true; here every step is one, and half are false by a perception
error: another object's number, a digit, an object that is not there. What the policy misread in a picture is stated
often, and the true number as often: random errors would seldom confuse just the two objects that the policy confuses.
Labels are the exact checker's, from the text alone.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

from nano.world.questions import extreme_step, reading_step
from nano.world.scenes import Family, Scene, Slot

ROW = 8  # readings of a picture
FALSE_SHARE = 0.5
EXTREME_SHARE = 0.4  # of the readings of bars
OTHERS_SHARE = 0.6  # of false readings: the number of another object
MISREAD_SHARE = 0.5  # of the readings of a picture that the policy misread: about what it misread
ABSENT_SHARE = 0.2  # of false readings of shapes: objects that the picture does not hold


def perception_steps(scene: Scene, rng: random.Random, misreadings: Sequence[Slot] = ()) -> tuple[str, ...]:
    """ROW steps that read the picture, with repetitions, about half of them false.

    `misreadings`: slots of the picture with the wrong numbers that the policy stated.
    """
    shown = [slot for slot in scene.slots if slot.shown]
    return tuple(
        _confused_step(scene, rng.choice(misreadings), rng)
        if misreadings and rng.random() < MISREAD_SHARE
        else _perception_step(scene, shown, rng)
        for _ in range(ROW)
    )


def _confused_step(scene: Scene, stated: Slot, rng: random.Random) -> str:
    true = next(slot for slot in scene.slots if slot.name == stated.name)
    return reading_step(scene.family, stated if rng.random() < FALSE_SHARE else true)


def _perception_step(scene: Scene, shown: Sequence[Slot], rng: random.Random) -> str:
    false = rng.random() < FALSE_SHARE
    if scene.family is Family.BARS and rng.random() < EXTREME_SHARE:
        end, pick = rng.choice((("tallest", max), ("shortest", min)))
        found = pick(shown, key=_value)
        return extreme_step(end, rng.choice([slot for slot in shown if slot is not found]) if false else found)
    slot = rng.choice(shown)
    return reading_step(scene.family, misstated(scene, slot, rng) if false else slot)


def misstated(scene: Scene, slot: Slot, rng: random.Random) -> Slot:
    """The slot with a wrong number, or with a name that no slot of the scene has."""
    if scene.family is Family.SHAPES and rng.random() < ABSENT_SHARE:
        names = {other.name for other in scene.slots}
        crossed = {(a.name[0], b.name[1]) for a in scene.slots for b in scene.slots} - names
        if crossed:
            return dataclasses.replace(slot, name=rng.choice(sorted(crossed)))
    shown = [other for other in scene.slots if other.shown and other.value != slot.value]
    alike = [other for other in shown if {*other.name} & {*slot.name}]  # red circles and red stars
    others = sorted({other.value for other in alike or shown})
    if others and rng.random() < OTHERS_SHARE:
        return dataclasses.replace(slot, value=rng.choice(others))
    digits = list(str(slot.value))
    digits[rng.randrange(len(digits))] = str(rng.randrange(10))
    near = (slot.value - 1, slot.value + 1, slot.value - 10, slot.value + 10, int("".join(digits)))
    return dataclasses.replace(slot, value=rng.choice([value for value in near if value != slot.value and value > 0]))


def _value(slot: Slot) -> int:
    return slot.value
