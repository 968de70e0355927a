"""Arrays of numbers: their types, and a quotient that is undefined where nothing is divided by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def ratio(above: Floats, below: Floats) -> Floats:
    """Return the quotients of two arrays, broadcast to one shape; NaN where the divisor is 0."""
    undefined = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    quotient: Floats = np.divide(above, below, out=undefined, where=below != 0)
    return quotient
