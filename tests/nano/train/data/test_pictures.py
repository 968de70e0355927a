"""Pools of pictures: drawn once, the same every time, and labelled patch by patch with what stands there.

Covers nano/train/stages/vision.py.
"""

from pathlib import Path

import pytest
import torch

from nano.model.architecture import EDGE, IMAGE_TOKENS, PATCH, build_model
from nano.model.parts import VisionEncoder
from nano.model.tokenizer import build_tokenizer
from nano.train.data import pictures
from nano.train.data.pictures import picture_pool
from nano.train.stages.vision import patch_loss
from nano.world.drawing import EDGE as DRAWN_EDGE
from nano.world.drawing import GLYPHS, placed_glyphs

SIDE = EDGE // PATCH


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(pictures, "POOL", 12)


def test_a_pool_is_drawn_once_and_less_freedom_is_another_pool(tmp_path: Path) -> None:
    first = picture_pool(3, 1, folder=tmp_path)
    again = picture_pool(3, 1, folder=tmp_path)
    on_grid = picture_pool(3, 1, 0.0, folder=tmp_path)
    assert torch.equal(first.pixels, again.pixels)
    assert first.scenes == on_grid.scenes
    assert not torch.equal(first.pixels, on_grid.pixels)
    assert set(first.freedoms) == {1.0}
    assert set(on_grid.freedoms) == {0.0}
    halfway = picture_pool(3, 1, 0.5, folder=tmp_path).freedoms
    assert len(set(halfway)) == 12
    assert 0 <= min(halfway) < max(halfway) <= 0.5
    assert len(list(tmp_path.iterdir())) == 3


def test_every_patch_is_labelled_with_what_stands_there(tmp_path: Path) -> None:
    pool = picture_pool(3, 1, folder=tmp_path)
    glyphs, owners = pool.patch_labels()
    assert glyphs.shape == owners.shape == (12, SIDE * SIDE)
    assert torch.equal(glyphs == len(GLYPHS), owners == IMAGE_TOKENS)
    for number, scene in enumerate(pool.scenes):
        found = {}
        for placed in placed_glyphs(scene):
            column, row = (int(place * SIDE / DRAWN_EDGE) for place in placed.centre)
            found[row * SIDE + column] = (placed.glyph, placed.slot)  # of two in one patch the later one is kept
        assert int((glyphs[number] < len(GLYPHS)).sum()) == len(found)
        for patch, (what, slot) in found.items():
            assert (GLYPHS[int(glyphs[number, patch])], int(owners[number, patch])) == (what, slot)


def test_auxiliary_losses_train_the_lower_layers_only(tmp_path: Path) -> None:
    vision = VisionEncoder(build_model(build_tokenizer(), layers=1))
    pool = picture_pool(3, 1, folder=tmp_path)
    tokens, spelt, owned = vision.forward_with_heads(pool.pixels[:2])
    assert torch.allclose(tokens, vision(pool.pixels[:2]), atol=1e-5)
    assert (spelt.shape[-1], owned.shape[-1]) == (len(GLYPHS) + 1, IMAGE_TOKENS + 1)
    patch_loss(spelt, pool.patch_labels()[0][:2]).backward()
    lower, *_, upper = vision.vision_tower.encoder.layer
    assert lower.mlp.fc1.weight.grad is not None
    assert upper.mlp.fc1.weight.grad is None
