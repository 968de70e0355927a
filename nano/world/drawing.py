"""Draws a scene as a picture that a small vision tower can read.

Knows pixels. Layout, typeface, sizes, tints and blur come from the scene's style seed only, so that a scene always
looks the same. Uses the typefaces in nano/world/fonts and the one inside Pillow, never a font of the machine.
"""

from __future__ import annotations

import functools
import math
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from nano.world.scenes import ITEMS, SHAPES, VERTICES, Family, Scene

EDGE = 432  # pixels of the finished picture: three times what the vision tower sees
CELL = 36  # pixels; one patch of the vision tower
GLYPHS = tuple(sorted({*"0123456789$°?", *"".join(ITEMS), *VERTICES})) + SHAPES  # what a PlacedGlyph may be
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
_INKS = ((38, 42, 50), (0, 0, 0), (24, 40, 92), (70, 38, 24))
_PAPERS = ((255, 255, 255), (252, 250, 244), (245, 248, 252), (247, 247, 247), (250, 246, 250), (240, 244, 236))
_FONTS = Path(__file__).parent / "fonts"
_FACES = (None, *sorted(path.name for path in _FONTS.glob("*.ttf")))  # None: Pillow's own
_PALE = (120, 126, 136)
_ZERO = 0.56  # width of a digit of Pillow's typeface, in ems; the others are set so that their digits are as wide

# Corners A, B, C in cells. The triangles are not drawn to scale, as in school books: the numbers count.
_TRIANGLES = (
    ((1.5, 9.8), (10.5, 9.8), (6, 1.8)),
    ((2, 1.8), (10, 1.8), (6, 10.2)),
    ((2, 10), (10, 10), (3, 1.8)),
    ((2, 10), (10, 10), (9, 1.8)),
)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedGlyph:
    """A letter, a digit or a shape in a picture."""

    glyph: str
    """One character, or the name of a shape."""
    centre: tuple[float, float]
    """In pixels of the finished picture."""
    slot: int
    """Index of the scene's slot that it belongs to."""


def draw(scene: Scene, freedom: float = 1.0) -> Image.Image:
    """The picture of a scene: RGB, EDGE x EDGE.

    `freedom`, in [0, 1], is how far the layout may leave the grid of the vision tower's patches, and styles their
    defaults. Pictures of the world have 1; those with less are easier to learn to read.
    """
    pen = _drawn(scene, freedom, EDGE * _FINE)
    image = pen.image.reduce(_FINE)
    if pen.rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(pen.rng.uniform(0.3, 1.3)))
    return image


def placed_glyphs(scene: Scene, freedom: float = 1.0) -> list[PlacedGlyph]:
    """The glyphs in the picture of a scene, without axis labels."""
    return _drawn(scene, freedom, 1).placed  # on the smallest canvas: only the places count


def _drawn(scene: Scene, freedom: float, edge: int) -> _Canvas:
    rng = random.Random(scene.style)
    pen = _Canvas(Image.new("RGB", (edge, edge), rng.choice(_PAPERS)), rng, freedom)
    _DRAWERS[scene.family](pen, scene)
    return pen


