"""The small world an embedded model was trained on, and whether an input lies outside it.

Two checks: words the training questions never used, and pictures whose features lie far from those of training pictures.
Reads ``workbench.json`` and ``known_world.safetensors``; knows neither models nor prompts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import LoadError

SHOWN_WORDS = 3  # unknown words named in the notice

HOW_TO_CHOOSE = (
    "Their answers and scores mean little here: choose real models with the --policy and --reward-model settings "
    "(for example an InternVL2.5 checkpoint and VisualPRM-8B)."
)


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case; digits and signs are no words."""
    return re.findall(r"[^\W\d_]+", text.lower())


def features_of(tokens: Tensor) -> Tensor:
    """Return the feature of one image, (2 * hidden,): mean and standard deviation over its tokens (tokens, hidden)."""
    return torch.cat([tokens.mean(0), tokens.std(0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorld:
    """What an embedded model knows."""

    description: str  # for people: the pictures and questions it was trained on
    words: frozenset[str]  # every word of its training questions
    mean: Tensor  # (F,) mean feature of training pictures
    precision: Tensor  # (F, F) inverse covariance
    feature_threshold: float  # squared Mahalanobis distance beyond which a picture is unknown

    def notice(self, question: str, picture_tokens: list[Tensor]) -> str | None:
        """Return a sentence for people when question or pictures lie outside, else None.

        ``picture_tokens``: one (tokens, hidden) tensor an image.
        """
        unknown = list(dict.fromkeys(word for word in words_of(question) if word not in self.words))
        strange = [
            index for index, tokens in enumerate(picture_tokens) if self._distance(tokens) > self.feature_threshold
        ]
        if not unknown and not strange and picture_tokens:
            return None
        reasons = []
        if not picture_tokens:
            reasons.append("there is no picture")
        if strange:
            reasons.append("this picture does not look like one of them")
        if unknown:
            named = ", ".join(f"“{word}”" for word in unknown[:SHOWN_WORDS])
            more = f" and {len(unknown) - SHOWN_WORDS} more" if len(unknown) > SHOWN_WORDS else ""
            reasons.append(f"the question uses words they never saw ({named}{more})")
        world = self.description.rstrip(". ")
        return f"The embedded models only know their own kind of input: {world}. Here {' and '.join(reasons)}. {HOW_TO_CHOOSE}"

    def _distance(self, tokens: Tensor) -> float:
        centred = features_of(tokens.float().cpu()) - self.mean
        return float(centred @ self.precision @ centred)


def read_known_world(folder: Path, stated: Mapping[str, Any]) -> KnownWorld:
    """Read ``known_world.safetensors`` beside what ``workbench.json`` states. Raises LoadError."""
    path = folder / "known_world.safetensors"
    try:
        tensors = load_file(path)
        return KnownWorld(
            description=str(stated["description"]),
            words=frozenset(str(word) for word in stated["words"]),
            mean=tensors["mean"].float(),
            precision=tensors["precision"].float(),
            feature_threshold=float(stated["feature_threshold"]),
        )
    except SafetensorError as error:
        raise LoadError(f"{str(path)!r} is damaged: {error}") from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise LoadError(f"The known world of {str(folder)!r} cannot be read: {error!r}.") from error
