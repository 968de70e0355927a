"""Draws a scene as a picture a person likes to look at and a small vision tower can read.

Knows pixels. Layout, tints and blur come from the scene's style seed only, so that a scene always looks the same. Uses
the scalable font inside Pillow, never a font of the machine.
"""

from __future__ import annotations

import functools
import math
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from nano.world.scenes import Family, Scene

EDGE = 432  # pixels of the finished picture: three times what the vision tower sees
CELL = 36  # pixels; one patch of the vision tower. Layouts stand on this grid, give or take a few pixels
_FINE = 2  # drawn at twice the size and averaged, so that edges are smooth
_RGB = {
    "red": (214, 48, 49),
    "blue": (41, 98, 214),
    "green": (46, 160, 67),
    "orange": (243, 146, 28),
    "purple": (132, 62, 190),
    "brown": (130, 84, 45),
    "pink": (244, 128, 190),
    "gray": (128, 134, 142),
}
_INK = (38, 42, 50)
_PAPERS = ((255, 255, 255), (252, 250, 244), (245, 248, 252), (247, 247, 247), (250, 246, 250))

# Corners A, B, C in cells. The triangles are not drawn to scale, as in school books: the numbers count.
_TRIANGLES = (
    ((1, 10), (11, 10), (6, 1.5)),
    ((2, 1.5), (10, 1.5), (6, 10.5)),
)

Colour = tuple[int, int, int]


def draw(scene: Scene) -> Image.Image:
    """The picture of a scene: RGB, EDGE x EDGE."""
    rng = random.Random(scene.style)
    image = Image.new("RGB", (EDGE * _FINE, EDGE * _FINE), rng.choice(_PAPERS))
    _DRAWERS[scene.family](_Pen(image, rng), scene)
    image = image.reduce(_FINE)
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.3)))
    return image


class _Pen:
    """Drawing commands in pixels of the finished picture."""

    def __init__(self, image: Image.Image, rng: random.Random) -> None:
        self._draw = ImageDraw.Draw(image)
        self.rng = rng

    def near(self, at: tuple[float, float], reach: float = 3) -> tuple[float, float]:
        """The place, moved by a few pixels."""
        return at[0] + self.rng.uniform(-reach, reach), at[1] + self.rng.uniform(-reach, reach)

    def text(self, at: tuple[float, float], text: str, size: float, anchor: str = "mm", ink: Colour = _INK) -> None:
        bold = 1 if size > 30 else 0
        self._draw.text(
            (at[0] * _FINE, at[1] * _FINE),
            text,
            ink,
            _font(round(size * _FINE)),
            anchor,
            stroke_width=bold,
            stroke_fill=ink,
        )

    def box(self, box: tuple[float, float, float, float], fill: Colour, radius: float = 0) -> None:
        scaled = tuple(_FINE * side for side in box)
        self._draw.rounded_rectangle(scaled, radius * _FINE, fill)

    def line(self, points: list[tuple[float, float]], ink: Colour, width: float) -> None:
        self._draw.line([(_FINE * x, _FINE * y) for x, y in points], ink, round(width * _FINE), joint="curve")

    def polygon(self, points: list[tuple[float, float]], fill: Colour) -> None:
        self._draw.polygon([(_FINE * x, _FINE * y) for x, y in points], fill)

    def disc(self, at: tuple[float, float], radius: float, fill: Colour) -> None:
        x, y, r = at[0] * _FINE, at[1] * _FINE, radius * _FINE
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill)


@functools.lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _tinted(name: str, rng: random.Random) -> Colour:
    red, green, blue = (max(0, min(255, part + rng.randint(-14, 14))) for part in _RGB[name])
    return red, green, blue


