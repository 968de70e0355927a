"""What the engine needs of a policy and of a reward model; anything that fits can be served. No tensor appears here.

Their generators are how work is shared: each ``yield`` stands between two forward steps, where the engine may serve someone
else or stop. Closing a generator is how work is cancelled; it must free what it held.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PIL.Image import Image

from engine.domain import FinishReason, Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The identity of a loaded model: name, revision, size, dtype, device."""

    name: str  # as shown and stored, e.g. "nano-policy", "OpenGVLab/VisualPRM-8B"
    revision: str  # commit, date or content hash
    family: str  # e.g. "internvl"
    parameters: int
    dtype: str
    device: str
    prm_format: str | None = None  # how a reward model is asked about steps; None: as VisualPRM is


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """New text of one row, straight from the decoder. A row's last chunk has ``finish`` and may have no text."""

    draw: int
    text: str
    tokens: int  # tokens of this row so far, the one that ends its turn not counted
    finish: FinishReason | None = None  # STOP or LENGTH; None while writing


class Policy(Protocol):
    """A model that writes solutions."""

    @property
    def card(self) -> ModelCard:
        """Its name, revision, size, dtype and device."""
        ...

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """Write ``sampling.n`` solutions. Yields after every forward step, possibly an empty tuple.

        The first ``next`` checks the input (InvalidRequest) and computes nothing.
        """
        ...

    def out_of_distribution_notice(self, images: Sequence[Image], question: str) -> str | None:
        """Return a sentence for people when the input, or how it is asked, is not what the model was trained for, else None."""
        ...


class ScoringSession(Protocol):
    """All solutions of one problem under one reward model; image and prompt prefix are computed once."""

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, tuple[float, ...]]]:
        """Append steps to rows (row -> steps; a new number starts a row) and return their P(+), in order.

        Yields between forward steps. Raises InvalidRequest before anything is computed when a row would not fit; no row
        has changed then. A score is NaN when the model computed NaN.
        """
        ...

    def drop(self, row: int) -> None:
        """Discard a row and free its memory; unknown rows are ignored."""
        ...


@runtime_checkable
class KnowsOutdatedScores(Protocol):
    """A scoring session whose scores may depend on how long the whole solution became."""

    def is_outdated(self, row: int) -> bool:
        """Whether earlier scores of a row differ from those it gets when all of its steps are scored together."""
        ...


class RewardModel(Protocol):
    """A model that scores each step with the probability that the solution is correct up to and including it."""

    @property
    def card(self) -> ModelCard:
        """Its name, revision, size, dtype and device."""
        ...

    @property
    def notice(self) -> str | None:
        """Why the scores are only approximate, in a sentence for people; None when they are the model's own."""
        ...

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """Return into how many tiles each image will be cut, thumbnail included; computes nothing."""
        ...

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScoringSession]:
        """Encode images and prompt prefix; yields between forward steps, returns the session.

        ``one_pass`` False asks for the scores of one prompt a step; they differ only where positions grow with the prompt.

        The first ``next`` checks the input (InvalidRequest) and computes nothing.
        """
        ...


@runtime_checkable
class HoldsConnection(Protocol):
    """A model that holds a connection, which is closed when the model is no longer served."""

    def close(self) -> None:
        """Close the connection; the model is not used afterwards. May be called twice."""
        ...


class MovableWeights(Protocol):
    """Weights that can be moved between their device and host memory."""

    @property
    def nbytes(self) -> int:
        """Bytes the weights take on the device."""
        ...

    @property
    def is_resident(self) -> bool:
        """Whether the weights are on the device now."""
        ...

    def to_device(self) -> None:
        """Move the weights onto the device."""
        ...

    def to_host(self) -> None:
        """Move the weights to host memory; the model cannot run until they are back."""
        ...


@runtime_checkable
class HasWeights(Protocol):
    """A model whose weights are in this process."""

    @property
    def weights(self) -> MovableWeights:
        """The weights, on the device or in host memory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models that an engine serves."""

    policy: Policy | None  # None: it can score, not sample
    reward_model: RewardModel
    in_turns: bool = False  # the device has room for one at a time, so that all is written before anything is scored
