"""Routes of signing in and of one's own account: session, invitation, password, API tokens."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from engine.domain import Person
from storage import AccountRepository, ApiToken, PersonChange
from visualprm_ui.access.cookies import Cookie
from visualprm_ui.access.identity import Principal
from visualprm_ui.access.visitor_address import visitor_address
from visualprm_ui.api.access import Anyone, Member
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.accounts import Account, ApiTokenView, CreatedToken, DisplayName, InvitationView
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.run_control import RunControl

MAX_PASSWORD = 1024  # characters of a request; the store decides which passwords it accepts


class SignInBody(Body):
    """A name and its password."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=MAX_PASSWORD)


class InvitationBody(Body):
    """The secret of an invitation link: the part after its #."""

    token: str = Field(max_length=200)


class AcceptBody(InvitationBody):
    """A password, and a name where the invitation has none."""

    password: str = Field(max_length=MAX_PASSWORD)
    name: str | None = Field(default=None, max_length=200)


class PasswordBody(Body):
    """The present password and the new one."""

    old: str = Field(max_length=MAX_PASSWORD)
    new: str = Field(max_length=MAX_PASSWORD)


class NameBody(Body):
    """The name that pages show."""

    display_name: str = Field(max_length=200)


class TokenBody(Body):
    """The title of a token: what it is for."""

    title: str = Field(max_length=200)


def add_sign_in(api: FastAPI, accounts: AccountRepository, runs: RunControl, session_cookie: Cookie) -> None:
    """Add the routes of people who are not signed in yet."""

    def signed_in(request: Request, before: Principal, secret: str) -> Response:
        """Answer with a new session's cookie. What the browser's guest has done is the person's from now on."""
        person = accounts.find_by_session(secret)
        if person is not None:
            runs.give(before, person)
        return _with_session(session_cookie, request, secret)

    @api.post("/session", tags=["account"], summary="Sign in with a password; sets the session's cookie")
    def open_session(body: SignInBody, request: Request, before: Anyone) -> Response:
        return signed_in(request, before, accounts.sign_in(body.name, body.password, visitor_address(request)))

    @api.delete("/session", tags=["account"], summary="Sign out of this browser")
    def close_session(request: Request, _: Anyone) -> Response:
        for secret in session_cookie.values(request):
            accounts.sign_out(secret)
        return _with_session(session_cookie, request, "")

    @api.post("/invitation", tags=["account"], summary="Say what an invitation is for")
    def look_up(body: InvitationBody, _: Anyone) -> InvitationView:
        found = accounts.get_invitation(body.token)
        return {
            "name": found.name,
            "role": found.role,
            "is_reset": found.is_reset,
            "expires_at": found.expires_at.isoformat(),
        }

    @api.post("/invitation/accept", tags=["account"], summary="Take an invitation and sign in")
    def accept(body: AcceptBody, request: Request, before: Anyone) -> Response:
        person = accounts.accept_invitation(body.token, body.password, body.name)
        return signed_in(request, before, accounts.open_session(person))


def add_account(api: FastAPI, accounts: AccountRepository, session_cookie: Cookie) -> None:
    """Add the routes of one's own account."""

    @api.get("/account", tags=["account"], summary="Get your account and its active API tokens")
    def account(principal: Member) -> Account:
        person = _of(principal.person)
        tokens = [_token_view(each) for each in accounts.list_tokens(person) if each.revoked_at is None]
        return {
            "name": person.name,
            "display_name": person.display_name,
            "role": person.role,
            "origin": person.origin,
            "tokens": tokens,
        }

    @api.patch("/account", tags=["account"], summary="Change the name that pages show for you")
    def rename(body: NameBody, principal: Member) -> DisplayName:
        changed = accounts.update_person(principal.name, principal.name, PersonChange(display_name=body.display_name))
        return {"display_name": changed.display_name}

    @api.post("/account/password", tags=["account"], summary="Change your password; signs you out elsewhere")
    def change_password(body: PasswordBody, request: Request, principal: Member) -> Response:
        secret = accounts.change_password(_of(principal.person), body.old, body.new, visitor_address(request))
        return _with_session(session_cookie, request, secret)

    @api.delete("/account/sessions", tags=["account"], summary="Sign out of every browser")
    def sign_out_everywhere(request: Request, principal: Member) -> Response:
        accounts.sign_out_everywhere(_of(principal.person))
        return _with_session(session_cookie, request, "")

    @api.post("/account/tokens", tags=["account"], summary="Make an API token; its secret is shown once")
    def add_token(body: TokenBody, principal: Member) -> CreatedToken:
        made = accounts.add_token(_of(principal.person), body.title)
        return {"secret": made.secret, **_token_view(made.token)}

    @api.delete("/account/tokens/{token_id}", tags=["account"], summary="Revoke an API token")
    def revoke(token_id: str, principal: Member) -> Empty:
        accounts.revoke_token(principal.name, _of(principal.person), token_id)
        return {}


def _of(person: Person | None) -> Person:
    assert person is not None  # a member has one: visualprm_ui/api/access.py
    return person


def _with_session(session_cookie: Cookie, request: Request, secret: str) -> Response:
    return JSONResponse({}, headers={"Set-Cookie": session_cookie.header(request, secret)})


def _token_view(token: ApiToken) -> ApiTokenView:
    return {
        "id": token.id,
        "title": token.title,
        "prefix": token.prefix,
        "created_at": token.created_at.isoformat(),
        "used_at": None if token.used_at is None else token.used_at.isoformat(),
    }