class _Canvas:
    """Drawing commands in pixels of the finished picture, in the style of one picture."""

    def __init__(self, image: Image.Image, rng: random.Random, freedom: float) -> None:
        self._draw = ImageDraw.Draw(image)
        self.image, self.rng, self.freedom = image, rng, freedom
        self.ink = rng.choice(_INKS)
        self._face = rng.choice(_FACES) if self.chance(1.0) else None
        self._size = self.about(1.0, 0.1)
        self.placed: list[PlacedGlyph] = []

    def chance(self, share: float) -> bool:
        """Whether to leave the default, in that share of pictures at full freedom."""
        return self.rng.random() < share * self.freedom

    def about(self, value: float, reach: float) -> float:
        """The value, changed by up to `reach` at full freedom."""
        return value + self.freedom * self.rng.uniform(-reach, reach)

    def near(self, at: tuple[float, float], reach: float = 3) -> tuple[float, float]:
        """The place, moved by a few pixels."""
        return at[0] + self.rng.uniform(-reach, reach), at[1] + self.rng.uniform(-reach, reach)

    def tinted(self, name: str) -> Colour:
        """A shade of the named colour."""
        light = self.about(0, 14)  # a larger change of single channels would turn brown into olive
        red, green, blue = (round(max(0, min(255, part + light + self.rng.randint(-14, 14)))) for part in _RGB[name])
        return red, green, blue

    def text(
        self, at: tuple[float, float], text: str, size: float, anchor: str = "mm", slot: int | None = None
    ) -> None:
        """Write text; `size` is that of Pillow's typeface, others are scaled to its width. Without slot: pale, and no glyph."""
        ink = _PALE if slot is None else self.ink
        bold = 1 if size > 30 and self._face is None else 0
        font = _font(self._face, round(size * self._size * _FINE))
        place = (at[0] * _FINE, at[1] * _FINE)
        self._draw.text(place, text, ink, font, anchor, stroke_width=bold, stroke_fill=ink)
        if slot is None:
            return
        start = at[0] - font.getlength(text) / _FINE * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
        for index, character in enumerate(text):
            middle = (font.getlength(text[:index]) + font.getlength(text[: index + 1])) / 2
            self.placed.append(PlacedGlyph(glyph=character, centre=(start + middle / _FINE, at[1]), slot=slot))

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


