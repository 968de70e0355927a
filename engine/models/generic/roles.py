"""A :class:`GenericModel` as a policy and as a reward model: what the engine asks of either.

Knows neither prompts nor tensors.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from PIL.Image import Image

from engine.domain import Sampling
from engine.models.generic import completions, scoring
from engine.models.generic.loading import GenericModel
from engine.models.placement.local_model import LocalModel
from engine.protocols import Chunk, CompletionSession, ScoringSession


class GenericPolicy(LocalModel):
    """A loaded model that writes solutions; implements ``Policy`` and ``CompletesSolutions``."""

    def __init__(self, loaded: GenericModel) -> None:
        super().__init__(loaded.model, loaded.card)
        self._loaded = loaded

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``Policy``."""
        return self._in_turns(completions.sample(self._loaded, images, question, sampling))

    def open_completions(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[None, None, CompletionSession]:
        """See ``CompletesSolutions``."""
        opening = completions.open_completions(self._loaded, images, question, sampling)  # computes nothing
        return self._completions((yield from opening))

    def out_of_distribution_notice(self, images: Sequence[Image], question: str) -> str | None:
        """See ``Policy``."""
        return self._loaded.template_notice


class GenericRewardModel(LocalModel):
    """A loaded model that is asked about steps; implements ``RewardModel``."""

    def __init__(self, loaded: GenericModel) -> None:
        super().__init__(loaded.model, loaded.card, loaded.prm_format.name)
        self._loaded = loaded

    @property
    def notice(self) -> str | None:
        """See ``RewardModel``."""
        return self._loaded.prm_format.notice

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``RewardModel``; how a processor cuts pictures is its own business, so each counts as one."""
        return (1,) * len(images)

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScoringSession]:
        """See ``RewardModel``; every solution is read by itself, whatever ``one_pass`` says."""
        opening = scoring.open_session(self._loaded, images, question)  # computes nothing
        return self._scoring((yield from opening))
