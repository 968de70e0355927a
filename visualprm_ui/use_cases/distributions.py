"""The figures of the charts beside the list of solutions, out of what the store keeps of every step."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.evaluation.distributions import Distributions, measure_distributions
from storage import ListedSteps
from storage.results.step_cells import BINS, LAST_PLACE, SIGNS

_UNLABELLED = 2


def distributions_of(listed: ListedSteps) -> Distributions:
    """Return how labels, scores and times of the solutions are distributed."""
    return measure_distributions(as_frame(listed.cells), LAST_PLACE + 1, BINS, listed.seconds)


def as_frame(cells: str) -> pd.DataFrame:
    """Return the steps of solutions, whose cells are parted by spaces, as rows of ``place``, ``label`` and ``bin``."""
    signs = np.frombuffer(cells.encode("ascii"), dtype=np.uint8)
    is_step = signs != ord(" ")
    solution = np.cumsum(~is_step)[is_step]
    letters = signs[is_step].reshape(-1, 2)
    solution = solution[::2]
    at = np.arange(len(solution))
    begins = np.r_[True, solution[1:] != solution[:-1]] if len(solution) else np.zeros(0, dtype=bool)
    first = np.maximum.accumulate(np.where(begins, at, 0))
    labels = np.full(256, _UNLABELLED, dtype=np.int8)
    for label, sign in SIGNS.items():
        labels[ord(sign)] = _UNLABELLED if label is None else int(label)
    bins = np.full(256, -1, dtype=np.int8)
    bins[ord("A") : ord("A") + BINS] = np.arange(BINS)
    return pd.DataFrame(
        {
            "place": np.minimum(at - first, LAST_PLACE).astype(np.int8),
            "label": labels[letters[:, 0]],
            "bin": bins[letters[:, 1]],
        }
    )
