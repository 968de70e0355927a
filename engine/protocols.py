"""What the engine needs of a policy and of a reward model; anything that fits can be served. No tensor appears here.

Their generators are how work is shared: each ``yield`` stands between two forward steps, where the engine may serve someone
else or stop. Closing a generator is how work is cancelled; it must free what it held.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, runtime_checkable

from PIL.Image import Image

from engine.domain import FinishReason, Sampling
from engine.metering.meter import Meter
from engine.metering.usage import TokenPrice
from engine.model_catalogue.model_choice import ModelPath

Result = TypeVar("Result")
Told = TypeVar("Told")


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
    path: ModelPath = ModelPath.FAST  # how it computes
    prompts: str | None = None  # version of the prompts that a file states for it; None: it has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """New text of one row, straight from the decoder. A row's last chunk has ``finish`` and may have no text."""

    draw: int
    text: str  # of the solution
    tokens: int  # tokens of this row so far, those of its thought too, the one that ends its turn not counted
    finish: FinishReason | None = None  # STOP or LENGTH; None while writing
    thought: str = ""  # new text of what a thinking model writes before its solution
    restarts: bool = False  # all text of the row before this chunk was thought after all


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStart:
    """A row to be written from a beginning of a solution on."""

    row: int  # what its chunks call it; each number once in a session
    text: str  # what is written already, up to the last character; "" for a solution of its own
    seed: int  # 0 to 2**63 - 1
    draw: int  # the row depends on the text, the seed and this number only


class CompletionSession(Protocol):
    """Rows of one problem that go on from beginnings of solutions; prompt, picture and beginnings are read once each."""

    @property
    def repeated(self) -> int:
        """How many requests to a server were sent again, because it dropped them; 0 for a model in this process."""
        ...

    def read(self, texts: Sequence[str]) -> None:
        """Announce beginnings that rows may go on from: one that begins another is read with it. Computes nothing yet."""
        ...

    def add(self, rows: Sequence[RowStart]) -> None:
        """Have rows written, from the next step on or as soon as there is room for them.

        Raises InvalidRequest for a beginning that leaves no room in the model's context.
        """
        ...

    def drop(self, row: int) -> None:
        """Write no more of a row, and free what it holds; one that is over or unknown is ignored."""
        ...

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """Write until every row has ended. Yields after every forward step, possibly an empty tuple.

        Between two steps rows may be added and dropped.
        """
        ...


@runtime_checkable
class KnowsRoom(Protocol):
    """A policy in this process, which knows whether its device has memory for another request."""

    def has_room(self) -> bool:
        """Return whether another request is likely to fit beside those that are being served. Computes nothing."""
        ...


@runtime_checkable
class CompletesSolutions(Protocol):
    """A policy that can go on from a beginning of a solution."""

    def open_completions(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[None, None, CompletionSession]:
        """Read images and prompt; yields between forward steps, returns the session.

        Of ``sampling`` the rows say their own seeds. The first ``next`` checks the input (InvalidRequest) and computes nothing.
        """
        ...


@runtime_checkable
class MayNotComplete(Protocol):
    """A policy that can go on from a beginning, or not, depending on what serves it."""

    @property
    def completion_refusal(self) -> str | None:
        """Why it cannot, in a sentence for people; None where it can."""
        ...


class ScoringSession(Protocol):
    """All solutions of one problem under one reward model; image and prompt prefix are computed once."""

    def score(
        self, new_steps: Mapping[int, Sequence[str]]
    ) -> Generator[None, None, Mapping[int, tuple[float | None, ...]]]:
        """Append steps to rows (row -> steps; a new number starts a row) and return their P(+), in order.

        Yields between forward steps. Raises InvalidRequest before anything is computed when a row would not fit; no row
        has changed then. A score is NaN when the model computed NaN, None when it answered with words that cannot be read.
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


@runtime_checkable
class IsMetered(Protocol):
    """A model on a server, which counts what it is asked and may ask to wait."""

    @property
    def card(self) -> ModelCard:
        """Its name and what else is known of it."""
        ...

    def metered(self, meter: Meter) -> Self:
        """Return the same model for one run: its requests are told to the meter. Sends nothing."""
        ...

    @property
    def price(self) -> TokenPrice | None:
        """What a million tokens cost; None: no price is set, or the server was not reached yet."""
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


def telling(work: Generator[object, None, Result], tell: Callable[[], Told]) -> Generator[Told, None, Result]:
    """Run a generator step by step and yield, in place of what it yields, what ``tell`` returns. Returns what it returns.

    Closing it closes the generator.
    """
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as done:
                result: Result = done.value
                return result
            yield tell()


def nothing() -> None:
    """Tell nothing."""


def quietly(work: Generator[object, None, Result]) -> Generator[tuple[()], None, Result]:
    """Run a generator whose steps have nothing to tell: each yields an empty tuple. Returns what it returns."""
    return (yield from telling(work, lambda: ()))


def run_to_end(work: Generator[object, None, Result]) -> Result:
    """Run a generator to its end, with nobody else to serve in between; return what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: Result = done.value
            return result
