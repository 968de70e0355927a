"""Pictures cut into tiles and normalised exactly as InternVL2.5's ``dynamic_preprocess`` and ``load_image`` do.

Knows pixels, and what a native folder says of them. Bits do not depend on the Pillow release: from 13.0 on, Pillow
shrinks tall pictures down before across, and a rounding to 8 bits lies between the two, so the order is spelt out here. (The
reference scores were made with Pillow 13.0; with 12.3's order one golden score is off by 3e-4.)

Source: OpenGVLab's model card (``load_image``); Pillow 13.0 ``Resample.c``, whose rule was checked on 1,000 random sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL.Image import Image, Resampling
from torch import Tensor

from engine.errors import LoadError
from engine.models.checkpoints.folder import read_preparation
from engine.pictures.tile_grid import TileGrid, nearest_grid

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet


class TileProcessor:
    """Cuts and normalises; has the two calls of transformers' ``GotOcr2ImageProcessorPil`` that the engine uses."""

    def __init__(
        self,
        *,
        edge: int,
        smallest: int = 1,
        largest: int = 12,
        mean: Sequence[float] = MEAN,
        deviation: Sequence[float] = DEVIATION,
    ) -> None:
        """``edge`` is a tile's side in pixels; a picture is cut into ``smallest`` to ``largest`` tiles plus the thumbnail."""
        if edge < 1 or not 1 <= smallest <= largest:
            raise ValueError(f"edge {edge!r}, smallest {smallest!r} and largest {largest!r} make no tiling")
        self.edge, self.smallest, self.largest = edge, smallest, largest
        self._mean, self._deviation = np.array(mean, np.float32), np.array(deviation, np.float32)

    @classmethod
    def open(cls, folder: Path, max_tiles: int | None = None) -> TileProcessor:
        """Read how a native folder prepares pictures; ``max_tiles`` replaces its limit. Raises LoadError."""
        stated = read_preparation(folder)
        try:
            size = stated["size"]
            is_known = (
                str(stated["image_processor_type"]).startswith("GotOcr2ImageProcessor")
                and size["height"] == size["width"]
                and stated.get("resample", 3) == Resampling.BICUBIC
                and abs(float(stated.get("rescale_factor", 1 / 255)) * 255 - 1) < 1e-6
            )
            if not is_known:
                raise ValueError(
                    "it asks for another way to prepare pictures than GotOcr2ImageProcessor's bicubic tiles"
                )
            # "crop_to_patches" is false in the published files; transformers' InternVLProcessor cuts pictures all the same
            largest = int(stated.get("max_patches", 12))
            largest = largest if max_tiles is None or largest == 1 else max_tiles
            return cls(
                edge=int(size["height"]),
                smallest=min(int(stated.get("min_patches", 1)), largest),
                largest=largest,
                mean=stated.get("image_mean", MEAN),
                deviation=stated.get("image_std", DEVIATION),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"How {str(folder)!r} prepares pictures cannot be used: {error}") from error

    def __call__(self, images: Sequence[Image], return_tensors: str = "pt") -> dict[str, Tensor]:
        """Return ``pixel_values`` (tiles, 3, edge, edge), float32, and ``num_patches`` (images,)."""
        if return_tensors != "pt":
            raise ValueError(f"return_tensors {return_tensors!r} is not supported; use 'pt'")
        tiles = [self._tiles(image.convert("RGB")) for image in images]
        pixels = torch.from_numpy(np.concatenate(tiles))
        return {"pixel_values": pixels, "num_patches": torch.tensor([len(one) for one in tiles])}

    def get_number_of_image_patches(self, height: int, width: int) -> int:
        """Return into how many tiles a picture of this size is cut, thumbnail included."""
        return self.grid(height=height, width=width).tiles

    def grid(self, *, height: int, width: int) -> TileGrid:
        """Return how a picture of this size is cut."""
        return nearest_grid(width, height, edge=self.edge, smallest=self.smallest, largest=self.largest)

    def _tiles(self, image: Image) -> np.ndarray:
        """Return a picture's tiles, row by row, thumbnail last: (tiles, 3, edge, edge)."""
        edge = self.edge
        grid = self.grid(height=image.height, width=image.width)
        whole = _pixels(image, (grid.columns * edge, grid.rows * edge))  # (rows * edge, columns * edge, 3)
        cut = whole.reshape(grid.rows, edge, grid.columns, edge, 3).swapaxes(1, 2).reshape(-1, edge, edge, 3)
        if grid.tiles > 1:
            cut = np.concatenate([cut, _pixels(image, (edge, edge))[None]])
        scaled = cut.astype(np.float32) / np.float32(255)
        return np.ascontiguousarray(((scaled - self._mean) / self._deviation).transpose(0, 3, 1, 2))


def _pixels(image: Image, size: tuple[int, int]) -> np.ndarray:
    """Return a picture resized to ``size`` (width, height) as (height, width, 3), 8 bits a value."""
    width, height = size
    is_down_first = height < image.height and image.height - height > 2 * (image.width - width)
    between = (image.width, height) if is_down_first else (width, image.height)
    return np.asarray(image.resize(between, Resampling.BICUBIC).resize(size, Resampling.BICUBIC))
