"""From names of checkpoints to a running engine. Loads nothing itself: the engine's worker does, in the background."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.engine import MAX_ACTIVE, Engine, Load
from engine.errors import LoadError
from engine.metering.prices import read_prices
from engine.model_catalogue.model_choice import (
    AUTO,
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    LoadProgress,
    ModelChoice,
    ModelRole,
    ReportProgress,
)
from engine.prompts.prompt_file import read_prompt_file
from engine.protocols import HoldsConnection, Models, Policy, RewardModel
from engine.remote.address import Address, is_address, read_address

if TYPE_CHECKING:
    from engine.remote.host_rule import HostRule


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousModels:
    """The models that an engine served before new ones are loaded."""

    models: Models | None = None
    kept: frozenset[ModelRole] = frozenset()  # of these models, what is served again

    @property
    def policy(self) -> Policy | None:
        """The policy, if it is kept."""
        return self.models.policy if self.models is not None and ModelRole.POLICY in self.kept else None

    @property
    def reward_model(self) -> RewardModel | None:
        """The reward model, if it is kept."""
        return self.models.reward_model if self.models is not None and ModelRole.REWARD_MODEL in self.kept else None


class Loader:
    """Loads chosen models for one engine, and changes the choice; a model that stays is not loaded again."""

    def __init__(self, choice: ModelChoice, configured: Collection[ModelRole] = tuple(ModelRole)) -> None:
        """Store the choice; nothing is loaded yet. Servers of ``configured`` roles may always be on a private address."""
        self._choice = choice
        self._configured = frozenset(map(choice.source, configured))
        self._models: Models | None = None
        self._progress: LoadProgress | None = None
        self._cancelled = threading.Event()  # of what was asked for last

    @property
    def choice(self) -> ModelChoice:
        """The last choice that was loaded, or the one to be loaded first."""
        return self._choice

    @property
    def progress(self) -> LoadProgress | None:
        """The progress of loading; None while nothing is being loaded."""
        return self._progress

    def load(self) -> Models:
        """Load the choice. Raises LoadError, ServerError."""
        return self._load(self._choice, self._cancelled)

    def unload(self) -> None:
        """Drop the models; passed to ``Engine.switch`` to unload."""
        self._models = None

    def change(self, **sources: str | Path) -> Load:
        """Return a callable that loads the choice with another ``policy`` or ``reward_model``, for ``Engine.switch``."""
        self.cancel()  # what would be replaced at once need not be loaded to its end
        cancelled = self._cancelled = threading.Event()
        return lambda: self._load(replace(self._choice, **sources), cancelled)  # type: ignore[arg-type]  # its fields

    def cancel(self) -> None:
        """Cancel the most recent loading; the previous models stay. No effect once it is done. Never blocks."""
        self._cancelled.set()

    def _load(self, choice: ModelChoice, cancelled: threading.Event) -> Models:
        def report(progress: LoadProgress) -> None:
            if cancelled.is_set():
                raise LoadError(f"Loading {progress.source!r} was cancelled.")
            self._progress = progress

        try:
            models = load_models(choice, self._served(choice), report, self._configured)
        finally:
            self._progress = None
        self._choice, self._models = choice, models
        return models

    def _served(self, choice: ModelChoice) -> PreviousModels:
        """Return the models there are, and which of them the new choice keeps."""
        if self._models is None:
            return PreviousModels()
        kept = frozenset(role for role in ModelRole if choice.source(role) == self._choice.source(role))
        return PreviousModels(models=self._models, kept=kept)


def load_engine(
    *,
    policy: str | Path | None = DEFAULT_POLICY,
    reward_model: str | Path = DEFAULT_REWARD_MODEL,
    device: str = AUTO,
    dtype: str = AUTO,
    max_active: int = MAX_ACTIVE,
    api_key: str | None = None,
) -> Engine:
    """Start an engine that loads its models in the background; ``Engine.status`` tells when it is ready."""
    choice = ModelChoice(policy=policy, reward_model=reward_model, device=device, dtype=dtype, api_key=api_key)
    return Engine(Loader(choice).load, max_active=max_active)


def load_models(
    choice: ModelChoice,
    served: PreviousModels | None = None,
    report: ReportProgress = lambda progress: None,
    configured: frozenset[str | None] = frozenset(),
) -> Models:
    """Load both models, in the calling thread, which should be the one that computes. Raises LoadError, ServerError.

    Server addresses among ``configured`` may be private ones whatever the choice says.
    Of the models ``served`` so far some are kept; the others make room, and are back in their place when loading fails.
    """
    served = served or PreviousModels()
    policy: Policy | str | Path | None = served.policy or choice.policy
    reward_model: RewardModel | str | Path = served.reward_model or choice.reward_model
    opened: list[HoldsConnection] = []

    def rule_of(source: str | Path) -> HostRule:
        from engine.remote.host_rule import HostRule  # late: imports httpx

        return HostRule(allows_private=choice.private_servers or source in configured)

    def address_of(source: str | Path) -> Address:
        prompts, prices = read_prompt_file(choice.prompt_file), read_prices(choice.token_prices)
        return replace(read_address(str(source)), prompts=prompts, prices=prices)

    try:
        if isinstance(policy, str | Path) and is_address(policy):
            from engine.remote.connect import open_policy  # late: imports httpx

            policy = open_policy(address_of(policy), choice.api_key, rule=rule_of(policy))
            opened.append(policy)
        if isinstance(reward_model, str | Path) and is_address(reward_model):
            from engine.remote.connect import open_reward_model

            reward_model = open_reward_model(
                address_of(reward_model),
                choice.api_key,
                max_tiles=choice.max_tiles,
                prm_format=choice.prm_format,
                rule=rule_of(reward_model),
            )
            opened.append(reward_model)
        if (
            opened
            and not isinstance(policy, str | Path)
            and not isinstance(reward_model, str | Path)
            and not served.kept
        ):
            return Models(policy=policy, reward_model=reward_model)  # all is remote: no torch
        from engine.models.pair import load_pair  # late: imports torch, which takes seconds

        return load_pair(policy, reward_model, choice, served.models, report)
    except BaseException:
        for model in opened:
            model.close()
        raise
