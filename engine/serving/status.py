"""What an engine says of itself: its state, its queue, its models. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.model_catalogue.model_choice import ModelRole
from engine.protocols import HasWeights, ModelCard, Models, Policy, RewardModel


class EngineState(StrEnum):
    """Whether the engine can serve."""

    LOADING = "loading"  # also while runs finish with the models before
    READY = "ready"
    EMPTY = "empty"  # the models were unloaded
    FAILED = "failed"  # the models could not be loaded, and there are none from before
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A loaded model and where it is."""

    card: ModelCard
    nbytes: int | None  # of memory its weights take; None: another process holds them
    is_resident: bool  # on its device, or served elsewhere; else it waits in host memory


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """What a status line shows."""

    state: EngineState
    message: str | None = None  # for people: why the last loading failed; the models before it are kept
    policy: str | None = None  # the model's name; None while loading, or when only scoring
    reward_model: str | None = None  # the model's name; None while loading
    waiting: int = 0  # requests in the queue
    active: int = 0  # requests being served
    served: Mapping[ModelRole, ServedModel] = field(default_factory=dict)  # by role
    in_turns: bool = False  # the device has room for one of them at a time
    search_refusal: str | None = None  # for people: why its policy cannot search; None where it can, or is not there


def describe(models: Models | None) -> Mapping[ModelRole, ServedModel]:
    """Return what is loaded, by role."""
    if models is None:
        return {}
    both = {ModelRole.POLICY: models.policy, ModelRole.REWARD_MODEL: models.reward_model}
    return {role: _described(model) for role, model in both.items() if model is not None}


def _described(model: Policy | RewardModel) -> ServedModel:
    weights = model.weights if isinstance(model, HasWeights) else None
    return ServedModel(
        card=model.card,
        nbytes=None if weights is None else weights.nbytes,
        is_resident=weights is None or weights.is_resident,
    )
