"""Bare readings: half of them false, by another object's number, a digit, the wrong bar or a thing that is not there."""

import dataclasses
import itertools
import random
import re

import pytest

from engine.domain import Label
from nano.train.data.perception_rows import ROW, misstated, perception_steps
from nano.world.checker import Mistake, check, misread
from nano.world.questions import problem_of, reading_step
from nano.world.scenes import Family, Scene, SceneSplit, Slot, scenes


def some(family: Family) -> list[Scene]:
    return list(itertools.islice(scenes(3, SceneSplit.TRAIN, (family,)), 60))


@pytest.mark.parametrize("family", Family)
def test_every_reading_is_judged_and_about_half_are_false(family: Family) -> None:
    rng, verdicts = random.Random(0), []
    for scene in some(family):
        steps = perception_steps(scene, rng)
        assert len(steps) == ROW
        verdicts += check(problem_of(scene, rng), steps)
    assert {verdict.mistake for verdict in verdicts} == {Mistake.PERCEPTION, None}
    assert 0.4 < sum(verdict.label is Label.WRONG for verdict in verdicts) / len(verdicts) < 0.6


def test_false_readings_mostly_state_what_stands_elsewhere_in_the_picture() -> None:
    rng = random.Random(0)
    for scene in some(Family.PRICES):
        values = {slot.value for slot in scene.slots}
        wrong = [misstated(scene, slot, rng) for slot in scene.slots for _ in range(20)]
        own = {slot.name: slot.value for slot in scene.slots}
        assert all(slot.value != own[slot.name] and slot.value > 0 for slot in wrong)
        assert 0.4 < sum(slot.value in values for slot in wrong) / len(wrong) < 0.9


def test_some_shapes_are_not_in_the_picture_though_their_colour_and_their_kind_are() -> None:
    rng, absent = random.Random(0), 0
    for scene in some(Family.SHAPES):
        names = {slot.name for slot in scene.slots}
        for slot in (misstated(scene, scene.slots[0], rng) for _ in range(20)):
            absent += slot.name not in names
            assert slot.name[0] in {colour for colour, _ in names}
            assert slot.name[1] in {kind for _, kind in names}
    assert absent > 50


def test_the_wrong_bar_is_called_the_tallest_with_its_own_number() -> None:
    rng, wrong = random.Random(0), 0
    for scene in some(Family.BARS):
        numbers = {slot.name[0]: slot.value for slot in scene.slots}
        for name, value in re.findall(r"tallest bar is (\w+): (\d+)", " ".join(perception_steps(scene, rng))):
            assert numbers[name] == int(value)
            wrong += int(value) != max(numbers.values())
    assert wrong > 15


def test_what_the_policy_misread_comes_back_with_the_truth_about_it() -> None:
    rng = random.Random(0)
    scene = some(Family.PRICES)[0]
    first, second, *_ = scene.slots
    (confused,) = misread(
        problem_of(scene, rng), [reading_step(scene.family, dataclasses.replace(first, value=second.value))]
    )
    steps = [step for _ in range(50) for step in perception_steps(scene, rng, (confused,))]
    false, true = reading_step(scene.family, confused), reading_step(scene.family, first)
    assert 0.15 < steps.count(false) / len(steps) < 0.35
    assert 0.15 < steps.count(true) / len(steps) < 0.45


def test_counts_are_confused_with_those_of_things_alike() -> None:
    rng = random.Random(0)
    slots = tuple(
        Slot(name=name, value=value)
        for name, value in ((("red", "circle"), 2), (("red", "star"), 6), (("blue", "square"), 4))
    )
    scene = dataclasses.replace(some(Family.SHAPES)[0], slots=slots)
    values = [misstated(scene, slots[0], rng).value for _ in range(200)]
    assert values.count(6) > 60
    assert values.count(4) < 20
