"""Routes of a project's members, who alone find and label it where its option ``members_only`` is set. For admins."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import Field

from engine.domain import Role
from storage import ProjectRepository
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.people import secret_link
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.projects import InvitedList, MemberList, Released

MOST_NAMES = 100  # invited by one request


class MemberBody(Body):
    """Who becomes a member."""

    name: str = Field(max_length=200)


class InvitationsBody(Body):
    """Whom to invite into a project."""

    names: list[Annotated[str, Field(max_length=200)]] = Field(min_length=1, max_length=MOST_NAMES)
    role: EnumField[Role] = Role.ANNOTATOR


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

    @api.post(
        "/projects/{project_id}/invitations",
        tags=["projects"],
        summary="Invite several people by name, who are members once they join; each link works once",
    )
    def invite(project_id: str, body: InvitationsBody, principal: Admin) -> InvitedList:
        found = projects.invite_members(project_id, principal.name, body.names, body.role)
        return {
            "invited": [{"name": each.invitation.name or "", **secret_link(each)} for each in found.invited],
            "refused": [{"name": name, "reason": reason} for name, reason in found.refused.items()],
        }
