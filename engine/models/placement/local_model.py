"""What every model in this process has, whichever role it serves in and whatever computes it: a card, and weights that may move.

Knows no prompts beyond the name of the format that a card leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TypeVar

from torch import nn

from engine.models.placement.offloading import HostCopy
from engine.models.placement.turns import CompletionsInTurns, SessionInTurns, on_device
from engine.prompts.prm_formats.visualprm import VISUALPRM
from engine.protocols import CompletionSession, ModelCard, ScoringSession

Given = TypeVar("Given")
Result = TypeVar("Result")


class LocalModel:
    """A model whose weights are in this process; implements ``HasWeights``."""

    def __init__(self, module: nn.Module, card: ModelCard, prm_format: str | None = None) -> None:
        """``prm_format``: the name of the format in which it is asked about steps; None: it is not."""
        self.weights = HostCopy(module)
        self.ensure_on_device: Callable[[], None] | None = None  # None: the weights always are on their device
        self._card = replace(card, prm_format=None if prm_format == VISUALPRM.name else prm_format)

    @property
    def card(self) -> ModelCard:
        """See ``Policy`` and ``RewardModel``."""
        return self._card

    def _in_turns(self, work: Generator[Given, None, Result]) -> Generator[Given, None, Result]:
        """Return work, whose first step only checks the input, as it is done where models take turns on the device."""
        return work if self.ensure_on_device is None else on_device(work, self.ensure_on_device, checks_first=True)

    def _completions(self, session: CompletionSession) -> CompletionSession:
        return session if self.ensure_on_device is None else CompletionsInTurns(session, self.ensure_on_device)

    def _scoring(self, session: ScoringSession) -> ScoringSession:
        return session if self.ensure_on_device is None else SessionInTurns(session, self.ensure_on_device)
