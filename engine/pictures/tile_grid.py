"""Into how many tiles InternVL2.5 cuts a picture of a given size. Pure arithmetic; no pixel and no torch.

Source: OpenGVLab's model card (``dynamic_preprocess``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """How one picture is cut."""

    columns: int
    rows: int

    @property
    def tiles(self) -> int:
        """Tiles, the thumbnail included: it comes with more than one tile only."""
        count = self.columns * self.rows
        return count + 1 if count > 1 else 1


def nearest_grid(width: int, height: int, *, edge: int, smallest: int = 1, largest: int = 12) -> TileGrid:
    """Return the grid of ``smallest`` to ``largest`` tiles whose shape is nearest to that of ``width`` by ``height`` pixels.

    ``edge``: pixels of a tile's side. Of two equally near grids the larger wins while the picture has more than half its pixels.
    """
    best, nearest = TileGrid(columns=1, rows=1), float("inf")
    span = range(1, largest + 1)
    shapes = [(columns, rows) for columns in span for rows in span if smallest <= columns * rows <= largest]
    for columns, rows in sorted(shapes, key=lambda shape: shape[0] * shape[1]):
        distance = abs(width / height - columns / rows)
        is_tie_won = distance == nearest and width * height > 0.5 * edge**2 * columns * rows
        if distance < nearest or is_tie_won:
            best, nearest = TileGrid(columns=columns, rows=rows), distance
    return best