@functools.lru_cache(maxsize=512)
def _font(face: str | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if face is None:
        return ImageFont.load_default(size)
    path = str(_FONTS / face)
    return ImageFont.truetype(path, round(size * _ZERO / _width_of_zero(path)))


@functools.cache
def _width_of_zero(path: str) -> float:
    """The width of a zero, in ems."""
    return ImageFont.truetype(path, 100).getlength("0") / 100


def _draw_bars(pen: _Canvas, scene: Scene) -> None:
    rng = pen.rng
    count = len(scene.slots)
    pitch = min(pen.about(2 * CELL, 10), 390 / count)
    # of the axis: the first bar stands a pitch's half to the right of it
    grid = CELL * rng.randint(1, 11 - 2 * count)
    left = min(max(30, pen.about(grid, CELL / 2)), EDGE - 6 - pitch * count)
    bottom = pen.about(CELL * rng.randint(9, 10), CELL / 2)
    on_top = pen.chance(0.5)  # numbers over the bars instead of under them
    right, top = left + pitch * count, 60.0 if on_top else 30.0
    scale, width = (bottom - top) / 60, pitch * rng.uniform(0.56, 0.8)
    if not pen.chance(0.4):
        for tick in range(0, 61, 20):
            y = bottom - tick * scale
            pen.line([(left, y), (right, y)], (214, 218, 224), 1)
            pen.text((left - 5, y), str(tick), 15, "rm")
    for index, slot in enumerate(scene.slots):
        middle, head = left + pitch * (index + 0.5), bottom - slot.value * scale
        pen.box((middle - width / 2, head, middle + width / 2, bottom), pen.tinted(slot.name[0]))
        pen.text(pen.near((middle, head - 22 if on_top else bottom + 21), 2), str(slot.value), 42, slot=index)
    pen.line([(left, bottom), (right, bottom)], pen.ink, 2)
    pen.line([(left, bottom), (left, top - 10)], pen.ink, 2)


def _draw_prices(pen: _Canvas, scene: Scene) -> None:
    rng = pen.rng
    count = len(scene.slots)
    pitch = pen.about(2 * CELL, 9)
    left = max(0, pen.about(CELL * rng.randint(0, 2), CELL / 2))
    right = min(EDGE, pen.about(EDGE - CELL * rng.randint(0, 2), CELL / 2))
    first = CELL * (rng.randint(0, 10 - 2 * count) + 1.5)  # the middle of the first line of text
    first = min(max(pitch / 2, pen.about(first, CELL / 2)), EDGE - pitch * (count - 0.5))
    shade = rng.choice(((226, 234, 246), (236, 232, 222), (228, 240, 230), (238, 230, 240)))
    ruled = pen.chance(0.4)  # lines between the rows instead of stripes
    for index, slot in enumerate(scene.slots):
        y = first + pitch * index
        if ruled and index:
            pen.line([(left + 6, y - pitch / 2), (right - 6, y - pitch / 2)], (196, 200, 206), 2)
        elif not ruled and index % 2 == 0:
            pen.box((left + 6, y - pitch / 2, right - 6, y + pitch / 2), shade, 8)
        pen.text(pen.near((left + 20, y)), slot.name[0], 44, "lm", index)
        pen.text(pen.near((right - 20, y)), f"${slot.value}", 44, "rm", index)


def _draw_shapes(pen: _Canvas, scene: Scene) -> None:
    rng = pen.rng
    count, most = len(scene.slots), max(slot.value for slot in scene.slots)
    across, down = (2 * CELL - pen.freedom * rng.uniform(2, 16) for _ in range(2))
    first = CELL * (2 * rng.randint(0, 6 - count) + 1)
    top = min(max(CELL, pen.about(first, CELL)), EDGE - CELL - down * (count - 1))
    left = CELL + pen.freedom * rng.uniform(0, EDGE - 2 * CELL - across * (most - 1))
    for row, slot in enumerate(scene.slots):
        colour, radius = pen.tinted(slot.name[0]), min(across, down) * rng.uniform(0.36, 0.43)
        for column in range(
            slot.value
        ):  # flush left, as in a pictogram: gaps made counting too hard for this vision tower
            at = pen.near((left + across * column, top + down * row))
            pen.placed.append(PlacedGlyph(glyph=slot.name[1], centre=at, slot=row))
            _shape(pen, slot.name[1], at, radius, colour)


def _shape(pen: _Canvas, shape: str, at: tuple[float, float], radius: float, fill: Colour) -> None:
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


def _draw_angles(pen: _Canvas, scene: Scene) -> None:
    rng = pen.rng
    spots = list(rng.choice(_TRIANGLES if pen.chance(1.0) else _TRIANGLES[:2]))
    turned = rng.randrange(3) if pen.chance(1.0) else 0  # which corner A is
    spots = spots[turned:] + spots[:turned]
    away = (pen.about(0, CELL / 2), pen.about(0, CELL / 2))
    corners = [(_inside(pen.about(CELL * x, 9) + away[0]), _inside(pen.about(CELL * y, 9) + away[1])) for x, y in spots]
    middle = (sum(x for x, _ in corners) / 3, sum(y for _, y in corners) / 3)
    pen.polygon(corners, rng.choice(((232, 240, 252), (240, 248, 236), (252, 244, 230), (246, 238, 250))))
    pen.line([*corners, corners[0], corners[1]], rng.choice((pen.ink, (41, 98, 214), (132, 62, 190))), 3)
    for index, (slot, corner) in enumerate(zip(scene.slots, corners, strict=True)):
        length = math.dist(corner, middle)
        out = tuple((c - m) / length for c, m in zip(corner, middle, strict=True))
        pen.text((corner[0] + 26 * out[0], corner[1] + 26 * out[1]), slot.name[0], 32, slot=index)
        inward = 82
        label = f"{slot.value}°" if slot.shown else "?"
        pen.text((corner[0] - inward * out[0], corner[1] - inward * out[1]), label, 42, slot=index)


def _inside(place: float, margin: float = 40) -> float:
    """The coordinate, far enough from the picture's edge for a letter."""
    return min(max(margin, place), EDGE - margin)


_DRAWERS = {
    Family.BARS: _draw_bars,
    Family.PRICES: _draw_prices,
    Family.SHAPES: _draw_shapes,
    Family.ANGLES: _draw_angles,
}
