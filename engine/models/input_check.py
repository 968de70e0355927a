"""Whether an input is out of distribution for an embedded model: unlike everything that it was trained on.

Two checks: words the training questions never used, and pictures whose features lie far from those of training pictures.
Reads ``known_world`` of ``workbench.json`` and ``known_world.safetensors``; knows neither models nor prompts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import LoadError

_PICTURE_NAME = re.compile(r"<\|?(?:image|img)[ _-]?\d{0,2}\|?>", re.IGNORECASE)  # no word of the question
SHOWN_WORDS = 3  # unknown words named in the notice

HOW_TO_CHOOSE = "Their answers and scores mean little here: load other models, such as InternVL2.5 and VisualPRM-8B."


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case; digits, signs and names of pictures (``<image 1>``) are no words."""
    return re.findall(r"[^\W\d_]+", _PICTURE_NAME.sub(" ", text).lower())


def picture_features(tokens: Tensor) -> Tensor:
    """Return the features (..., 2 * hidden) of pictures: mean and standard deviation over their tokens (..., tokens, hidden)."""
    return torch.cat([tokens.mean(-2), tokens.std(-2)], dim=-1)


def squared_distance(features: Tensor, mean: Tensor, precision: Tensor) -> Tensor:
    """Return squared Mahalanobis distances (...,) of features (..., D) from ``mean`` (D,); ``precision`` (D, D)."""
    centred = features - mean
    return torch.einsum("...d,de,...e->...", centred, precision, centred)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCheck:
    """The distribution of inputs that an embedded model was trained on."""

    description: str  # for people: the pictures and questions it was trained on
    words: frozenset[str]  # every word of its training questions
    mean: Tensor  # (D,) mean feature of training pictures
    precision: Tensor  # (D, D) inverse covariance
    threshold: float  # squared Mahalanobis distance beyond which a picture is out of distribution

    def is_out_of_distribution(self, image_tokens: Tensor) -> bool:
        """Return whether the features of one picture, (tokens, hidden), lie too far from those of training pictures."""
        features = picture_features(image_tokens.float().cpu())
        return float(squared_distance(features, self.mean, self.precision)) > self.threshold

    def notice(self, question: str, images: Sequence[Tensor]) -> str | None:
        """Return a sentence for people when question or pictures are out of distribution, else None.

        ``images``: the tokens (tokens, hidden) of each.
        """
        unknown = list(dict.fromkeys(word for word in words_of(question) if word not in self.words))
        reasons = []
        if not images:
            reasons.append("there is no picture")
        if len(images) > 1:
            reasons.append(f"there are {len(images)} pictures, and they know one at a time")
        unlike = [number for number, image in enumerate(images, 1) if self.is_out_of_distribution(image)]
        if unlike:
            which = "this picture" if len(images) == 1 else f"picture {unlike[0]}"
            reasons.append(f"{which} does not look like one of them")
        if unknown:
            named = ", ".join(f"“{word}”" for word in unknown[:SHOWN_WORDS])
            more = f" and {len(unknown) - SHOWN_WORDS} more" if len(unknown) > SHOWN_WORDS else ""
            reasons.append(f"the question uses words they never saw ({named}{more})")
        if not reasons:
            return None
        known = self.description.rstrip(". ")
        return f"The embedded models only know their own kind of input: {known}. Here {' and '.join(reasons)}. {HOW_TO_CHOOSE}"


def read_input_check(folder: Path, stated: Mapping[str, Any]) -> InputCheck:
    """Read ``known_world.safetensors`` beside what ``workbench.json`` states. Raises LoadError."""
    path = folder / "known_world.safetensors"
    try:
        tensors = load_file(path)
        return InputCheck(
            description=str(stated["description"]),
            words=frozenset(str(word) for word in stated["words"]),
            mean=tensors["mean"].float(),
            precision=tensors["precision"].float(),
            threshold=float(stated["feature_threshold"]),
        )
    except SafetensorError as error:
        raise LoadError(f"{str(path)!r} is damaged: {error}") from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise LoadError(f"known_world of {str(folder)!r} cannot be read: {error!r}.") from error
