"""Routes of what projects are filled with: adding solutions, looking before, removing what nobody has begun, gold. For admins."""

from fastapi import FastAPI
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from engine import InvalidRequest
from engine.domain import Label
from storage import GoldItem, NotAdded, ProjectRepository, Selection, SolutionSpread, TaskRole
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, raw_body
from visualprm_ui.api.shapes.projects import (
    Changed,
    ContentList,
    DrawnGold,
    FilledView,
    FillPreviewView,
    GoldItemsView,
    ImportResult,
    NotAddedView,
    Removed,
    SolutionSpreadView,
)
from visualprm_ui.use_cases.dataset_transfer import DatasetTransfer, Imported, project_queue
from visualprm_ui.use_cases.dataset_upload import receive, upload_folder

MAX_IDS = 100_000  # ids in one request
MAX_DRAWN = 1000  # quiz or gold items drawn at once


class FilterBody(Body):
    """Which of the stored solutions; conditions add up."""

    data_source: str | None = None
    policy_model: str | None = None
    min_score: float | None = Field(default=None, ge=0, le=1)
    max_score: float | None = Field(default=None, ge=0, le=1)
    disagrees: bool = False
    reward_model: str | None = Field(
        default=None, max_length=1000, description="Whose newest scores; null: any model's."
    )


class ItemsBody(Body):
    """What to add: solutions of runs, solutions by id, or those a filter finds."""

    runs: list[str] | None = Field(default=None, min_length=1, max_length=MAX_IDS)
    solutions: list[str] | None = Field(default=None, min_length=1, max_length=MAX_IDS)
    filter: FilterBody | None = Field(
        default=None, description="An empty one finds every finished solution but the built-in benchmark's."
    )

    def as_selection(self) -> Selection:
        """Return the selection. Raises InvalidRequest for an empty body, which would otherwise mean everything."""
        if not self.model_fields_set:
            raise InvalidRequest("Say which solutions to add: runs, solutions or a filter.")
        wanted = {} if self.filter is None else self.filter.model_dump()
        return Selection(runs=tuple(self.runs or ()), solutions=tuple(self.solutions or ()), **wanted)


class GoldItemBody(Body):
    """A solution with its right labels; without labels, the final ones the store has."""

    solution: str
    labels: list[EnumField[Label]] | None = None


class GoldItemsBody(Body):
    """Solutions for the hidden gold or for the entry quiz."""

    role: EnumField[TaskRole]
    solutions: list[GoldItemBody] = Field(max_length=MAX_IDS)


class GoldDrawBody(Body):
    """How many solutions with known labels to draw, and from where."""

    role: EnumField[TaskRole] = Field(description='"quiz" or "gold"')
    count: int = Field(ge=1, le=MAX_DRAWN)
    data_sources: list[str | None] | None = Field(
        default=None,
        max_length=1000,
        description="null among them: solutions without a source; null: any but the built-in benchmark's.",
    )


class RemovalBody(Body):
    """Which solutions to remove, where nobody has begun them: those of one data source and policy model."""

    data_source: str | None = Field(max_length=1000)
    policy_model: str = Field(max_length=1000)


def add_items(api: FastAPI, projects: ProjectRepository, transfer: DatasetTransfer) -> None:
    """Add the routes that fill projects."""

    @api.post("/projects/{project_id}/items", tags=["projects"], summary="Add solutions of runs, by id or by a filter")
    def fill(project_id: str, body: ItemsBody, _: Admin) -> FilledView:
        filled = projects.add_items(project_queue(projects, project_id).id, body.as_selection())
        return {"added": filled.added, "total": filled.total, **_left_out(filled.left_out)}

    @api.post(
        "/projects/{project_id}/items/preview",
        tags=["projects"],
        summary="Say how many solutions would be added, and add none",
    )
    def preview(project_id: str, body: ItemsBody, _: Admin) -> FillPreviewView:
        found = projects.preview_items(project_queue(projects, project_id).id, body.as_selection())
        return {
            "matching": found.matching,
            "added": found.added,
            "spread": _spread_view(found.spread),
            **_left_out(found.left_out),
        }

    @api.post(
        "/projects/{project_id}/import",
        tags=["projects"],
        summary="Import a zip or a file of rows at once, and add its solutions",
        openapi_extra=raw_body("application/octet-stream"),
    )
    async def import_upload(
        project_id: str, request: Request, _: Admin, source: str | None = None, name: str = ""
    ) -> ImportResult:
        await run_in_threadpool(transfer.check_import, project_id, source)  # before, not after, the upload
        with upload_folder() as folder:
            await receive(request.stream(), folder / "upload")
            return _import_result(await run_in_threadpool(transfer.import_upload, project_id, folder, source, name))


