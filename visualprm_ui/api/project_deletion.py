"""Routes of deleting a project, and of what goes with it. For admins: its labels stay unless they are asked for by its title."""

from urllib.parse import urlencode

from fastapi import FastAPI
from pydantic import Field

from storage import ProjectRepository
from storage.deletion.project import ProjectDeletion
from visualprm_ui.api.access import Admin
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.deletion import ProjectDeletionView
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.project_progress import ProjectReports


class ProjectDeletionBody(Body):
    """The title of the project, to confirm, and whether people's labels go too."""

    title: str = Field(max_length=1000)
    labels: bool = False


def add_project_deletion(api: FastAPI, reports: ProjectReports, projects: ProjectRepository) -> None:
    """Add the routes of deleting projects."""

    @api.get("/projects/{project_id}/deletion", tags=["projects"], summary="Say what would be deleted with a project")
    def preview(project_id: str, _: Admin) -> ProjectDeletionView:
        return _view(reports.preview_deletion(project_id), project_queue(projects, project_id).id)

    @api.delete("/projects/{project_id}", tags=["projects"], summary="Delete a project; its solutions stay")
    def delete(project_id: str, body: ProjectDeletionBody, principal: Admin) -> ProjectDeletionView:
        found = reports.delete(project_id, principal.name, title=body.title, labels=body.labels)
        return _view(found, None)


def _view(found: ProjectDeletion, queue: str | None) -> ProjectDeletionView:
    has_export = queue is not None and found.labels > 0
    return {
        "title": found.title,
        "solutions": found.solutions,
        "labels": found.labels,
        "people": found.people,
        "known_labels": found.known_labels,
        "guidelines": found.guidelines,
        "export": f"export/visualprocessbench?{urlencode({'labels': 'all', 'queue': queue})}" if has_export else None,
    }
