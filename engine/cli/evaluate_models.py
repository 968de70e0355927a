"""The models of ``python -m engine evaluate``: a policy alone, and reward models, as many at once as the device has room for."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL.Image import Image

from engine.cli.options import ProgressPrinter
from engine.errors import InvalidRequest
from engine.loading import PreviousModels, load_models
from engine.model_catalogue.model_choice import ModelChoice, ModelRole
from engine.protocols import HoldsConnection, ModelCard, Models, Policy, ScoringSession
from engine.remote.address import is_address

_NAMED = re.compile(r"([A-Za-z][\w.-]*)=(.+)")
FIRST_PRM, FIRST_ORM = "prm", "orm"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """A reward model under the name that its figures and its scores in a pool have."""

    name: str
    source: str  # folder, hub name or address
    is_outcome: bool  # it scores whole solutions


def named_models(reward_models: Sequence[str], outcome_models: Sequence[str]) -> tuple[NamedModel, ...]:
    """Return the models of a command line. Raises InvalidRequest where two have one name."""
    found: dict[str, NamedModel] = {}
    for texts, first, is_outcome in ((reward_models, FIRST_PRM, False), (outcome_models, FIRST_ORM, True)):
        for at, text in enumerate(texts):
            given = None if Path(text).exists() else _NAMED.fullmatch(text)
            name, source = given.groups() if given else (first if at == 0 else Path(text.rstrip("/")).name, text)
            if name in found:
                raise InvalidRequest(f"Two models are called {name!r}. Name one of them: OTHER={source}")
            found[name] = NamedModel(name=name, source=source, is_outcome=is_outcome)
    return tuple(found.values())


def describe(card: ModelCard) -> str:
    """Return name and revision of a model as files of scores keep them, and how it is asked where that is in another way."""
    return "+".join(filter(None, (f"{card.name}@{card.revision}", card.prm_format, card.prompts)))


def load_reward_model(source: str, arguments: argparse.Namespace) -> Models:
    """Load a reward model alone. Raises LoadError, ServerError."""
    return load_models(_choice(arguments, reward_model=source), report=ProgressPrinter())


class SharedRewardModel:
    """The reward model that a command names: loaded when something is first scored, once for all that is."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._models: Models | None = None

    @property
    def is_named(self) -> bool:
        """Whether the command names one: else nothing is scored."""
        return self._arguments.reward_model is not None

    def load(self) -> Models:
        """Return it, loaded now or before. Raises LoadError, ServerError."""
        if self._models is None:
            self._models = load_reward_model(self._arguments.reward_model, self._arguments)
        return self._models

    def close(self) -> None:
        """Close the connection to a served model."""
        if self._models is not None and isinstance(self._models.reward_model, HoldsConnection):
            self._models.reward_model.close()


def load_policy(source: str, arguments: argparse.Namespace) -> Policy:
    """Load a policy alone. Raises LoadError, ServerError."""
    nothing = PreviousModels(
        models=Models(policy=None, reward_model=_NoRewardModel()), kept=frozenset({ModelRole.REWARD_MODEL})
    )
    policy = load_models(_choice(arguments, policy=source), nothing, ProgressPrinter()).policy
    assert policy is not None
    return policy


def load_pair(policy: str, reward_model: str, arguments: argparse.Namespace) -> Models:
    """Load a policy and a reward model for requests that need both. Raises LoadError, ServerError."""
    return load_models(_choice(arguments, policy=policy, reward_model=reward_model), report=ProgressPrinter())


def load_together(
    models: Sequence[NamedModel],
    load: Callable[[NamedModel], Models],
    fits: Callable[[NamedModel], bool],
) -> Iterator[dict[NamedModel, Models]]:
    """Load models and yield them in groups: a group is as many as fit beside each other, and is let go before the next."""
    group: dict[NamedModel, Models] = {}
    for model in models:
        if group and not fits(model):
            yield group
            group.clear()
        group[model] = load(model)
    if group:
        yield group


def fits_now(model: NamedModel, arguments: argparse.Namespace) -> bool:
    """Return whether the device has room for a model beside those that are loaded; one at an address needs none."""
    if is_address(model.source):
        return True
    from engine.model_catalogue.footprint import read_footprint
    from engine.models import registry  # late: imports torch
    from engine.models.checkpoints.hub import locate
    from engine.models.pair import Memory
    from engine.models.placement.device_layout import fit

    folder = locate(model.source, ProgressPrinter().bytes_of(model.source)).folder
    if not folder.is_dir():
        return True  # loading says what is wrong
    options = registry.Options.chosen(arguments.device, arguments.dtype, arguments.quantise, arguments.max_tiles)
    devices = registry.choose_devices(options.device)
    dtype = str(registry.choose_dtype(options.dtype, *devices)).removeprefix("torch.")
    return fit(read_footprint(folder), dtype, options.quantisation, devices, Memory().room) is not None


def _choice(
    arguments: argparse.Namespace, *, policy: str | None = None, reward_model: str | None = None
) -> ModelChoice:
    chosen = ModelChoice(
        policy=policy,
        device=arguments.device,
        dtype=arguments.dtype,
        quantisation=arguments.quantise,
        max_tiles=arguments.max_tiles,
        prm_format=arguments.prm_format,
        prompt_file=arguments.prompt_file,
        token_prices=getattr(arguments, "token_prices", ""),
        api_key=os.environ.get("VISUALPRM_API_KEY"),
    )
    return chosen if reward_model is None else replace(chosen, reward_model=reward_model)


class _NoRewardModel:
    """Stands where a reward model is loaded beside a policy: nothing is scored while solutions are written."""

    notice: str | None = None

    @property
    def card(self) -> ModelCard:
        raise InvalidRequest("No reward model is loaded.")

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        return ()

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScoringSession]:
        raise InvalidRequest("No reward model is loaded.")
        yield
