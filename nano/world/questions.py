"""Questions about scenes, with their answers and correct solutions, in varied wording and order.

Every question asks for a linear form of the numbers in the picture (constant + sum of coefficient x value): that is
what lets checker.py decide whether a step, in whatever order, leads to the answer. Does not know pixels or models.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nano.world.scenes import Family, Scene, SceneSplit, Slot, scenes

CORNERS = {"triangle": 3, "square": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearForm:
    """A linear form over the slots of one scene."""

    constant: int
    """The part that does not depend on the picture (180 degrees, 50 dollars)."""
    weights: tuple[int, ...]
    """One coefficient a slot, in slot order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldProblem:
    """A question about a scene, its answer, what a solution must compute, and one correct solution."""

    scene: Scene
    """The picture's content."""
    question: str
    """The text of the question, in plain English."""
    kind: str
    """The question kind, such as `difference`."""
    answer: int
    """The correct number."""
    target: LinearForm
    """The linear form that is asked for."""
    constants: tuple[int, ...]
    """Numbers that a solution may use although they are not in the picture."""
    steps: tuple[str, ...]
    """One correct solution, its last step `Final answer: ...`."""


@dataclass(frozen=True, slots=True)
class _Question:
    question: str
    steps: list[str]
    weights: dict[int, int]
    constant: int = 0
    constants: tuple[int, ...] = ()


def problems(seed: int, split: SceneSplit, families: tuple[Family, ...] = tuple(Family)) -> Iterator[WorldProblem]:
    """Endless problems, one a scene; the same seed gives the same problems."""
    rng = random.Random(f"questions {seed} {split.value}")
    for scene in scenes(seed, split, families):
        yield problem_of(scene, rng)


def problem_of(scene: Scene, rng: random.Random) -> WorldProblem:
    """A random question about the scene, with one of its correct solutions."""
    kinds = _KINDS[scene.family]
    while True:
        kind = rng.choice(tuple(kinds))
        drawn = kinds[kind](scene, rng)
        if drawn is not None:
            break
    weights = tuple(drawn.weights.get(index, 0) for index in range(len(scene.slots)))
    answer = drawn.constant + sum(w * slot.value for w, slot in zip(weights, scene.slots, strict=True))
    return WorldProblem(
        scene=scene,
        question=drawn.question,
        kind=kind,
        answer=answer,
        target=LinearForm(constant=drawn.constant, weights=weights),
        constants=drawn.constants,
        steps=(*drawn.steps, f"Final answer: {answer}"),
    )


def reading_step(family: Family, slot: Slot) -> str:
    """The step that reads one slot off the picture."""
    if family is Family.BARS:
        return f"The {slot.name[0]} bar is {slot.value}."
    if family is Family.PRICES:
        return f"One {slot.name[0]} costs {slot.value} dollars."
    if family is Family.SHAPES:
        return f"There are {slot.value} {plural_name(slot)}."
    return f"Angle {slot.name[0]} is ${slot.value}^\\circ$."


def extreme_step(end: str, slot: Slot) -> str:
    """The step that names the `tallest` or `shortest` bar and reads it."""
    return f"The {end} bar is {slot.name[0]}: {slot.value}."


def lookup_question(scene: Scene, slot: Slot) -> str:
    """A one-step question about a slot, for training only: never a benchmark question."""
    if scene.family is Family.BARS:
        return f"How tall is the {slot.name[0]} bar?"
    if scene.family is Family.PRICES:
        return f"What does one {slot.name[0]} cost?"
    if scene.family is Family.SHAPES:
        return f"How many {plural_name(slot)} are there?"
    return f"How large is angle {slot.name[0]}?"


def plural_name(slot: Slot) -> str:
    """The plural a text uses for a slot: `red circles`, `cherries`."""
    *front, last = slot.name
    plural = last[:-1] + "ies" if last.endswith("y") else last + "s"
    return " ".join((*front, plural))


def _pick(scene: Scene, rng: random.Random, count: int) -> list[int]:
    return rng.sample(range(len(scene.slots)), count)


def _shuffled(rng: random.Random, lines: list[str]) -> list[str]:
    return rng.sample(lines, len(lines))


def _read(scene: Scene, *indices: int) -> list[str]:
    return [reading_step(scene.family, scene.slots[index]) for index in indices]


def _difference(scene: Scene, rng: random.Random) -> _Question | None:
    i, j = sorted(_pick(scene, rng, 2), key=lambda index: -scene.slots[index].value)
    high, low = scene.slots[i], scene.slots[j]
    if high.value == low.value or not (high.shown and low.shown):
        return None
    if scene.family is Family.BARS:
        a, b = high.name[0], low.name[0]
        texts = [f"How much taller is the {a} bar than the {b} bar?", f"How far is the {a} bar above the {b} bar?"]
    elif scene.family is Family.PRICES:
        a, b = high.name[0], low.name[0]
        texts = [f"How much more does one {a} cost than one {b}?", f"By how much is one {b} cheaper than one {a}?"]
    elif scene.family is Family.SHAPES:
        texts = [f"How many more {plural_name(high)} than {plural_name(low)} are there?"]
    else:
        texts = [f"How much larger is angle {high.name[0]} than angle {low.name[0]}?"]
    steps = [
        *_shuffled(rng, _read(scene, i, j)),
        f"The difference is ${high.value}-{low.value}={high.value - low.value}$.",
    ]
    return _Question(rng.choice(texts), steps, {i: 1, j: -1})


