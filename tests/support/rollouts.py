"""Labels of rollouts as tests store them."""

from engine.domain import Sampling
from engine.outcomes.rollout_labels import RolloutLabels, RolloutMode, RolloutRecord, StepRollouts

SAMPLING = Sampling(n=1, temperature=1.0, top_k=50)


def record(policy: str = "policy", **fields: object) -> RolloutRecord:
    """Return how labels came about."""
    values = {
        "policy_revision": "1",
        "prompt_version": "v",
        "mode": RolloutMode.EVERY,
        "completions": 4,
        "sampling": SAMPLING,
        "dtype": "float32",
        "device": "cpu",
        "versions": {"torch": "2"},
    }
    return RolloutRecord(policy_model=policy, **{**values, **fields})  # type: ignore[arg-type]


def measured(
    solution_id: str, *steps: tuple[int, int] | None, policy: str = "policy", **fields: object
) -> RolloutLabels:
    """Return a measurement of a solution: of each step how many reached the answer of how many; None: not measured."""
    counted = tuple(
        StepRollouts(reached=0, drawn=0, is_correct=None)
        if each is None
        else StepRollouts(reached=each[0], drawn=each[1], is_correct=each[0] > 0)
        for each in steps
    )
    return RolloutLabels(solution_id=solution_id, record=record(policy, **fields), steps=counted)
