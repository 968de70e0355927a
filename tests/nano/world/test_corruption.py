"""Built-in mistakes: plausible ones, carried on, and also the wrong bar called the tallest."""

import itertools
import random

from engine.domain import Label
from nano.world.checker import Mistake, check, first_mistake
from nano.world.corruption import corrupt_solution
from nano.world.questions import problems
from nano.world.scenes import Family, SceneSplit

SOME = tuple(itertools.islice(problems(5, SceneSplit.TRAIN), 300))


def test_nearly_every_spoilt_solution_holds_a_mistake_and_keeps_its_steps() -> None:
    rng, wrong = random.Random(0), 0
    for problem in SOME:
        steps = corrupt_solution(problem, rng)
        assert len(steps) == len(problem.steps)
        wrong += any(verdict.label is Label.WRONG for verdict in check(problem, steps))
    assert wrong / len(SOME) > 0.95


def test_all_kinds_of_mistakes_are_made() -> None:
    rng = random.Random(0)
    made = {verdict.mistake for problem in SOME for verdict in check(problem, corrupt_solution(problem, rng))}
    assert made == {*Mistake, None}


def test_another_bar_is_called_the_tallest_with_its_own_number() -> None:
    rng, found = random.Random(0), 0
    extremes = (p for p in problems(6, SceneSplit.TRAIN, (Family.BARS,)) if p.kind == "extremes")
    for problem in itertools.islice(extremes, 60):
        numbers = {slot.name[0]: slot.value for slot in problem.scene.slots}
        for before, step in zip(problem.steps, corrupt_solution(problem, rng), strict=True):
            if "est bar is" in step and step.split(": ")[0] != before.split(": ")[0]:
                name, value = step.removesuffix(".").split(" is ")[1].split(": ")
                assert numbers[name] == int(value)
                found += 1
    assert found > 20


def test_numbers_are_miscopied_into_true_computations_and_readings_stand_twice() -> None:
    rng, miscopied, repeated = random.Random(0), 0, 0
    for problem in SOME:
        steps = corrupt_solution(problem, rng)
        readings = [step for step in steps if "=" not in step]
        repeated += len(set(readings)) < len(readings)
        verdicts = check(problem, steps)
        miscopied += first_mistake(verdicts) is Mistake.REASONING and all(
            v.mistake is not Mistake.PERCEPTION for v in verdicts
        )
    assert repeated / len(SOME) > 0.05
    assert miscopied / len(SOME) > 0.15
