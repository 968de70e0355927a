"""Pictures that are not of the nano world, for training and measuring how they are recognised.

Knows pixels only: from noise and textures as in photographs to charts, tables and figures that are nearly of this
world.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 432
_WORDS = ("north", "south", "east", "west", "other", "Q1", "Q2", "2019", "2020")
Maker = Callable[[random.Random], Image.Image]


def draw_foreign_pictures(seed: int, each: int, kinds: tuple[str, ...] | None = None) -> dict[str, list[Image.Image]]:
    """Kind -> `each` pictures of that kind (of all kinds by default); the same seed gives the same pictures."""
    rng = random.Random(f"strangers {seed}")  # the word is part of the recipe: another draws other pictures
    return {kind: [_MAKERS[kind](rng) for _ in range(each)] for kind in (_MAKERS if kinds is None else kinds)}


def _noise(rng: random.Random) -> Image.Image:
    values = np.random.default_rng(rng.getrandbits(32)).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return Image.fromarray(values)


def _gradient(rng: random.Random) -> Image.Image:
    first, last = (np.array([rng.randrange(256) for _ in range(3)]) for _ in range(2))
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    picture = Image.fromarray(((1 - ramp) * first + ramp * last + np.zeros((SIDE, SIDE, 3))).astype(np.uint8))
    return picture.rotate(rng.choice((0, 90, 180, 270)))


def _clouds(rng: random.Random) -> Image.Image:
    """Coarse and fine colour noise added up, with the spectrum of photographs."""
    generator = np.random.default_rng(rng.getrandbits(32))
    total = np.zeros((SIDE, SIDE, 3))
    for side in (2, 4, 9, 27, 81):
        coarse = Image.fromarray(generator.integers(0, 256, (side, side, 3), dtype=np.uint8))
        total += np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC), dtype=float) / side**0.7
    scaled = 255 * (total - total.min()) / (total.max() - total.min())
    return Image.fromarray(scaled.astype(np.uint8))


def _page(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    for line in range(rng.randint(8, 20)):
        letters = "".join(rng.choice("abcdefghiklmnoprstuvw     ") for _ in range(rng.randint(20, 44)))
        draw.text((20, 14 + line * 20), letters, (30, 30, 30), ImageFont.load_default(16))
    return picture


def _pie(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    start = 0.0
    for _ in range(rng.randint(3, 6)):
        turn = rng.uniform(30, 110)
        draw.pieslice((60, 60, 372, 372), start, start + turn, _colour(rng))
        start += turn
    return picture


def _lines(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    draw.line([(40, 20), (40, 400), (420, 400)], (40, 40, 40), 2)
    for _ in range(rng.randint(1, 3)):
        draw.line([(40 + 38 * x, rng.randint(40, 390)) for x in range(11)], _colour(rng), 4)
    return picture


def _scribbles(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    for _ in range(rng.randint(6, 20)):
        x, y, size = rng.randrange(SIDE), rng.randrange(SIDE), rng.randint(10, 150)
        turn = rng.uniform(0, math.tau)
        far = (x + size * math.cos(turn), y + size * math.sin(turn))
        if rng.random() < 0.5:
            draw.line([(x, y), far], _colour(rng), rng.randint(2, 14))
        else:
            draw.ellipse(
                (x, y, x + size, y + size * rng.uniform(0.3, 1)), outline=_colour(rng), width=rng.randint(2, 10)
            )
    return picture


def _points(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    draw.line([(40, 20), (40, 400), (420, 400)], (40, 40, 40), 2)
    colours = [_colour(rng) for _ in range(rng.randint(1, 3))]
    for _ in range(rng.randint(15, 80)):
        x, y = rng.randint(50, 410), rng.randint(30, 390)
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), rng.choice(colours))
    return picture


def _lying_bars(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    for row in range(rng.randint(3, 8)):
        draw.text((10, 26 + row * 48), rng.choice(_WORDS[:5]), (30, 30, 30))
        draw.rectangle((90, 16 + row * 48, rng.randint(110, 420), 50 + row * 48), _colour(rng))
    return picture


def _landscape(rng: random.Random) -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), (rng.randint(90, 190), rng.randint(170, 220), rng.randint(220, 255)))
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        level = 170 + 70 * layer
        ridge = [(54 * step, level + rng.randint(-60, 40)) for step in range(9)]
        draw.polygon([(0, SIDE), *ridge, (SIDE, SIDE)], _colour(rng))
    return picture


def _board(rng: random.Random) -> Image.Image:
    cells = rng.randint(4, 12)
    pattern = (np.add.outer(np.arange(cells), np.arange(cells)) % 2)[..., None]
    small = (pattern * np.array(_colour(rng)) + (1 - pattern) * 245).astype(np.uint8)
    return Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.NEAREST)


def _foreign_bars(rng: random.Random) -> Image.Image:
    """Upright bars as other programs draw them: words under them, numbers on the axis only."""
    picture, draw = _sheet(rng)
    pitch = 380 / rng.randint(3, 8)
    same = _colour(rng) if rng.random() < 0.5 else None
    for column in range(int(380 / pitch)):
        left = 46 + column * pitch
        draw.rectangle((left, rng.randint(40, 370), left + pitch * rng.uniform(0.5, 0.8), 390), same or _colour(rng))
        draw.text((left, 396), rng.choice(_WORDS), (30, 30, 30))
    step = rng.choice((5, 10, 25))
    for tick in range(5):
        draw.text((8, 384 - tick * 84), str(tick * step), (60, 60, 60))
    return picture


def _stacked_bars(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    pitch = 380 / rng.randint(3, 7)
    colours = [_colour(rng) for _ in range(3)]
    for column in range(int(380 / pitch)):
        left, bottom = 46 + column * pitch, 390
        for colour in colours:
            height = rng.randint(20, 110)
            draw.rectangle((left, bottom - height, left + pitch * 0.7, bottom), colour)
            bottom -= height
        draw.text((left, 396), rng.choice(_WORDS), (30, 30, 30))
    return picture


def _table(rng: random.Random) -> Image.Image:
    picture, draw = _sheet(rng)
    rows, columns = rng.randint(3, 8), rng.randint(3, 5)
    font = ImageFont.load_default(rng.randint(16, 28))
    for row in range(rows):
        top = 14 + row * 400 / rows
        draw.line((8, top, 424, top), (150, 150, 150), 1)
        for column in range(columns):
            text = str(rng.randint(1, 999)) if column else rng.choice(_WORDS)
            draw.text((16 + column * 400 / columns, top + 6), text, (30, 30, 30), font)
    return picture


def _sketch(rng: random.Random) -> Image.Image:
    """A figure as in a geometry book, with lengths and letters."""
    picture, draw = _sheet(rng)
    corners = [(rng.randint(20, 410), rng.randint(20, 410)) for _ in range(rng.choice((3, 4, 5)))]
    draw.polygon(corners, outline=(20, 20, 20), width=3)
    for _ in range(4):
        text = rng.choice("xyzPQRS") + rng.choice(("", "=5", "=12", " cm"))
        draw.text((rng.randint(20, 390), rng.randint(20, 390)), text, (20, 20, 20), ImageFont.load_default(26))
    return picture


def _sheet(rng: random.Random) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    tone = rng.randint(235, 255)
    picture = Image.new("RGB", (SIDE, SIDE), (tone, tone, tone))
    return picture, ImageDraw.Draw(picture)


def _colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(230), rng.randrange(230), rng.randrange(230)


_MAKERS: dict[str, Maker] = {
    "noise": _noise,
    "gradients": _gradient,
    "clouds": _clouds,
    "pages of text": _page,
    "pie charts": _pie,
    "line charts": _lines,
    "scribbles": _scribbles,
    "point clouds": _points,
    "lying bars": _lying_bars,
    "landscapes": _landscape,
    "boards": _board,
    "bar charts of other programs": _foreign_bars,
    "stacked bars": _stacked_bars,
    "tables": _table,
    "sketches": _sketch,
}
TRAINED_KINDS = (
    "noise", "gradients", "clouds", "pages of text", "pie charts", "line charts", "scribbles", "lying bars", "tables",
)  # fmt: skip
"""Kinds that the vision encoder is trained on; the others are for measuring only."""
