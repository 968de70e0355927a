"""From names of checkpoints to a running engine. Loads nothing itself: the engine's worker does, in the background."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.engine import MAX_ACTIVE, Engine
from engine.protocols import Policy, RewardModel
from engine.remote.address import is_address
from engine.run import Models

_NANO = Path(__file__).resolve().parent.parent / "nano" / "weights"
DEFAULT_POLICY = _NANO / "policy"  # the embedded models, shipped with the code
DEFAULT_REWARD_MODEL = _NANO / "reward_model"
AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which models to load and how."""

    policy: str | Path | None = DEFAULT_POLICY  # folder, hub name or http:// address; None: score only
    reward_model: str | Path = DEFAULT_REWARD_MODEL  # folder, hub name or http:// address
    device: str = AUTO  # e.g. "cpu", "cuda:0"; auto: CUDA where there is one
    dtype: str = AUTO  # "float32", "bfloat16", "float16"; auto: float32 on CPU, bfloat16 on CUDA
    max_tiles: int | None = None  # most tiles an image is cut into; None: as the checkpoint says
    api_key: str | None = field(default=None, repr=False)  # for model servers; never logged


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
    return Engine(lambda: load_models(choice), max_active=max_active)


def load_models(choice: ModelChoice) -> Models:
    """Load both models, in the calling thread, which should be the one that computes. Raises LoadError, ServerError."""
    policy, reward_model = _open_served(choice)
    if (policy is None and choice.policy is not None) or reward_model is None:
        from engine.models import registry  # late: imports torch, which takes seconds

        how = registry.Options(
            device=None if choice.device == AUTO else choice.device,
            dtype=None if choice.dtype == AUTO else choice.dtype,
            max_tiles=choice.max_tiles,
        )
        writer = None if choice.policy is None or policy is not None else registry.load_policy(choice.policy, how)
        judge = None if reward_model is not None else registry.load_reward_model(choice.reward_model, how)
        registry.set_threads(writer, judge)
        policy, reward_model = policy or writer, reward_model or judge
    assert reward_model is not None
    return Models(policy=policy, reward_model=reward_model)


def _open_served(choice: ModelChoice) -> tuple[Policy | None, RewardModel | None]:
    """Open what a server has; None for what is to be loaded here."""
    if not (is_address(choice.policy) or is_address(choice.reward_model)):
        return None, None
    from engine.remote import opening  # late: imports httpx

    policy = reward_model = None
    if is_address(choice.policy):
        policy = opening.open_policy(str(choice.policy), choice.api_key)
    if is_address(choice.reward_model):
        reward_model = opening.open_reward_model(str(choice.reward_model), choice.api_key, max_tiles=choice.max_tiles)
    return policy, reward_model
