"""Routes of a project's own guideline: reading a version, and saving a new one. For admins."""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import Field

from storage import AccountRepository, NotFound, ProjectRepository
from visualprm_ui.api.access import Admin
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.project_guideline import GuidelineHistory, SavedGuideline
from visualprm_ui.use_cases.guideline import resolve_guideline


class GuidelineBody(Body):
    """A new version of a project's guideline."""

    text: str = Field(max_length=1_000_000, description="Markdown, at most 100,000 characters.")
    based_on: str = Field(
        max_length=100, description="The version that was edited: refused where it is not the newest."
    )


def add_project_guideline(
    api: FastAPI, projects: ProjectRepository, accounts: AccountRepository, data_dir: Path
) -> None:
    """Add the routes of projects' guidelines. ``data_dir``: may hold the guideline of projects without one."""

    @api.get(
        "/projects/{project_id}/guideline",
        tags=["projects"],
        summary="Get the guideline of a project, and its earlier versions",
    )
    def get(
        project_id: str, _: Admin, version: Annotated[str | None, Query(max_length=100)] = None
    ) -> GuidelineHistory:
        found = resolve_guideline(data_dir, projects.get_guideline(project_id, version))
        current = projects.get_project(project_id).guideline_version
        if version is not None and version not in (found.version, current):
            raise NotFound(f"The project's guideline has no version {version!r}; it is at version {current!r}.")
        names = accounts.get_display_names()
        return {
            "current": current,
            "version": found.version,
            "text": found.text,
            "versions": [
                {"version": each.version, "by": names.get(each.by, each.by), "at": each.at.isoformat()}
                for each in projects.list_guideline_versions(project_id)
            ],
        }

    @api.post(
        "/projects/{project_id}/guideline",
        tags=["projects"],
        summary="Save a new version of a project's guideline; annotators are shown it",
    )
    def save(project_id: str, body: GuidelineBody, principal: Admin) -> SavedGuideline:
        return {"version": projects.save_guideline(principal.name, project_id, body.based_on, body.text)}
