"""From a picture to the vision tower's input, in training exactly as in serving.

Knows pixels. Does not know what a picture shows.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nano.model.architecture import PIXEL_MEAN, PIXEL_STD, build_image_processor


def resize_pictures(images: list[Image.Image]) -> Tensor:
    """The serving path before scaling and normalisation: (images, 3, EDGE, EDGE) uint8."""
    processor = build_image_processor()
    arrays = [
        processor(image, do_rescale=False, do_normalize=False, return_tensors="np")["pixel_values"][0]
        for image in images
    ]
    return torch.from_numpy(np.stack(arrays).astype(np.uint8))


def normalise_pixels(pixels: Tensor) -> Tensor:
    """uint8 pixels -> the vision tower's input, float32 of the same shape."""
    return (pixels.float() / 255 - PIXEL_MEAN) / PIXEL_STD
