"""Which models made what a pool keeps, and how: compared with what is asked for, as far as that is known before a model is loaded.

A finished pool needs no model; without this its figures would be reported under any that is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.cli.evaluate_models import describe
from engine.protocols import ModelCard
from engine.remote.address import is_address
from engine.solution_text.steps import MAX_STEPS

_MERGED = "max_steps="


def describe_scorer(card: ModelCard, max_steps: int | None) -> str:
    """Return a reward model as pools keep it: also into how many steps it merges a solution, where that is not the default."""
    return "+".join(filter(None, (describe(card), _merging(max_steps))))


def describe_asked(source: str, max_steps: int | None) -> str:
    """Return a reward model that is not loaded for a message: as it is named, and as :func:`describe_scorer` says the rest."""
    return "+".join(filter(None, (source, _merging(max_steps))))


def identify(source: str) -> str | None:
    """Return how what a pool keeps of a model begins, which is not loaded; None: only its server knows.

    Of a folder that is name and revision, of a model of the hub the name. Raises LoadError for a damaged folder.
    """
    if is_address(source):
        return None
    folder = Path(source)
    if not folder.is_dir():
        return f"{source}@"
    from engine.models.checkpoints.folder import CheckpointSettings, fingerprint  # late: imports torch

    settings = CheckpointSettings.read(folder)
    return f"{settings.name or folder.name}@{settings.revision or fingerprint(folder)}"


def is_other_model(kept: str | None, identity: str | None) -> bool:
    """Return whether a pool says that something was made by another model than the one of :func:`identify`."""
    if kept is None or identity is None or kept == identity:
        return False
    return not kept.startswith(identity if identity.endswith("@") else f"{identity}+")


def is_merged_otherwise(kept: str | None, max_steps: int | None) -> bool:
    """Return whether a pool says that a reward model saw solutions in another number of steps at most."""
    parts = [] if kept is None else kept.split("+")[1:]
    return kept is not None and [each for each in parts if each.startswith(_MERGED)] != _merging_parts(max_steps)


def is_sampled_otherwise(kept: Mapping[str, object] | None, asked: Mapping[str, object]) -> bool:
    """Return whether a pool says anything of a sampling that is not as asked for. A pool may not say all."""
    return kept is not None and any(asked.get(name, value) != value for name, value in kept.items())


def _merging(max_steps: int | None) -> str:
    return "" if max_steps == MAX_STEPS else f"{_MERGED}{'none' if max_steps is None else max_steps}"


def _merging_parts(max_steps: int | None) -> list[str]:
    return [each for each in (_merging(max_steps),) if each]
