"""Stage `telling`: things of one colour are told apart by their kind.

Pictures of the world seldom show two things of the same colour, so a text model learns to look things up by colour alone and
then reads the wrong one of two, half the time. Here all things have one colour, and the only question is what number stands
with each kind. The lesson comes from codes and needs no picture. Among a hundred other things to predict in a batch it is not
learnt in a thousand steps; by itself it is begun after 150, and then goes on beside the others (`sharpening_mc`).
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nano import codes
from nano.model import POLICY_LAYERS
from nano.train.reading import Reader
from nano.train.rows import IGNORED, Batch, Layout, batches
from nano.train.verdicts import Asked, judge_loss, judged_row
from nano.world.questions import problem_of, reading
from nano.world.scenes import COLOURS, SHAPES, Family, Scene, Slot, Split, scenes

SCENES = 16  # a batch of the stage
POOL_BATCHES = 20
ROW = 8  # readings of a scene
FALSE_SHARE = 0.5
TWINS_SHARE = 0.5  # of scenes: two of one colour among others; in the rest all have one colour
NOISE = 0.15  # of each code coordinate: as far as eyes are off
DIGIT_LAYER = POLICY_LAYERS  # where what should stand there is predicted
TELL = 2.0  # weight of predicting it


class TellingLosses:
    """losses(pool) of the stage; no pool is like another."""

    def __init__(self, reader: Reader, layout: Layout, seed: int) -> None:
        self._reader, self._layout, self._seed = reader, layout, seed

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch, of the numbers alone."""
        drawn = alike_batches(self._layout, f"telling {self._seed} {pool}", SCENES)
        for batch, seen in itertools.islice(drawn, POOL_BATCHES):
            yield digits_loss(self._reader, batch, seen)


def telling_loss(reader: Reader, layout: Layout, batch: Batch, seen: Tensor) -> Tensor:
    """What is learnt of a batch of alike things once they are told apart."""
    return judge_loss(reader, layout, batch, seen) + TELL * digits_loss(reader, batch, seen)


def digits_loss(reader: Reader, batch: Batch, seen: Tensor) -> Tensor:
    """Cross-entropy over the number that should stand there, asked where the reading ends."""
    wanted = (batch.targets != IGNORED) & (batch.checks != IGNORED)
    hidden = reader.layers(batch.ids, seen)[DIGIT_LAYER]
    return nn.functional.cross_entropy(reader.lm_head(hidden[wanted]), batch.targets[wanted])


def alike_batches(layout: Layout, seed: str, size: int) -> Iterator[tuple[Batch, Tensor]]:
    """Endless batches of `size` rows with the codes (size, IMAGE_TOKENS, WIDTH) that eyes would write of them."""
    rng, table = random.Random(f"alike {seed}"), codes.build_table()
    generator = torch.Generator().manual_seed(rng.getrandbits(48))
    drawn = (scene for scene in scenes(rng.getrandbits(48), Split.TRAIN) if scene.family is Family.SHAPES)
    while True:
        some = [alike(scene, rng) for scene in itertools.islice(drawn, size)]
        rows = [
            judged_row(layout, problem_of(scene, rng), _readings(scene, rng), index, Asked.STEPS)
            for index, scene in enumerate(some)
        ]
        (batch,) = batches(rows, size, layout.pad)
        classes = [codes.classes(some[index]) for index in batch.scenes]
        written = codes.encode(table, {part: torch.tensor([one[part] for one in classes]) for part in codes.PARTS})
        yield batch, written + NOISE * torch.randn(written.shape, generator=generator)


def alike(scene: Scene, rng: random.Random) -> Scene:
    """A training scene of shapes with two things of one colour, or four of one colour, and numbers that all differ."""
    while True:
        colour = rng.choice(COLOURS)
        names = [(colour, kind) for kind in rng.sample(SHAPES, len(SHAPES))]
        if rng.random() < TWINS_SHARE:
            others = rng.sample([other for other in COLOURS if other != colour], rng.randint(0, 2))
            names = [*names[:2], *((other, rng.choice(SHAPES)) for other in others)]
        rng.shuffle(names)
        values = rng.sample(range(2, 7), len(names))
        slots = tuple(Slot(name=name, value=value) for name, value in zip(names, values, strict=True))
        changed = dataclasses.replace(scene, slots=slots)
        if changed.split is Split.TRAIN:
            return changed


def _readings(scene: Scene, rng: random.Random) -> tuple[str, ...]:
    """ROW readings of things that have another of their colour, half of them with that one's number."""
    colours = [slot.name[0] for slot in scene.slots]
    alike_slots = [slot for slot in scene.slots if colours.count(slot.name[0]) > 1]
    steps = []
    for _ in range(ROW):
        slot, other = rng.sample(alike_slots, 2)
        stated = dataclasses.replace(slot, value=other.value) if rng.random() < FALSE_SHARE else slot
        steps.append(reading(Family.SHAPES, stated))
    return tuple(steps)
