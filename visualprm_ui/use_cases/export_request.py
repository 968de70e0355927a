"""What an export was asked for, as JSON values: kept with the job, and read again by whatever process does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain import Stage
from storage import BadSetting
from storage.runs.targets import Target, TargetKind
from storage.transfer.export_choice import ExportChoice, Neutral
from storage.transfer.label_choice import read_label_choice

_MASKS = ("agrees_with", "agreement_threshold", "subset")
AS_THEY_ARE = ("split", "data_source", "policy_model", "reward_model", "min_agreement", *_MASKS)


def as_choice(asked: Mapping[str, Any]) -> ExportChoice:
    """Return the choice that JSON values say; what is not among them, or null, narrows nothing.

    Raises:
        BadSetting: a value is none that an export knows.
    """
    kind, of = asked.get("kind"), asked.get("of")
    if (kind is None) != (of is None):
        raise BadSetting("Give both kind (run, problem or picture) and of (its id), or neither.")
    stage, neutral = asked.get("stage"), asked.get("neutral")
    share, solutions = asked.get("min_agreement"), asked.get("solutions")
    if share is not None and not 0 <= share <= 1:
        raise BadSetting(f"{share} is not a share of pairs of labels. Give a number from 0 to 1.")
    return ExportChoice(
        project_id=asked.get("project"),
        queue_id=asked.get("queue"),
        evaluation=bool(asked.get("evaluation")),
        stage=None if stage is None else Stage(stage),
        target=None if kind is None else Target(kind=TargetKind(kind), id=str(of)),
        labels=read_label_choice(asked.get("labels") or "final", asked.get("wrong_to"), asked.get("correct_from")),
        solutions=None if solutions is None else tuple(solutions),
        neutral=None if neutral is None else Neutral(neutral),
        license=asked.get("license") or "unknown",
        **{name: asked.get(name) for name in AS_THEY_ARE},
    )
