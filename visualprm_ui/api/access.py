"""Who may use a route. Every route takes one of the principals below as a parameter, and thereby declares who may use it.

The description of the API names it for each route (``x-access``), and a test calls every route as every kind of principal.
``anyone`` reads the database and therefore runs in a thread; the others only look at what it found, which costs no second thread.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request

from engine.domain import Role
from visualprm_ui.access.identity import Identity, Principal
from visualprm_ui.access.private_app import SIGN_IN
from visualprm_ui.access.same_origin import is_browser

NO_COOKIE = "This browser keeps no cookie for this page; open the app in its own tab."
WAY_OUT_HEADER = "X-VP-Way-Out"  # of a refusal that a page can recover from: own-tab or reload


def anyone(request: Request) -> Principal:
    """Everybody, signed in or not."""
    identity: Identity = request.app.state.identity
    return identity.authenticate(request)


async def explorer(principal: Annotated[Principal, Depends(anyone)]) -> Principal:
    """Everybody; where the app is private, whoever is signed in."""
    if not principal.may_explore:
        raise HTTPException(401, SIGN_IN)
    return principal


async def member(principal: Annotated[Principal, Depends(anyone)]) -> Principal:
    """A person with an account, signed in in a browser: a script's token must not be able to change the account."""
    if principal.person is None or principal.by_token:
        raise HTTPException(
            401, "Sign in with a browser first: an account can be neither seen nor changed with a token."
        )
    return principal


async def annotator(principal: Annotated[Principal, Depends(anyone)]) -> Principal:
    """Whoever may label."""
    return _require(principal, Role.ANNOTATOR)


async def identified_annotator(request: Request, principal: Annotated[Principal, Depends(annotator)]) -> Principal:
    """Whoever may label, but no browser without a cookie: those would share one annotator and undo each other's labels."""
    if principal.is_anonymous and is_browser(request):
        raise HTTPException(403, NO_COOKIE, {WAY_OUT_HEADER: "own-tab"})
    return principal


async def reviewer(principal: Annotated[Principal, Depends(anyone)]) -> Principal:
    """Whoever may see other people's labels."""
    return _require(principal, Role.REVIEWER)


async def admin(principal: Annotated[Principal, Depends(anyone)]) -> Principal:
    """Whoever runs the workbench."""
    return _require(principal, Role.ADMIN)


Anyone = Annotated[Principal, Depends(anyone)]
Explorer = Annotated[Principal, Depends(explorer)]
Member = Annotated[Principal, Depends(member)]
Annotator = Annotated[Principal, Depends(annotator)]
IdentifiedAnnotator = Annotated[Principal, Depends(identified_annotator)]
Reviewer = Annotated[Principal, Depends(reviewer)]
Admin = Annotated[Principal, Depends(admin)]

ACCESS = {
    anyone: "anyone",
    explorer: "explorer",
    member: "member",
    annotator: "annotator",
    identified_annotator: "annotator",
    reviewer: "reviewer",
    admin: "admin",
}


def describe_access(api: FastAPI) -> None:
    """Add to the description of every route who may use it. Call it after every other ``add_``.

    Raises:
        ValueError: a route does not declare who may use it.
    """
    for route in api.routes:
        if isinstance(route, APIRoute):
            named = [ACCESS[each.call] for each in route.dependant.dependencies if each.call in ACCESS]
            if len(named) != 1:
                raise ValueError(
                    f"{sorted(route.methods or ())} {route.path} must take one principal, not {len(named)}."
                )
            route.openapi_extra = {**(route.openapi_extra or {}), "x-access": named[0]}


def _require(principal: Principal, role: Role) -> Principal:
    if principal.may(role):
        return principal
    if principal.role is None:
        raise HTTPException(401, SIGN_IN)
    raise HTTPException(
        403, f"This takes {_with_article(role)}; {principal.display_name!r} is {_with_article(principal.role)}."
    )


def _with_article(role: Role) -> str:
    return f"{'a' if role is Role.REVIEWER else 'an'} {role.value}"
