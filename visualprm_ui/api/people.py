"""Routes of people and invitations, and of the log, for admins."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import Field

from engine.domain import Person, Role
from storage import AccountRepository, NewInvitation, PersonChange
from storage.accounts.joining import JOIN_PATH
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.accounts import LogPage, PeopleList, PersonView, SecretLink
from visualprm_ui.api.shapes.values import Empty

JOIN_PAGE = JOIN_PATH.lstrip("/")  # relative to the app's root


class InviteBody(Body):
    """Whom to invite. Without a name, whoever opens the link chooses one."""

    name: str | None = Field(default=None, max_length=200)
    role: EnumField[Role]


class PersonBody(Body):
    """What to change about a person; fields left out stay as they are."""

    display_name: str | None = Field(default=None, max_length=200)
    role: EnumField[Role] | None = None
    active: bool | None = None


def add_people(api: FastAPI, accounts: AccountRepository) -> None:
    """Add the routes of people and invitations."""

    def everyone() -> Iterator[Person]:
        page = accounts.list_people()
        while page:
            yield from page
            page = accounts.list_people(after=page[-1].name)

    @api.get("/people", tags=["people"], summary="List people and open invitations")
    def list_people(_: Admin) -> PeopleList:
        return {
            "people": [_person_view(each) for each in everyone()],
            "invitations": [
                {
                    "id": each.id,
                    "name": each.name,
                    "role": each.role,
                    "is_reset": each.is_reset,
                    "expires_at": each.expires_at.isoformat(),
                }
                for each in accounts.list_invitations()
            ],
            "accounts": accounts.has_accounts(),
        }

    @api.post("/invitations", tags=["people"], summary="Invite somebody; the link works once")
    def invite(body: InviteBody, principal: Admin) -> SecretLink:
        return secret_link(accounts.invite(principal.name, body.role, body.name or None))

    @api.delete("/invitations/{invitation_id}", tags=["people"], summary="Withdraw an invitation")
    def withdraw(invitation_id: str, principal: Admin) -> Empty:
        accounts.withdraw_invitation(principal.name, invitation_id)
        return {}

    # ":path": names from older versions may contain a slash
    @api.post("/people/{name:path}/reset", tags=["people"], summary="Make a link that lets a person set a new password")
    def reset(name: str, principal: Admin) -> SecretLink:
        return secret_link(accounts.offer_reset(principal.name, name))

    @api.patch("/people/{name:path}", tags=["people"], summary="Change a person's shown name, role, or activity")
    def change(name: str, body: PersonBody, principal: Admin) -> PersonView:
        wanted = PersonChange(display_name=body.display_name, role=body.role, active=body.active)
        return _person_view(accounts.update_person(principal.name, name, wanted))


def add_log(api: FastAPI, accounts: AccountRepository) -> None:
    """Add the route of the log."""

    @api.get("/log", tags=["people"], summary="List what was done to accounts and what was deleted, the newest first")
    def log(
        _: Admin, limit: Annotated[int, Query(ge=1, le=200)] = 50, before: Annotated[int | None, Query(ge=0)] = None
    ) -> LogPage:
        found = accounts.list_audit_log(limit, before)
        return {
            "entries": [
                {
                    "seq": each.seq,
                    "at": each.at.isoformat(),
                    "by": each.by,
                    "name": each.name,
                    "kind": each.kind,
                    "detail": each.detail,
                }
                for each in found
            ],
            "next": found[-1].seq if len(found) == limit else None,
        }


def _person_view(person: Person) -> PersonView:
    return {
        "name": person.name,
        "display_name": person.display_name,
        "role": person.role,
        "origin": person.origin,
        "active": person.active,
        "last_seen_at": None if person.last_seen_at is None else person.last_seen_at.isoformat(),
    }


def secret_link(made: NewInvitation) -> SecretLink:
    """Return the link of an invitation, which is shown once."""
    return {"link": JOIN_PAGE + made.token, "expires_at": made.invitation.expires_at.isoformat()}
