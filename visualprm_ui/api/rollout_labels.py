"""Labels of rollouts as REST sends them: what was counted of each step, with its interval, and the record."""

from engine.evaluation.intervals import wilson
from engine.outcomes.rollout_labels import RolloutLabels, StepRollouts
from visualprm_ui.api.shapes.results import RolloutLabelsView, StepRolloutsView


def rollout_labels_view(measured: RolloutLabels) -> RolloutLabelsView:
    """Return one measurement of a solution."""
    record, last = measured.record, len(measured.steps) - 1
    return {
        "policy_model": record.policy_model,
        "revision": record.policy_revision,
        "prompt_version": record.prompt_version,
        "mode": record.mode,
        "completions": record.completions,
        "seed": record.sampling.seed,
        "temperature": record.sampling.temperature,
        "top_p": record.sampling.top_p,
        "top_k": record.sampling.top_k,
        "max_new_tokens": record.sampling.max_new_tokens,
        "dtype": record.dtype,
        "device": record.device,
        "job": record.job,
        "at": measured.created_at.isoformat(),
        "steps": [
            _step_view(each, is_own=at == last and each.drawn > 0, has_shares=record.mode.has_shares)
            for at, each in enumerate(measured.steps)
        ],
    }


def _step_view(step: StepRollouts, *, is_own: bool, has_shares: bool) -> StepRolloutsView:
    # where drawing ends with a success, and where a solution speaks for itself, the count is no sample of independent draws
    interval = wilson(step.reached, step.drawn) if has_shares and not is_own else None
    return {
        "label": step.label,
        "reached": step.reached,
        "drawn": step.drawn,
        "cut_off": step.cut_off,
        "unread": step.unread,
        "interval": None if interval is None else (interval.low, interval.high),
        "is_own": is_own,
    }
