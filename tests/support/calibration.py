"""Maps from step scores to shares of completions, as tests keep them."""

from engine.outcomes.calibration_map import CalibrationRecord, KeptMap, MeasuredPair, read_segments


def kept_map(*points: tuple[float, float], **pair: str | None) -> KeptMap:
    """A map of reward model "r" and policy "p" through these points, or another one; it was measured on 12 problems."""
    models: dict[str, str | None] = {
        "reward_model": "r",
        "reward_model_revision": "2",
        "prompt_version": "v",
        "policy_model": "p",
        "policy_revision": "1",
        **pair,
    }
    return KeptMap(
        map=read_segments([points or ((0.1 + 0.2, 0.1), (0.7, 0.8))]),
        record=CalibrationRecord(
            pair=MeasuredPair(**models),  # type: ignore[arg-type]
            problems=12,
            solutions=24,
            steps=72,
            completions=1152,
            folds=5,
            seed=0,
            error_before=0.2,
            error_after=0.04,
            versions={"numpy": "2"},
        ),
        made_by="ada",
    )
