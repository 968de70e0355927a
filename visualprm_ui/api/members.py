"""Routes of a project's members, who alone find and label it where its option ``members_only`` is set. For admins."""

from fastapi import FastAPI
from pydantic import Field

from storage import ProjectRepository
from visualprm_ui.api.access import Admin
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.projects import MemberList, Released


class MemberBody(Body):
    """Who becomes a member."""

    name: str = Field(max_length=200)


def add_members(api: FastAPI, projects: ProjectRepository) -> None:
    """Add the routes of members."""

    def view(project_id: str) -> MemberList:
        options = projects.get_project(project_id).options
        return {"members_only": options.members_only, "members": list(projects.list_members(project_id))}

    @api.get("/projects/{project_id}/members", tags=["projects"], summary="List a project's members")
    def list_members(project_id: str, _: Admin) -> MemberList:
        return view(project_id)

    @api.post("/projects/{project_id}/members", tags=["projects"], summary="Make a person a member of a project")
    def add_member(project_id: str, body: MemberBody, _: Admin) -> MemberList:
        projects.add_member(project_id, body.name)
        return view(project_id)

    # ":path": names from older versions may contain a slash
    @api.delete(
        "/projects/{project_id}/members/{name:path}",
        tags=["projects"],
        summary="Remove a member; what they hold and have not finished goes to others",
    )
    def remove_member(project_id: str, name: str, _: Admin) -> Released:
        return {"released": projects.remove_member(project_id, name)}
