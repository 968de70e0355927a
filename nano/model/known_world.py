"""What the nano models know: the words of their questions and the look of their pictures, as shipped beside the weights.

The engine warns when a question uses other words or a picture's features lie far from those of the world. Knows
statistics only; how features are computed from picture tokens is `features`, the same formula the engine uses.
"""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass

import torch
from torch import Tensor

from nano.world.questions import look_up, problems
from nano.world.scenes import Split

DESCRIPTION = (
    "Small drawn pictures of four kinds (bar charts, price lists, rows of coloured shapes, triangles with two angles "
    "given) and questions that add, subtract or multiply the numbers in them."
)
QUANTILE = 0.995  # of held-out world pictures that must count as known
SHRINKAGE = 0.05  # share of the covariance that is replaced by its diagonal mean


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureModel:
    """A Gaussian around the features of world pictures."""

    mean: Tensor
    """(D,) mean feature."""
    precision: Tensor
    """(D, D) inverse of the shrunk covariance."""
    threshold: float
    """Squared Mahalanobis distance above which a picture is not of this world."""


def words(samples: int = 6000, seed: int = 0) -> list[str]:
    """Every lower-case word that questions of the world use."""
    found: set[str] = set()
    rng = random.Random(seed)
    for problem in itertools.islice(problems(seed, Split.TRAIN), samples):
        for text in (problem.question, look_up(problem.scene, rng.choice(problem.scene.slots))):
            found.update(re.findall(r"[a-z]+", text.lower()))
    return sorted(found)


def features(tokens: Tensor) -> Tensor:
    """Picture tokens (pictures, tokens, width) -> features (pictures, 2 x width): mean and standard deviation."""
    return torch.cat([tokens.mean(1), tokens.std(1)], dim=-1)


def fit_features(known: Tensor, held_out: Tensor) -> FeatureModel:
    """Fit mean and precision on features of training pictures, the threshold on those of held-out ones."""
    mean = known.mean(0)
    covariance = (known - mean).T @ (known - mean) / len(known)
    scale = covariance.diagonal().mean()
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * scale * torch.eye(len(mean))
    precision = torch.linalg.inv(shrunk).contiguous()
    distances = distance(held_out, mean, precision)
    return FeatureModel(mean=mean, precision=precision, threshold=float(distances.quantile(QUANTILE)))


def distance(some: Tensor, mean: Tensor, precision: Tensor) -> Tensor:
    """(pictures,) squared Mahalanobis distances."""
    centred = some - mean
    return torch.einsum("pd,de,pe->p", centred, precision, centred)
