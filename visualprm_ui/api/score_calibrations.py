"""Routes of what step scores say of a policy's own completions, and of the map that is kept of it.

Figures are for reviewers; admins keep a map.
"""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.evaluation.score_calibration import CurveBin
from engine.outcomes.calibration_map import KeptMap, MeasuredPair, as_segments
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.access import Admin, Reviewer
from visualprm_ui.api.evaluation_views import EvaluationCommands, estimate_view
from visualprm_ui.api.shapes.score_calibrations import (
    CalibrationFiguresView,
    CalibrationView,
    CurveBinView,
    KeptMapView,
)
from visualprm_ui.use_cases.evaluations.command import calibration_command
from visualprm_ui.use_cases.evaluations.score_calibrations import MeasuredCalibration, ScoreCalibrations
from visualprm_ui.use_cases.model_job_request import ModelId

_NOTHING = (
    "No reward model has scored solutions that this policy wrote and completed itself, all completions of every step. Measure such "
    "solutions (Monte-Carlo labels under Dataset), and have a reward model score them."
)


class CalibrationQuery(BaseModel):
    """Whose completions, and whose scores."""

    model_config = ConfigDict(extra="forbid")

    policy: str = Field(max_length=20_000, description="That wrote the solutions and the completions.")
    reward_model: str | None = Field(
        default=None, max_length=20_000, description="That scored them; left out: the one with most scores."
    )


class KeepBody(BaseModel):
    """Which map to keep."""

    model_config = ConfigDict(extra="forbid")

    policy: str = Field(max_length=20_000)
    reward_model: str = Field(max_length=20_000)


def add_score_calibrations(api: FastAPI, calibrations: ScoreCalibrations, commands: EvaluationCommands) -> None:
    """Add the routes of scores beside completions."""

    @api.get("/calibration", tags=["evaluate"], summary="Compare step scores with shares of a policy's completions")
    def figures(principal: Reviewer, query: Annotated[CalibrationQuery, Query()]) -> CalibrationView:
        looked = calibrations.look(query.policy, query.reward_model)
        reward_model, found = looked.chosen, looked.measured
        kept = None if reward_model is None else calibrations.get_kept(query.policy, reward_model)
        return {
            "policy": query.policy,
            "reward_model": reward_model,
            "reward_models": [{"name": each.name, "solutions": each.solutions} for each in looked.models],
            "figures": None if found is None else _figures_view(found, commands, principal),
            "reason": _NOTHING if found is None else None,
            "kept": None if kept is None else _kept_view(kept, None if found is None else found.pair),
        }

    @api.post("/calibration", tags=["evaluate"], summary="Keep the map from scores to shares that fits best")
    def keep(principal: Admin, body: KeepBody) -> KeptMapView:
        kept = calibrations.keep(body.policy, body.reward_model, principal.name)
        return _kept_view(kept, kept.record.pair)


def _figures_view(
    found: MeasuredCalibration, commands: EvaluationCommands, principal: Principal
) -> CalibrationFiguresView:
    figures, pair, left_out = found.figures, found.pair, found.left_out
    model = ModelId(name=pair.reward_model, revision=pair.reward_model_revision or "")
    return {
        "problems": figures.problems,
        "solutions": figures.solutions,
        "steps": figures.steps,
        "completions": figures.completions,
        "curve": [_bin_view(each) for each in figures.curve],
        "map": as_segments(figures.map),
        "error": estimate_view(figures.error),
        "compared": figures.compared,
        "before": estimate_view(figures.before),
        "after": estimate_view(figures.after),
        "gain": estimate_view(figures.gain),
        "others": left_out.others,
        "stopped": left_out.stopped,
        "unscored": left_out.unscored,
        "versions": left_out.versions,
        "record": [{"name": each.name, "value": each.value} for each in found.record],
        "command": calibration_command(
            pair.policy_model, commands.source_of(model, principal), commands.data_dir_of(principal)
        ),
    }


def _bin_view(each: CurveBin) -> CurveBinView:
    return {
        "low": each.low,
        "high": each.high,
        "steps": each.steps,
        "completions": each.completions,
        "mean_score": each.mean_score,
        "share": estimate_view(each.share),
    }


def _kept_view(kept: KeptMap, measured: MeasuredPair | None) -> KeptMapView:
    record = kept.record
    return {
        "created_at": kept.created_at.isoformat(),
        "made_by": kept.made_by,
        "problems": record.problems,
        "steps": record.steps,
        "completions": record.completions,
        "before": record.error_before,
        "after": record.error_after,
        "low": kept.map.low,
        "high": kept.map.high,
        "is_of_these_versions": None if measured is None else record.pair == measured,
    }