def _sum(scene: Scene, rng: random.Random) -> _Question | None:
    chosen = _pick(scene, rng, 2)
    parts = [scene.slots[index] for index in chosen]
    if scene.family is Family.BARS:
        a, b = (part.name[0] for part in parts)
        texts = [
            f"How tall are the {a} bar and the {b} bar together?",
            f"What is the sum of the {a} bar and the {b} bar?",
        ]
    else:
        a, b = (plural_name(part) for part in parts)
        texts = [f"How many {a} and {b} are there together?", f"What is the number of {a} and {b}?"]
    return _Question(rng.choice(texts), [*_read(scene, *chosen), *_chain(parts)], dict.fromkeys(chosen, 1))


def _sum_of_three(scene: Scene, rng: random.Random) -> _Question | None:
    chosen = _pick(scene, rng, 3)
    parts = [scene.slots[index] for index in chosen]
    a, b, c = (part.name[0] for part in parts)
    texts = [f"What is the sum of the {a}, {b} and {c} bars?", f"How tall are the {a}, {b} and {c} bars together?"]
    return _Question(rng.choice(texts), [*_read(scene, *chosen), *_chain(parts)], dict.fromkeys(chosen, 1))


def _chain(parts: list[Slot]) -> list[str]:
    """Running sums over the parts, one step each."""
    steps, total = [], parts[0].value
    for part in parts[1:]:
        steps.append(f"Together they are ${total}+{part.value}={total + part.value}$.")
        total += part.value
    return steps


def _multiple(scene: Scene, rng: random.Random) -> _Question | None:
    (i, j), count = _pick(scene, rng, 2), rng.randint(2, 4)
    x, y = scene.slots[i], scene.slots[j]
    product = count * x.value
    text = f"What is {count} times the {x.name[0]} bar plus the {y.name[0]} bar?"
    scaled = [*_read(scene, i), f"The product is ${count}\\times{x.value}={product}$."]
    other = _read(scene, j)
    steps = rng.choice((scaled + other, other + scaled))
    steps.append(f"Together they are ${product}+{y.value}={product + y.value}$.")
    return _Question(text, steps, {i: count, j: 1}, constants=(count,))


def _extremes(scene: Scene, rng: random.Random) -> _Question | None:
    order = sorted(range(len(scene.slots)), key=lambda index: scene.slots[index].value)
    low, high = scene.slots[order[0]], scene.slots[order[-1]]
    text = rng.choice(
        ("How much taller is the tallest bar than the shortest bar?", "What is the tallest bar minus the shortest bar?")
    )
    steps = _shuffled(
        rng,
        [extreme_step("tallest", high), extreme_step("shortest", low)],
    )
    steps.append(f"The difference is ${high.value}-{low.value}={high.value - low.value}$.")
    return _Question(text, steps, {order[-1]: 1, order[0]: -1})


def _basket(scene: Scene, rng: random.Random) -> _Question | None:
    i, j = _pick(scene, rng, 2)
    counts = rng.randint(2, 5), rng.randint(2, 5)
    x, y = scene.slots[i], scene.slots[j]
    goods = f"{counts[0]} {plural_name(x)} and {counts[1]} {plural_name(y)}"
    texts = [f"What do {goods} cost?", f"How much do you pay for {goods}?"]
    products = [counts[0] * x.value, counts[1] * y.value]
    costs = [
        f"{count} {plural_name(slot)} cost ${count}\\times{slot.value}={product}$ dollars."
        for count, slot, product in zip(counts, (x, y), products, strict=True)
    ]
    reads = _read(scene, i, j)
    steps = rng.choice(([reads[0], costs[0], reads[1], costs[1]], [*reads, *costs]))
    steps = [*steps, f"Together they are ${products[0]}+{products[1]}={sum(products)}$ dollars."]
    return _Question(rng.choice(texts), steps, {i: counts[0], j: counts[1]}, constants=counts)


def _change(scene: Scene, rng: random.Random) -> _Question | None:
    (i,), count, paid = _pick(scene, rng, 1), rng.randint(2, 5), rng.choice((50, 80, 100))
    slot = scene.slots[i]
    cost = count * slot.value
    if cost >= paid:
        return None
    texts = [
        f"You pay {count} {plural_name(slot)} with {paid} dollars. What is the change?",
        f"How much is left of {paid} dollars after you buy {count} {plural_name(slot)}?",
    ]
    steps = [
        *_read(scene, i),
        f"{count} {plural_name(slot)} cost ${count}\\times{slot.value}={cost}$ dollars.",
        f"The change is ${paid}-{cost}={paid - cost}$ dollars.",
    ]
    return _Question(rng.choice(texts), steps, {i: -count}, constant=paid, constants=(count, paid))


