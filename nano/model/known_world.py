"""Statistics of the training inputs, as shipped beside the weights: the words of questions and the features of pictures.

The engine warns when a question uses other words or a picture's features lie far from these
(engine/models/input_check.py). Knows statistics only.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.models.input_check import squared_distance, words_of
from nano.world.questions import lookup_question, problems
from nano.world.scenes import SceneSplit

DESCRIPTION = (
    "Small drawn pictures of four kinds (bar charts, price lists, rows of coloured shapes, triangles with two angles "
    "given) and questions that add, subtract or multiply the numbers in them."
)
QUANTILE = 0.995  # share of held-out pictures of this world that must pass
SHRINKAGE = 0.05  # share of the covariance that is replaced by its diagonal mean


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureStatistics:
    """A Gaussian fitted to the features of the world's pictures."""

    mean: Tensor
    """(D,) mean feature."""
    precision: Tensor
    """(D, D) inverse of the shrunk covariance."""
    threshold: float
    """Squared Mahalanobis distance above which a picture is called foreign."""


def question_words(samples: int = 6000, seed: int = 0) -> list[str]:
    """Every lower-case word that questions of the world use."""
    found: set[str] = set()
    rng = random.Random(seed)
    for problem in itertools.islice(problems(seed, SceneSplit.TRAIN), samples):
        for text in (problem.question, lookup_question(problem.scene, rng.choice(problem.scene.slots))):
            found.update(words_of(text))
    return sorted(found)


def fit_statistics(known: Tensor, held_out: Tensor) -> FeatureStatistics:
    """Fit mean and precision on features of training pictures, the threshold on those of held-out ones."""
    mean = known.mean(0)
    covariance = (known - mean).T @ (known - mean) / len(known)
    scale = covariance.diagonal().mean()
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * scale * torch.eye(len(mean))
    precision = torch.linalg.inv(shrunk).contiguous()
    distances = squared_distance(held_out, mean, precision)
    return FeatureStatistics(mean=mean, precision=precision, threshold=float(distances.quantile(QUANTILE)))
