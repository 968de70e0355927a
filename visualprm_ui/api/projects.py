"""Routes of projects: what is labelled, by which rules, and how far it has come. For admins."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from engine.domain import Order, Project, ProjectOptions
from storage import PersonProgress, ProjectRepository, Queue, QuizState
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.projects import (
    AnnotatorProgress,
    CreatedProject,
    Moved,
    ProjectList,
    ProjectOptionsView,
    ProjectQueue,
    ProjectView,
    Released,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.guideline import read_guideline


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
    review_limit: int
    order: EnumField[Order]
    order_seed: int
    evaluation_share: float
    members_only: bool
    gold_every: int
    paused: bool


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


def add_projects(api: FastAPI, projects: ProjectRepository, data_dir: Path) -> None:
    """Add the routes of projects. ``data_dir``: may hold a guideline."""

    @api.get("/projects", tags=["projects"], summary="List projects with their progress")
    def list_projects(_: Admin, archived: bool = True) -> ProjectList:
        found = projects.list_projects(archived=archived)
        return {
            "projects": [_project_view(projects, each) for each in found],
            "default_options": options_view(ProjectOptions()),
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


def options_view(options: ProjectOptions) -> ProjectOptionsView:
    """Return the options of a project as they are served."""
    return cast(ProjectOptionsView, asdict(options))  # a test compares their fields


def _project_view(projects: ProjectRepository, project: Project) -> ProjectView:
    quiz = {each.annotator: each.state for each in projects.list_quiz_results(project.id)}
    return {
        "project": project.id,
        "title": project.title,
        "guideline_version": project.guideline_version,
        "archived": project.archived,
        "options": options_view(project.options),
        "members": list(projects.list_members(project.id)),
        "queues": [_queue_view(projects, queue, quiz) for queue in projects.list_queues(project.id)],
    }


def _queue_view(projects: ProjectRepository, queue: Queue, quiz: dict[str, QuizState]) -> ProjectQueue:
    progress, labels = projects.get_progress(queue.id), projects.count_labels(queue.id)
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
        "labels": {"wanted": labels.wanted, "done": labels.done},
        "labels_an_hour": progress.labels_an_hour,
        "hours_left": progress.hours_left,
        "people": [person(row) for row in progress.people],
    }