def _left(scene: Scene, rng: random.Random) -> _Question | None:
    (i, j), paid = _pick(scene, rng, 2), rng.choice((60, 80, 100))
    x, y = scene.slots[i].value, scene.slots[j].value
    text = f"You buy one {scene.slots[i].name[0]} and one {scene.slots[j].name[0]}. How much is left of {paid} dollars?"
    ends = (
        [f"Together they are ${x}+{y}={x + y}$ dollars.", f"The change is ${paid}-{x + y}={paid - x - y}$ dollars."],
        [f"The rest is ${paid}-{x}={paid - x}$ dollars.", f"The change is ${paid - x}-{y}={paid - x - y}$ dollars."],
    )
    steps = [*_read(scene, i, j), *rng.choice(ends)]
    return _Question(text, steps, {i: -1, j: -1}, constant=paid, constants=(paid,))


def _total(scene: Scene, rng: random.Random) -> _Question | None:
    chosen = range(len(scene.slots))
    text = rng.choice(("How many shapes are there in total?", "How many shapes does the picture show?"))
    return _Question(text, [*_read(scene, *chosen), *_chain(list(scene.slots))], dict.fromkeys(chosen, 1))


def _taken(scene: Scene, rng: random.Random) -> _Question | None:
    (i, j), slot = (_pick(scene, rng, 2)), None
    slot, other = scene.slots[i], scene.slots[j]
    if slot.value < 2:
        return None
    gone = rng.randint(1, slot.value - 1)
    rest = slot.value - gone
    text = f"We take away {gone} {plural_name(slot)}. How many {plural_name(slot)} and {plural_name(other)} are left?"
    steps = [*_read(scene, i), f"The rest is ${slot.value}-{gone}={rest}$.", *_read(scene, j)]
    steps.append(f"Together they are ${rest}+{other.value}={rest + other.value}$.")
    return _Question(text, steps, {i: 1, j: 1}, constant=-gone, constants=(gone,))


def _corners(scene: Scene, rng: random.Random) -> _Question | None:
    (i,) = _pick(scene, rng, 1)
    slot = scene.slots[i]
    corners = CORNERS.get(slot.name[1])
    if corners is None:
        return None
    steps = [*_read(scene, i), f"The product is ${corners}\\times{slot.value}={corners * slot.value}$."]
    return _Question(
        f"How many corners do the {plural_name(slot)} have together?", steps, {i: corners}, constants=(corners,)
    )


def _third(scene: Scene, rng: random.Random) -> _Question | None:
    hidden = next(index for index, slot in enumerate(scene.slots) if not slot.shown)
    i, j = _shuffled_pair(rng, hidden)
    x, y = scene.slots[i].value, scene.slots[j].value
    name = scene.slots[hidden].name[0]
    texts = (f"What is angle {name}?", "How large is the missing angle?", "What is the third angle of the triangle?")
    ends = (
        [f"Together they are ${x}+{y}={x + y}$.", f"The rest is $180-{x + y}={180 - x - y}$."],
        [f"The rest is $180-{x}={180 - x}$.", f"The rest is ${180 - x}-{y}={180 - x - y}$."],
    )
    steps = [*_read(scene, i, j), *rng.choice(ends)]
    return _Question(rng.choice(texts), steps, {i: -1, j: -1}, constant=180, constants=(180,))


def _exterior(scene: Scene, rng: random.Random) -> _Question | None:
    hidden = next(index for index, slot in enumerate(scene.slots) if not slot.shown)
    i, j = _shuffled_pair(rng, hidden)
    parts = [scene.slots[i], scene.slots[j]]
    text = f"What is the exterior angle at {scene.slots[hidden].name[0]}?"
    return _Question(text, [*_read(scene, i, j), *_chain(parts)], {i: 1, j: 1})


def _shuffled_pair(rng: random.Random, hidden: int) -> tuple[int, int]:
    i, j = rng.sample([index for index in range(3) if index != hidden], 2)
    return i, j


_Kind = Callable[[Scene, random.Random], _Question | None]
_KINDS: dict[Family, dict[str, _Kind]] = {
    Family.BARS: {
        "difference": _difference,
        "sum": _sum,
        "sum_of_three": _sum_of_three,
        "multiple": _multiple,
        "extremes": _extremes,
    },
    Family.PRICES: {"difference": _difference, "basket": _basket, "change": _change, "left": _left},
    Family.SHAPES: {"difference": _difference, "sum": _sum, "total": _total, "taken": _taken, "corners": _corners},
    Family.ANGLES: {"difference": _difference, "third": _third, "exterior": _exterior},
}
