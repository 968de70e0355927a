"""Routes of exports: made in the background in any format, with a report, and downloaded afterwards. For admins."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from fastapi import FastAPI
from pydantic import Field
from starlette.responses import FileResponse, Response

from engine.domain import Stage
from storage import ResultRepository
from storage.runs.targets import TargetKind
from storage.transfer.export_choice import Neutral
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.imports import job_view
from visualprm_ui.api.requests import Body, raw_answer
from visualprm_ui.api.shapes.transfer import ExportList, ExportNamesView, ExportReportView, ExportView, NameCountView
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.api.solution_list import MOST_IDS
from visualprm_ui.use_cases.export_jobs import Export, ExportJobs


class ExportBody(Body):
    """What to export. Every field but the format narrows it; without any it is everything, with final labels."""

    format: str = Field(max_length=100)
    project: str | None = Field(default=None, max_length=100)
    queue: str | None = Field(default=None, max_length=100)
    split: int | None = Field(default=None, ge=0, le=2**31 - 1, description="Of the queue, counted from 0.")
    evaluation: bool = Field(default=False, description="Only the random slices of projects.")
    labels: str = Field(
        default="final", max_length=1000, description="final, all, person:NAME, file:SOURCE or monte_carlo:POLICY"
    )
    wrong_to: float | None = Field(
        default=None, ge=0, le=1, description="A step is wrong up to this share of completions that reached the answer."
    )
    correct_from: float | None = Field(
        default=None, ge=0, le=1, description="It is correct from this share on; between the two it has no label."
    )
    agrees_with: str | None = Field(
        default=None, max_length=1000, description="Only labels that this reward model's newest scores predict, too."
    )
    agreement_threshold: float | None = Field(default=None, ge=0, le=1, description="Of these scores; 0.5.")
    subset: float | None = Field(
        default=None, gt=0, le=1, description="With shares of completions: the share of solutions that teaches most."
    )
    stage: EnumField[Stage] | None = Field(default=None, description="Annotations of this stage only.")
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(default=None, max_length=20_000)
    reward_model: str | None = Field(default=None, max_length=1000, description="Of csv: whose newest scores it holds.")
    min_agreement: float | None = Field(default=None, ge=0, le=1)
    neutral: EnumField[Neutral] | None = Field(default=None, description="Null: kept where the format has neutral.")
    license: str = Field(default="unknown", max_length=100, description="For the card of the format hub.")
    kind: EnumField[TargetKind] | None = None
    of: str | None = Field(default=None, max_length=100, description="The id of that run, problem or picture.")
    solutions: list[str] | None = Field(
        default=None, min_length=1, max_length=MOST_IDS, description="Only these, by their ids."
    )


def add_exports(api: FastAPI, exports: ExportJobs, results: ResultRepository) -> None:
    """Add the routes of exports."""

    @api.get("/exports/names", tags=["dataset"], summary="List whose labels and scores there are to export")
    def names(_: Admin) -> ExportNamesView:
        return _names_view(results)

    @api.get("/exports", tags=["dataset"], summary="List exports, the newest first")
    def list_exports(_: Admin) -> ExportList:
        return {"exports": [_export_view(each) for each in exports.list()]}

    @api.post("/exports", tags=["dataset"], summary="Have an archive made in any format")
    def start(body: ExportBody, principal: Admin) -> ExportView:
        asked = body.model_dump(mode="json", exclude_defaults=True, exclude={"format"})
        return _export_view(exports.start(body.format, asked, principal.name))

    @api.get("/exports/{export_id}", tags=["dataset"], summary="Get an export: its progress, and what it holds")
    def get_export(export_id: str, _: Admin) -> ExportView:
        return _export_view(exports.get(export_id))

    @api.post("/exports/{export_id}/cancel", tags=["dataset"], summary="Cancel an export")
    def cancel(export_id: str, _: Admin) -> ExportView:
        return _export_view(exports.cancel(export_id))

    @api.delete("/exports/{export_id}", tags=["dataset"], summary="Remove an export and its archive")
    def remove(export_id: str, _: Admin) -> Empty:
        exports.remove(export_id)
        return {}

    @api.get(
        "/exports/{export_id}/file",
        tags=["dataset"],
        summary="Download the archive of an export",
        response_class=Response,
        responses=raw_answer("application/zip"),
    )
    def file(export_id: str, _: Admin) -> Response:
        path, name = exports.archive(export_id)
        return FileResponse(path, filename=name, media_type="application/zip")


def _names_view(results: ResultRepository) -> ExportNamesView:
    return {
        "people": _counted((each.annotator, each.solutions) for each in results.list_person_labels()),
        "files": _counted((each.source, each.solutions) for each in results.list_file_labels()),
        "policies": _counted((each.policy_model, each.solutions) for each in results.list_rollout_labels()),
        "reward_models": _counted((each.reward_model, each.solutions) for each in results.list_model_scores()),
    }


def _counted(found: Iterable[tuple[str, int]]) -> list[NameCountView]:
    """Return names with their solutions added up: the same name may come once for each data source."""
    total: Counter[str] = Counter()
    for name, solutions in found:
        total[name] += solutions
    return [{"name": name, "solutions": solutions} for name, solutions in total.most_common()]


_COUNTS = tuple(ExportReportView.__annotations__)


def _export_view(found: Export) -> ExportView:
    asked: dict[str, Any] = dict(found.job.asked)
    name = str(asked.pop("format"))
    if "solutions" in asked:  # up to thousands of ids, which nobody reads
        asked["solutions"] = len(asked["solutions"])
    report = None if found.report is None else {each: found.report.get(each) for each in _COUNTS}
    view = {**job_view(found.job), "format": name, "choice": asked, "report": report}
    return cast(ExportView, view)
