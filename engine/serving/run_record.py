"""Which models a run was served by, and everything else that its numbers depend on. Knows no run."""

from __future__ import annotations

from collections.abc import Sequence

from PIL.Image import Image

from engine.domain import RunRecord
from engine.prompts.style import PROMPT_VERSION
from engine.protocols import ModelCard, Policy, RewardModel
from engine.system.versions import library_versions


def record_of(
    policy: Policy | None,
    reward_model: RewardModel | None,
    images: Sequence[Image],
    *,
    one_pass: bool | None,
    out_of_distribution: str | None,
) -> RunRecord:
    """Return the record of a run over a problem's images.

    Args:
        policy: that writes; None: given solutions are scored.
        reward_model: that scores; None: what is written gets no scores. One of the two is there.
        images: decoded, in the order of the problem's.
        one_pass: whether all steps are read in one dialogue; None: nothing is scored.
        out_of_distribution: what is said of an input that the models were not trained for.
    """
    writer = policy.card if policy is not None else None
    scorer = reward_model.card if reward_model is not None else None
    card = scorer or writer
    assert card is not None
    return RunRecord(
        policy_model=writer.name if writer else "",
        policy_revision=writer.revision if writer else "",
        reward_model=scorer.name if scorer else "",
        reward_model_revision=scorer.revision if scorer else "",
        dtype=card.dtype,
        device=card.device,
        prompt_version=prompt_version_of(card),
        tiles=reward_model.count_tiles(images) if reward_model is not None else (),
        versions=library_versions(),
        out_of_distribution=out_of_distribution,
        approximate=reward_model.notice if reward_model is not None else None,
        one_pass=one_pass,
        policy_path=writer.path if writer else None,
        policy_prompts=writer.prompts if writer else None,
        reward_model_path=scorer.path if scorer else None,
    )


def prompt_version_of(model: ModelCard) -> str:
    """Return the version of the prompts that a model is asked with: others give other scores, and other solutions."""
    return "+".join(filter(None, (PROMPT_VERSION, model.prm_format, model.prompts)))


def policy_prompt_version(record: RunRecord) -> str:
    """Return the version of the prompts that a run's policy was asked with."""
    return "+".join(filter(None, (PROMPT_VERSION, record.policy_prompts)))
