"""Who may use a route. Every route takes one of the askers below as a parameter, and thereby declares who may use it.

The description of the API tells it for each route (``x-access``), and a test asks every route as every kind of asker.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request

from engine.domain import Role
from visualprm_ui.access.identity import Asker, Identity
from visualprm_ui.access.same_origin import is_browser

SIGN_IN = "Sign in first."
NO_COOKIE = "This browser keeps no cookie for this page; open the app in its own tab."
WAY_OUT = "X-VP-Way-Out"  # header of a refusal that a page can lead out of: own-tab or reload


def anyone(request: Request) -> Asker:
    """Whoever asks, signed in or not."""
    identity: Identity = request.app.state.identity
    return identity.ask(request)


def member(asker: Annotated[Asker, Depends(anyone)]) -> Asker:
    """A person with an account, at a browser: a script's token must not make itself at home in the account."""
    if asker.person is None or asker.by_token:
        raise HTTPException(
            401, "Sign in first, in a browser: with a token an account can neither be seen nor changed."
        )
    return asker


def annotator(asker: Annotated[Asker, Depends(anyone)]) -> Asker:
    """Who may label."""
    return _require(asker, Role.ANNOTATOR)


def labeller(request: Request, asker: Annotated[Asker, Depends(annotator)]) -> Asker:
    """Who may label, and is no browser without a cookie: all of these would be one annotator and undo each other's labels."""
    if asker.is_nobody and is_browser(request):
        raise HTTPException(403, NO_COOKIE, {WAY_OUT: "own-tab"})
    return asker


def reviewer(asker: Annotated[Asker, Depends(anyone)]) -> Asker:
    """Who may see other people's labels."""
    return _require(asker, Role.REVIEWER)


def admin(asker: Annotated[Asker, Depends(anyone)]) -> Asker:
    """Who runs the workbench."""
    return _require(asker, Role.ADMIN)


Anyone = Annotated[Asker, Depends(anyone)]
Member = Annotated[Asker, Depends(member)]
Annotator = Annotated[Asker, Depends(annotator)]
Labeller = Annotated[Asker, Depends(labeller)]
Reviewer = Annotated[Asker, Depends(reviewer)]
Admin = Annotated[Asker, Depends(admin)]

ACCESS = {
    anyone: "anyone",
    member: "member",
    annotator: "annotator",
    labeller: "annotator",
    reviewer: "reviewer",
    admin: "admin",
}


def describe_access(api: FastAPI) -> None:
    """Write into the description of every route who may use it. Call it when all routes are there.

    Raises:
        ValueError: a route does not say who may use it, which nobody may forget.
    """
    for route in api.routes:
        if isinstance(route, APIRoute):
            named = [ACCESS[each.call] for each in route.dependant.dependencies if each.call in ACCESS]
            if len(named) != 1:
                raise ValueError(f"{sorted(route.methods or ())} {route.path} must take one asker, not {len(named)}.")
            route.openapi_extra = {**(route.openapi_extra or {}), "x-access": named[0]}


def _require(asker: Asker, role: Role) -> Asker:
    if asker.may(role):
        return asker
    if asker.role is None:
        raise HTTPException(401, SIGN_IN)
    raise HTTPException(403, f"This takes {_one(role)}; {asker.display_name!r} is {_one(asker.role)}.")


def _one(role: Role) -> str:
    return f"{'a' if role is Role.REVIEWER else 'an'} {role.value}"
