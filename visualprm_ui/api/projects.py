"""Routes of projects: what is labelled, by which rules, and how far it has come. For admins."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from pydantic import ConfigDict, Field, with_config
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from typing_extensions import TypedDict

from engine import InvalidRequest
from engine.domain import Label, Order, Project, ProjectOptions
from storage import GoldItem, PersonProgress, ProjectRepository, Queue, QuizState, Selection, TaskRole
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, raw_body
from visualprm_ui.api.shapes.projects import (
    AnnotatorProgress,
    Changed,
    CreatedProject,
    FilledView,
    ImportResult,
    Moved,
    ProjectList,
    ProjectOptionsView,
    ProjectQueue,
    ProjectView,
    Released,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.dataset_transfer import DatasetTransfer, Imported, project_queue
from visualprm_ui.use_cases.dataset_upload import receive, upload_folder
from visualprm_ui.use_cases.guideline import read_guideline

MAX_IDS = 100_000  # ids in one request


@with_config(ConfigDict(extra="forbid", strict=True))
class OptionsBody(TypedDict, total=False):
    """Options of a project; those left out stay as they are. Their meaning and defaults: ``engine.domain.ProjectOptions``."""

    blind: bool
    overlap: int | None
    lease_minutes: int
    first_error: bool
    error_types: bool
    step_notes: bool
    quiz_pass: float | None
    split_size: int
    review_share: float
    order: EnumField[Order]
    order_seed: int
    evaluation_share: float
    members_only: bool


class ProjectBody(Body):
    """A new project."""

    title: str = Field(max_length=1000)
    options: OptionsBody = Field(default_factory=OptionsBody)


class ProjectChangeBody(Body):
    """What to change about a project; fields left out stay as they are."""

    title: str | None = Field(default=None, max_length=1000)
    options: OptionsBody = Field(default_factory=OptionsBody)
    archived: bool | None = None
    guideline_version: str | None = Field(default=None, max_length=100)


class ReleaseBody(Body):
    """Whose unfinished work goes back to the queue."""

    annotator: str = Field(max_length=200)


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
    filter: FilterBody | None = Field(default=None, description="An empty one finds every finished solution.")

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


def add_projects(api: FastAPI, projects: ProjectRepository, data_dir: Path) -> None:
    """Add the routes of projects. ``data_dir``: may hold a guideline."""

    @api.get("/projects", tags=["projects"], summary="List projects with their progress")
    def list_projects(_: Admin, archived: bool = True) -> ProjectList:
        found = projects.list_projects(archived=archived)
        return {
            "projects": [_project_view(projects, each) for each in found],
            "default_options": _options_view(ProjectOptions()),
        }

    @api.post("/projects", tags=["projects"], summary="Make a project with one empty queue")
    def add_project(body: ProjectBody, _: Admin) -> CreatedProject:
        version = read_guideline(data_dir).version
        made = projects.add_project(body.title, replace(ProjectOptions(), **body.options), version)
        return {"project": made.id, "queue": project_queue(projects, made.id).id}

    @api.patch("/projects/{project_id}", tags=["projects"], summary="Change or archive a project")
    def change(project_id: str, body: ProjectChangeBody, _: Admin) -> Empty:
        options = replace(projects.get_project(project_id).options, **body.options)
        projects.update_project(
            project_id,
            title=body.title,
            options=options,
            archived=body.archived,
            guideline_version=body.guideline_version,
        )
        return {}

    @api.post("/queues/{queue_id}/reorder", tags=["projects"], summary="Reorder the solutions that nobody has begun")
    def reorder(queue_id: str, _: Admin) -> Moved:
        return {"moved": projects.reorder_items(queue_id)}

    @api.post(
        "/queues/{queue_id}/release", tags=["projects"], summary="Give others what a person holds and has not finished"
    )
    def release(queue_id: str, body: ReleaseBody, _: Admin) -> Released:
        return {"released": projects.release_tasks(queue_id, body.annotator)}


def add_items(api: FastAPI, projects: ProjectRepository, transfer: DatasetTransfer) -> None:
    """Add the routes that fill projects."""

    @api.post("/projects/{project_id}/items", tags=["projects"], summary="Add solutions of runs, by id or by a filter")
    def fill(project_id: str, body: ItemsBody, _: Admin) -> FilledView:
        filled = projects.add_items(project_queue(projects, project_id).id, body.as_selection())
        return {"added": filled.added, "total": filled.total}

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

    @api.post(
        "/projects/{project_id}/quiz/{annotator:path}/reset",
        tags=["projects"],
        summary="Let a person take the quiz again",
    )
    def reset_quiz(project_id: str, annotator: str, principal: Admin) -> Empty:
        projects.reset_quiz(principal.name, project_id, annotator)
        return {}


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


def _options_view(options: ProjectOptions) -> ProjectOptionsView:
    return cast(ProjectOptionsView, asdict(options))  # a test compares their fields


def _project_view(projects: ProjectRepository, project: Project) -> ProjectView:
    quiz = {each.annotator: each.state for each in projects.list_quiz_results(project.id)}
    return {
        "project": project.id,
        "title": project.title,
        "guideline_version": project.guideline_version,
        "archived": project.archived,
        "options": _options_view(project.options),
        "members": list(projects.list_members(project.id)),
        "queues": [_queue_view(projects, queue, quiz) for queue in projects.list_queues(project.id)],
    }


def _queue_view(projects: ProjectRepository, queue: Queue, quiz: dict[str, QuizState]) -> ProjectQueue:
    progress = projects.get_progress(queue.id)
    gold = {each.annotator: each for each in projects.measure_gold_accuracy(queue.id)}

    def person(row: PersonProgress) -> AnnotatorProgress:
        accuracy = gold.get(row.annotator)
        return {
            "annotator": row.annotator,
            "done": row.done,
            "skipped": row.skipped,
            "held": row.held,
            "labels_an_hour": row.labels_an_hour,
            "seconds_an_item": row.seconds_an_item,
            "seconds_a_step": row.seconds_a_step,
            "gold": None if accuracy is None else {"right": accuracy.right, "steps": accuracy.steps},
            "quiz": quiz.get(row.annotator),
        }

    return {
        "queue": queue.id,
        "title": queue.title,
        "total": progress.total,
        "done": progress.done,
        "over": progress.over,
        "labels_an_hour": progress.labels_an_hour,
        "hours_left": progress.hours_left,
        "people": [person(row) for row in progress.people],
    }
