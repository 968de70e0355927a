"""What a picture of the nano world shows: families, slots and the train / held-out split.

Knows which objects a scene may hold and with which values. Does not know how a scene is drawn (drawing.py) or what is
asked about it (questions.py).
"""

from __future__ import annotations

import enum
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

COLOURS = ("red", "blue", "green", "orange", "purple", "brown", "pink", "gray")
ITEMS = ("apple", "pear", "plum", "kiwi", "lemon", "melon", "fig", "cherry")
SHAPES = ("circle", "square", "triangle", "star")
VERTICES = ("A", "B", "C")
HELD_OUT_SHARE = 8  # one scene in eight is never trained on


class Family(enum.Enum):
    """The four kinds of pictures; the value is the `data_source` of a problem."""

    BARS = "nano_bars"
    PRICES = "nano_prices"
    SHAPES = "nano_shapes"
    ANGLES = "nano_angles"


class SceneSplit(enum.Enum):
    """Which side of the train / held-out cut a scene is on."""

    TRAIN = "train"
    HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One object of a picture: a bar, a table row, a group of equal shapes or a corner of the triangle."""

    name: tuple[str, ...]
    """Words that name it: ("red",), ("plum",), ("red", "circle") or ("A",)."""
    value: int
    """Its number: height, price in dollars, count or degrees."""
    shown: bool = True
    """False for the angle of a triangle that the picture marks with a question mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The content of a picture and the seed of its style."""

    family: Family
    """Which kind of picture it is."""
    slots: tuple[Slot, ...]
    """Objects in reading order: left to right, top to bottom, A B C."""
    style: int
    """Seed of layout, colours, sizes and blur; decides neither the split nor any answer."""

    @property
    def split(self) -> SceneSplit:
        """The side this scene is on, decided by a hash of its parameters (not of any seed)."""
        content = repr((self.family.value, [(slot.name, slot.value, slot.shown) for slot in self.slots]))
        digest = hashlib.sha256(content.encode()).digest()
        return SceneSplit.HELD_OUT if digest[0] % HELD_OUT_SHARE == 0 else SceneSplit.TRAIN


def scenes(seed: int, split: SceneSplit, families: tuple[Family, ...] = tuple(Family)) -> Iterator[Scene]:
    """Endless scenes of one split; the same seed gives the same scenes. Families come in equal shares."""
    rng = random.Random(f"scenes {seed} {split.value}")
    while True:
        family = rng.choice(families)
        scene = Scene(family=family, slots=_SLOTS[family](rng), style=rng.getrandbits(32))
        if scene.split is split:
            yield scene


def _bars(rng: random.Random) -> tuple[Slot, ...]:
    names = rng.sample(COLOURS, rng.randint(3, 5))
    values = rng.sample(range(5, 60), len(names))  # distinct, so that tallest and shortest are unique
    return tuple(Slot(name=(name,), value=value) for name, value in zip(names, values, strict=True))


def _prices(rng: random.Random) -> tuple[Slot, ...]:
    names = rng.sample(ITEMS, rng.randint(3, 5))
    values = rng.sample(range(3, 30), len(names))
    return tuple(Slot(name=(name,), value=value) for name, value in zip(names, values, strict=True))


def _shapes(rng: random.Random) -> tuple[Slot, ...]:
    pairs = rng.sample([(colour, shape) for colour in COLOURS for shape in SHAPES], rng.randint(2, 4))
    return tuple(Slot(name=pair, value=rng.randint(2, 6)) for pair in pairs)


def _angles(rng: random.Random) -> tuple[Slot, ...]:
    while True:
        first, second = rng.randint(25, 99), rng.randint(25, 99)
        if 25 <= 180 - first - second <= 120:
            break
    hidden = rng.randrange(3)
    values = [first, second]
    values.insert(hidden, 180 - first - second)
    return tuple(
        Slot(name=(vertex,), value=value, shown=index != hidden)
        for index, (vertex, value) in enumerate(zip(VERTICES, values, strict=True))
    )


_SLOTS = {Family.BARS: _bars, Family.PRICES: _prices, Family.SHAPES: _shapes, Family.ANGLES: _angles}
