"""From names of checkpoints to a running engine. Loads nothing itself: the engine's worker does, in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.engine import MAX_ACTIVE, Engine
from engine.run import Models

_NANO = Path(__file__).resolve().parent.parent / "nano" / "weights"
DEFAULT_POLICY = _NANO / "policy"  # the embedded models, shipped with the code
DEFAULT_REWARD_MODEL = _NANO / "reward_model"
AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which models to load and how."""

    policy: str | Path | None = DEFAULT_POLICY  # folder or hub name; None loads none: score only
    reward_model: str | Path = DEFAULT_REWARD_MODEL  # folder or hub name
    device: str = AUTO  # e.g. "cpu", "cuda:0"; auto: CUDA where there is one
    dtype: str = AUTO  # "float32", "bfloat16", "float16"; auto: float32 on CPU, bfloat16 on CUDA
    max_tiles: int | None = None  # most tiles an image is cut into; None: as the checkpoint says


def load_engine(
    *,
    policy: str | Path | None = DEFAULT_POLICY,
    reward_model: str | Path = DEFAULT_REWARD_MODEL,
    device: str = AUTO,
    dtype: str = AUTO,
    max_active: int = MAX_ACTIVE,
) -> Engine:
    """Start an engine that loads its models in the background; ``Engine.status`` tells when it is ready."""
    choice = ModelChoice(policy=policy, reward_model=reward_model, device=device, dtype=dtype)
    return Engine(lambda: load_models(choice), max_active=max_active)


def load_models(choice: ModelChoice) -> Models:
    """Load both models, in the calling thread, which should be the one that computes. Raises LoadError."""
    from engine.models import registry  # late: imports torch, which takes seconds

    how = registry.Options(
        device=None if choice.device == AUTO else choice.device,
        dtype=None if choice.dtype == AUTO else choice.dtype,
        max_tiles=choice.max_tiles,
    )
    policy = None if choice.policy is None else registry.load_policy(choice.policy, how)
    reward_model = registry.load_reward_model(choice.reward_model, how)
    registry.set_threads(policy, reward_model)
    return Models(policy=policy, reward_model=reward_model)
