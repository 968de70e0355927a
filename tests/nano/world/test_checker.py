"""The exact checker on hand-written solutions: right, detours, wrong, carried on, neutral."""

import pytest

from nano.world.checker import ClaimedNumber, Mistake, check, claimed_numbers, first_mistake, misread
from nano.world.questions import LinearForm, WorldProblem, problems, reading_step
from nano.world.scenes import Family, Scene, SceneSplit, Slot


def problem(
    family: Family, slots: tuple[Slot, ...], target: LinearForm, constants: tuple[int, ...] = ()
) -> WorldProblem:
    answer = target.constant + sum(w * s.value for w, s in zip(target.weights, slots, strict=True))
    scene = Scene(family=family, slots=slots, style=0)
    return WorldProblem(
        scene=scene, question="?", kind="test", answer=answer, target=target, constants=constants, steps=()
    )


BARS = (Slot(name=("red",), value=23), Slot(name=("blue",), value=14), Slot(name=("green",), value=9))
DIFFERENCE = problem(Family.BARS, BARS, LinearForm(constant=0, weights=(1, -1, 0)))
SUM = problem(Family.BARS, BARS, LinearForm(constant=0, weights=(1, 1, 1)))
PRICES = (Slot(name=("plum",), value=12), Slot(name=("cherry",), value=9))
CHANGE = problem(Family.PRICES, PRICES, LinearForm(constant=50, weights=(-3, 0)), (3, 50))
BASKET = problem(Family.PRICES, PRICES, LinearForm(constant=0, weights=(3, 2)), (3, 2))
CORNERS = (Slot(name=("A",), value=61), Slot(name=("B",), value=52), Slot(name=("C",), value=67, shown=False))
THIRD = problem(Family.ANGLES, CORNERS, LinearForm(constant=180, weights=(-1, -1, 0)), (180,))
EXTERIOR = problem(Family.ANGLES, CORNERS, LinearForm(constant=0, weights=(1, 1, 0)))


def labels(given: WorldProblem, *steps: str) -> list[int]:
    return [int(verdict.label) for verdict in check(given, steps)]


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        (DIFFERENCE, ["The red bar is 23.", "The blue bar is 14.", "The difference is $23-14=9$.", "Final answer: 9"]),
        (DIFFERENCE, ["The blue bar is 14.", "Subtract: $23 - 14 = 9$", r"So \boxed{9}, Final answer: 9"]),
        (SUM, ["$14+9=23$", "$23+23=46$", "Final answer: 46"]),
        (SUM, ["$23+14+9=46$", "Final answer: 46"]),
        (CHANGE, [r"$3\times12=36$", "The change is $50-36=14$ dollars.", "Final answer: 14"]),
        (CHANGE, ["$50-12=38$", "$38-12=26$", "$26-12=14$", "Final answer: 14 dollars"]),
        (BASKET, ["3 plums cost $3 × 12 = 36$", r"2 cherries cost $2\times9=18$ dollars.", "$18+36=54$"]),
        (THIRD, [r"Angle A is $61^\circ$.", "$61+52=113$", "$180-113=67$", "Final answer: 67"]),
        (THIRD, [r"$180^\circ - 52^\circ - 61^\circ = 67^\circ$", r"Final answer: $67^\circ$"]),
        (EXTERIOR, [r"Angle C is $67^\circ$.", "$180-67=113$", "Final answer: 113"]),
    ],
)
def test_right_solutions_and_right_detours(given: WorldProblem, steps: list[str]) -> None:
    assert labels(given, *steps) == [1] * len(steps)


def test_a_misreading_is_perception_and_what_builds_on_it_is_wrong_too() -> None:
    steps = ["The red bar is 25.", "The blue bar is 14.", "The difference is $25-14=11$.", "Final answer: 11"]
    verdicts = check(DIFFERENCE, steps)
    assert [int(verdict.label) for verdict in verdicts] == [-1, 1, -1, -1]
    assert [verdict.mistake for verdict in verdicts] == [Mistake.PERCEPTION, None, Mistake.REASONING, Mistake.REASONING]
    assert first_mistake(verdicts) is Mistake.PERCEPTION


def test_a_miscalculation_is_arithmetic() -> None:
    verdicts = check(DIFFERENCE, ["The red bar is 23.", "The blue bar is 14.", "$23-14=8$", "Final answer: 8"])
    assert [int(verdict.label) for verdict in verdicts] == [1, 1, -1, -1]
    assert first_mistake(verdicts) is Mistake.ARITHMETIC


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (DIFFERENCE, "$23+14=37$"),  # a true sum where a difference is asked
        (DIFFERENCE, "$23-9=14$"),  # the wrong bar
        (CHANGE, r"$2\times12=24$ and $24+9=33$"),
        (BASKET, r"2 cherries cost $3\times12=36$ dollars."),  # the right numbers for something else
        (SUM, "$-23+14=-9$"),
    ],
)
def test_a_true_computation_that_does_not_lead_to_the_answer_is_wrong(given: WorldProblem, step: str) -> None:
    assert labels(given, step) == [-1]


def test_a_bar_that_is_not_there_is_misread() -> None:
    assert check(DIFFERENCE, ["The pink bar is 23."])[0].mistake is Mistake.PERCEPTION


def test_extremes() -> None:
    assert labels(DIFFERENCE, "The tallest bar is red: 23.", "The shortest bar is blue: 14.") == [1, -1]


def test_no_claim_is_neutral_and_nothing_gives_nothing() -> None:
    assert labels(DIFFERENCE, "Let me look at the chart.", "") == [0, 0]
    assert labels(DIFFERENCE) == []


def test_a_right_answer_after_a_mistake_is_right_by_itself() -> None:
    assert labels(DIFFERENCE, "The red bar is 24.", "Final answer: 9") == [-1, 1]


@pytest.mark.parametrize(
    ("given", "step", "claimed"),
    [
        (SUM, "The red bar is 32.", [(0, "32", "23")]),
        (SUM, "The tallest bar is blue: 14.", [(0, "14", "14")]),
        (SUM, "The pink bar is 32.", []),
        (SUM, "Together they are $23+14=38$.", [(4, "38", "37")]),
        (BASKET, r"3 plums cost $3\times12=38$ dollars.", [(4, "38", "36")]),
        (THIRD, r"Angle A is $61^\circ$.", [(0, "61", "61")]),
        (THIRD, "The rest is $9-14=5$.", []),
        (THIRD, "The rest is $14-9=-5$.", []),
        (SUM, "Final answer: 46", []),
    ],
)
def test_numbers_that_are_read_or_computed_are_found_with_what_they_should_be(
    given: WorldProblem, step: str, claimed: list[tuple[int, str, str]]
) -> None:
    expected = [ClaimedNumber(first_digit=first, stated=stated, true=true) for first, stated, true in claimed]
    assert list(claimed_numbers(given, step)) == expected


def test_of_shapes_the_number_stands_before_what_is_counted() -> None:
    given = next(problems(3, SceneSplit.TRAIN, (Family.SHAPES,)))
    slot = given.scene.slots[0]
    (claim,) = claimed_numbers(given, reading_step(Family.SHAPES, slot))
    assert claim == ClaimedNumber(first_digit=0, stated=str(slot.value), true=str(slot.value), named_later=True)


def test_misread_objects_carry_the_number_that_is_stated() -> None:
    steps = ["One plum costs 12 dollars.", "One cherry costs 12 dollars.", "One melon costs 9 dollars.", "$12-9=4$"]
    assert [*misread(CHANGE, steps)] == [Slot(name=("cherry",), value=12)]