def _draw_bars(pen: _Pen, scene: Scene) -> None:
    rng = pen.rng
    count = len(scene.slots)
    left = CELL * rng.randint(1, 11 - 2 * count)  # the first bar's left neighbour; bars are two cells apart
    bottom = CELL * rng.randint(9, 10)
    right, top = left + CELL * 2 * count, 30.0
    scale, width = (bottom - top) / 60, rng.uniform(40, 58)
    for tick in range(0, 61, 20):
        y = bottom - tick * scale
        pen.line([(left, y), (right, y)], (214, 218, 224), 1)
        pen.text((left - 5, y), str(tick), 15, "rm", (120, 126, 136))
    for index, slot in enumerate(scene.slots):
        middle, head = left + CELL * (2 * index + 1), bottom - slot.value * scale
        pen.box((middle - width / 2, head, middle + width / 2, bottom), _tinted(slot.name[0], rng))
        pen.text(pen.near((middle, bottom + 21), 2), str(slot.value), 42)
    pen.line([(left, bottom), (right, bottom)], _INK, 2)
    pen.line([(left, bottom), (left, top - 10)], _INK, 2)


def _draw_prices(pen: _Pen, scene: Scene) -> None:
    rng = pen.rng
    left, right = CELL * rng.randint(0, 2), EDGE - CELL * rng.randint(0, 2)
    first = rng.randint(0, 10 - 2 * len(scene.slots)) + 1  # the cell row of the first line of text
    shade = rng.choice(((226, 234, 246), (236, 232, 222), (228, 240, 230), (238, 230, 240)))
    for index, slot in enumerate(scene.slots):
        y = CELL * (first + 2 * index + 0.5)
        if index % 2 == 0:
            pen.box((left + 6, y - CELL, right - 6, y + CELL), shade, 8)
        pen.text(pen.near((left + 20, y)), slot.name[0], 44, "lm")
        pen.text(pen.near((right - 20, y)), f"${slot.value}", 44, "rm")


def _draw_shapes(pen: _Pen, scene: Scene) -> None:
    rng = pen.rng
    first = rng.randint(0, 6 - len(scene.slots))
    for row, slot in enumerate(scene.slots):
        colour, radius = _tinted(slot.name[0], rng), rng.uniform(26, 31)
        for column in range(slot.value):  # flush left, as in a pictogram: gaps made counting too hard for these eyes
            at = pen.near((CELL * (2 * column + 1), CELL * (2 * (first + row) + 1)))
            _shape(pen, slot.name[1], at, radius, colour)


def _shape(pen: _Pen, shape: str, at: tuple[float, float], radius: float, fill: Colour) -> None:
    if shape == "circle":
        pen.disc(at, radius, fill)
        return
    if shape == "square":
        side = radius * 0.86
        pen.box((at[0] - side, at[1] - side, at[0] + side, at[1] + side), fill)
        return
    corners = 3 if shape == "triangle" else 10
    points = []
    for corner in range(corners):
        turn = -math.pi / 2 + 2 * math.pi * corner / corners
        reach = radius * (1.1 if corners == 3 or corner % 2 == 0 else 0.46)
        points.append((at[0] + reach * math.cos(turn), at[1] + reach * math.sin(turn)))
    pen.polygon(points, fill)


def _draw_angles(pen: _Pen, scene: Scene) -> None:
    rng = pen.rng
    spots = rng.choice(_TRIANGLES)
    corners = [pen.near((CELL * x, CELL * y)) for x, y in spots]
    middle = (sum(x for x, _ in corners) / 3, sum(y for _, y in corners) / 3)
    pen.polygon(corners, rng.choice(((232, 240, 252), (240, 248, 236), (252, 244, 230), (246, 238, 250))))
    pen.line([*corners, corners[0], corners[1]], rng.choice((_INK, (41, 98, 214), (132, 62, 190))), 3)
    for slot, corner in zip(scene.slots, corners, strict=True):
        length = math.dist(corner, middle)
        out = tuple((c - m) / length for c, m in zip(corner, middle, strict=True))
        pen.text((corner[0] + 26 * out[0], corner[1] + 26 * out[1]), slot.name[0], 32)
        inward = 82
        label = f"{slot.value}°" if slot.shown else "?"
        pen.text((corner[0] - inward * out[0], corner[1] - inward * out[1]), label, 42)


_DRAWERS = {
    Family.BARS: _draw_bars,
    Family.PRICES: _draw_prices,
    Family.SHAPES: _draw_shapes,
    Family.ANGLES: _draw_angles,
}