def add_gold_items(api: FastAPI, projects: ProjectRepository) -> None:
    """Add the routes of items with known labels."""

    @api.post("/projects/{project_id}/gold", tags=["projects"], summary="Make solutions hidden gold or quiz tasks")
    @api.post(
        "/projects/{project_id}/known",
        tags=["projects"],
        summary="Make solutions hidden gold or quiz tasks, under the former name",
        deprecated=True,
    )
    def add_gold(project_id: str, body: GoldItemsBody, _: Admin) -> Changed:
        items = [
            GoldItem(solution_id=each.solution, labels=None if each.labels is None else tuple(each.labels))
            for each in body.solutions
        ]
        return {"changed": projects.add_gold(project_queue(projects, project_id).id, body.role, items)}

    @api.get(
        "/projects/{project_id}/gold",
        tags=["projects"],
        summary="Count quiz and gold tasks, and the labelled solutions more can be drawn from",
    )
    def list_gold(project_id: str, _: Admin) -> GoldItemsView:
        found = projects.list_gold_items(project_queue(projects, project_id).id)
        return {
            "quiz": found.quiz,
            "gold": found.gold,
            "sources": [{"data_source": each.data_source, "solutions": each.solutions} for each in found.sources],
        }

    @api.post(
        "/projects/{project_id}/gold/draw",
        tags=["projects"],
        summary="Draw labelled solutions at random, and make them hidden gold or quiz tasks",
    )
    def draw_gold(project_id: str, body: GoldDrawBody, _: Admin) -> DrawnGold:
        queue = project_queue(projects, project_id)
        return {"solutions": list(projects.draw_gold(queue.id, body.role, body.count, body.data_sources))}


def add_contents(api: FastAPI, projects: ProjectRepository) -> None:
    """Add the routes of what is in a project."""

    @api.get(
        "/projects/{project_id}/items", tags=["projects"], summary="Count what is in a project, by source and policy"
    )
    def contents(project_id: str, _: Admin) -> ContentList:
        found = projects.list_contents(project_queue(projects, project_id).id)
        return {
            "contents": [
                {
                    "data_source": each.data_source,
                    "policy_model": each.policy_model,
                    "solutions": each.solutions,
                    "begun": each.begun,
                    "held": each.held,
                }
                for each in found
            ]
        }

    @api.post(
        "/projects/{project_id}/items/removal",
        tags=["projects"],
        summary="Remove what nobody has begun of one source and policy; it stays in the store",
    )
    def remove(project_id: str, body: RemovalBody, _: Admin) -> Removed:
        queue = project_queue(projects, project_id)
        return {"removed": projects.remove_unbegun(queue.id, body.data_source, body.policy_model)}


def _spread_view(spread: SolutionSpread) -> SolutionSpreadView:
    return {
        "mean_scores": None if spread.mean_scores is None else list(spread.mean_scores),
        "unscored": spread.unscored,
        "steps": list(spread.steps),
    }


def _left_out(found: NotAdded) -> NotAddedView:
    return {
        "present": found.present,
        "equal": found.equal,
        "unusable": found.unusable,
        "benchmark": found.benchmark,
    }


def _import_result(imported: Imported) -> ImportResult:
    report = imported.report
    return {
        "added": report.added,
        "unchanged": report.unchanged,
        "conflicting": report.conflicting,
        "unlabelled": report.unlabelled,
        "kept_fields": list(report.kept_fields),
        "errors": [{"line": bad.line, "reason": bad.reason} for bad in report.errors],
        "queued": imported.queued,
        "total": imported.total,
    }
