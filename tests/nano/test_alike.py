"""Things of one colour: what is asked of them, where, and that the lesson is about training scenes."""

import itertools
import random

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from nano.bench import WEIGHTS
from nano.model import IMAGE_TOKENS, REWARD_LAYERS, WIDTH
from nano.train.alike import TellingLosses, alike, alike_batches, digits_loss, telling_loss
from nano.train.rows import IGNORED, Layout
from nano.train.seeing import Seer, deepened
from nano.world.scenes import SHAPES, Family, Split, scenes


@pytest.fixture(scope="module")
def layout() -> Layout:
    torch.set_num_threads(1)
    return Layout(PreTrainedTokenizerFast.from_pretrained(WEIGHTS / "policy"))


def test_alike_scenes_are_training_scenes_that_the_world_could_draw() -> None:
    rng = random.Random(0)
    shapes = (scene for scene in scenes(1, Split.TRAIN) if scene.family is Family.SHAPES)
    for scene in itertools.islice(shapes, 60):
        changed = alike(scene, rng)
        assert changed.split is Split.TRAIN
        assert 2 <= len(changed.slots) <= 4
        colours = [slot.name[0] for slot in changed.slots]
        assert max(map(colours.count, colours)) in (2, 4)
        assert len({slot.name for slot in changed.slots}) == len({slot.value for slot in changed.slots}) == len(colours)
        assert all(2 <= slot.value <= 6 for slot in changed.slots)


def test_the_number_is_asked_where_the_reading_ends(layout: Layout) -> None:
    (batch, seen), again = (next(alike_batches(layout, "x", 6)) for _ in range(2))
    assert torch.equal(batch.ids, again[0].ids)
    assert torch.equal(seen, again[1])
    assert seen.shape == (6, IMAGE_TOKENS, WIDTH)
    asked = (batch.targets != IGNORED) & (batch.checks != IGNORED)
    assert int(asked.sum()) == 6 * 8
    before = asked.roll(-1, 1)
    kinds = {layout.decode([token]).strip().removesuffix("s") for token in batch.ids[before].tolist()}
    assert kinds <= set(SHAPES)
    assert all(layout.decode([token]) in "23456" for token in batch.targets[asked].tolist())
    assert 0.2 < batch.labels[batch.labels != IGNORED].float().mean() < 0.8


def test_losses_are_finite_and_differ_between_pools(layout: Layout) -> None:
    reader = Seer(deepened(WEIGHTS / "policy", REWARD_LAYERS, 0)).reader
    batch, seen = next(alike_batches(layout, "x", 2))
    digits, whole = digits_loss(reader, batch, seen).detach(), telling_loss(reader, layout, batch, seen).detach()
    assert 0 < float(digits) < float(whole) < 1e3
    first, second = (next(iter(TellingLosses(reader, layout, 1)(pool))).detach() for pool in (0, 1))
    assert float(first) != float(second)
