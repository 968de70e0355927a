"""Signing in over REST and on a Space, one's own account, people, tokens.

Covers visualprm_ui/access/accounts.py, visualprm_ui/api/people.py.
"""

import base64
import json
import time
from urllib.parse import quote

import pytest
from itsdangerous import TimestampSigner
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from engine.domain import Role
from storage import PersonChange
from storage.database import tables
from tests.support.api_accounts import PASSWORD, SECRET, accounts_api, make_person, sign_in
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity

KEY = "of the space"


@pytest.fixture
def api(workbench):
    return accounts_api(workbench)


@pytest.fixture
def browser(api):
    with TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def admin(store):
    return make_person(store, "ada", Role.ADMIN)


def test_an_invitation_makes_an_account_that_can_sign_in_and_out(browser, store, admin):
    sign_in(store, browser, admin)
    link = browser.post("/invitations", json={"role": "annotator"}).json()["link"]
    path, token = link.split("#")
    assert path == "account/join"
    browser.cookies.clear()
    assert browser.post("/invitation", json={"token": token}).json()["role"] == "annotator"
    assert (
        browser.post("/invitation/accept", json={"token": token, "password": "short", "name": "mei"}).status_code == 400
    )
    answer = browser.post("/invitation/accept", json={"token": token, "password": PASSWORD, "name": "mei"})
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=Lax" in answer.headers["set-cookie"]
    status = browser.get("/status").json()
    assert (status["annotator"], status["role"], status["kind"]) == ("mei", "annotator", "person")
    assert browser.post("/invitation", json={"token": token}).status_code == 410
    browser.delete("/session")
    assert browser.get("/queues").status_code == 401
    assert browser.post("/session", json={"name": "Mei", "password": PASSWORD}).status_code == 200
    assert browser.get("/queues").status_code == 200


def test_wrong_passwords_are_slowed_down_with_the_time_to_wait(browser, admin):
    tries = [browser.post("/session", json={"name": "ada", "password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in tries] == [401] * 5 + [429]
    assert int(tries[-1].headers["retry-after"]) >= 1
    assert "Try again in" in tries[-1].json()["error"]


def test_a_token_may_do_what_its_person_may_but_not_change_the_account(browser, store, admin):
    sign_in(store, browser, admin)
    secret = browser.post("/account/tokens", json={"title": "nightly"}).json()["secret"]
    browser.cookies.clear()
    headers = {"Authorization": f"Bearer {secret}"}
    assert browser.get("/people", headers=headers).status_code == 200
    assert browser.get("/account", headers=headers).status_code == 401
    assert browser.post("/projects", json={"title": "P"}, headers={**headers, "X-VP": ""}).status_code == 403
    assert browser.post("/projects", json={"title": "P"}, headers=headers).status_code == 200
    sign_in(store, browser, admin)
    (token,) = browser.get("/account").json()["tokens"]
    browser.delete(f"/account/tokens/{token['id']}")
    browser.cookies.clear()
    assert browser.get("/people", headers=headers).status_code == 401


def test_a_wrong_token_is_nobody_even_in_open_mode(browser):
    assert browser.get("/queues").status_code == 200
    assert browser.get("/queues", headers={"Authorization": "Bearer vp_none"}).status_code == 401


def test_a_deactivated_person_is_out_at_once_and_keeps_all_work(browser, store, admin):
    mei = make_person(store, "mei", Role.ANNOTATOR)
    with TestClient(browser.app, headers={"X-VP": "1"}) as other:
        sign_in(store, other, mei)
        assert other.get("/queues").status_code == 200
        sign_in(store, browser, admin)
        assert browser.patch("/people/mei", json={"active": False}).json()["active"] is False
        assert other.get("/queues").status_code == 401
    assert browser.patch("/people/ada", json={"role": "reviewer"}).status_code == 409


def test_changes_of_one_person_are_refused_while_another_is_signed_in(browser, store, admin):
    """A tab that still holds mei's changes must not send them as ada's."""
    sign_in(store, browser, admin)
    answer = browser.post("/events", json={"events": [], "annotator": "mei"})
    assert answer.status_code == 401
    assert browser.post("/events", json={"events": [], "annotator": "ada"}).status_code == 200


def test_a_new_password_ends_the_other_sessions(browser, store, admin):
    sign_in(store, browser, admin)
    elsewhere = store.accounts.open_session(admin)
    assert browser.post("/account/password", json={"old": "wrong", "new": PASSWORD + "!"}).status_code == 401
    assert browser.post("/account/password", json={"old": PASSWORD, "new": PASSWORD + "!"}).status_code == 200
    assert browser.get("/account").json()["name"] == "ada"
    assert store.accounts.find_by_session(elsewhere) is None


def test_a_deactivated_admin_leaves_no_link_that_works(browser, store, admin):
    eve = make_person(store, "eve", Role.ADMIN)
    with TestClient(browser.app, headers={"X-VP": "1"}) as other:
        sign_in(store, other, eve)
        link = other.post("/people/ada/reset").json()["link"]
    sign_in(store, browser, admin)
    assert len(browser.get("/people").json()["invitations"]) == 1
    browser.patch("/people/eve", json={"active": False})
    assert browser.get("/people").json()["invitations"] == []
    body = {"token": link.split("#")[1], "password": "evil evil evil"}
    assert browser.post("/invitation/accept", json=body).status_code == 410


@pytest.mark.parametrize("name", ["x/y", "/x", "x\\y", "x/reset", "..", "x/"])
def test_people_whose_names_do_not_fit_into_an_address_can_be_managed(browser, store, admin, name):
    """Their names could be taken once; then nobody could deactivate them."""
    make_person(store, "mei", Role.ANNOTATOR)
    with store.database.write() as connection:
        mei = tables.people.update().where(tables.people.c.name == "mei")
        connection.execute(mei.values(name=name, name_key=name))
    sign_in(store, browser, admin)
    path = f"/people/{quote(name, safe='').replace('.', '%2E')}"
    assert browser.patch(path, json={"role": "reviewer"}).json()["name"] == name
    assert browser.post(f"{path}/reset").status_code == 200
    assert [each["name"] for each in browser.get("/people").json()["invitations"]] == [name]
    assert browser.patch(path, json={"active": False}).json()["active"] is False
    refused = browser.post("/invitations", json={"role": "annotator", "name": name})
    assert (refused.status_code, "does not fit into an address" in refused.json()["error"]) == (400, True)


def test_the_first_link_makes_the_first_admin_and_a_restart_ends_the_older_one(store):
    accounts = Accounts(store.accounts, required=True)
    older, newer = accounts.set_up_path(), accounts.set_up_path()
    tokens = [path.split("#")[1] for path in (older, newer)]
    assert [each.role for each in store.accounts.list_invitations()] == [Role.ADMIN]
    store.accounts.accept_invitation(tokens[1], PASSWORD, "ada")
    assert accounts.set_up_path() is None
    assert Accounts(store.accounts).set_up_path() is None


# ---- Hugging Face ----


@pytest.fixture
def space(store):
    """What runs on a Space, as far as sign-in goes: Gradio's own session middleware around our identity."""
    identity = Identity("secret", Accounts(store.accounts, hub_admins={"ada"}))

    def who(request):
        principal = identity.authenticate(request)
        return JSONResponse([principal.name, principal.role])

    app = Starlette(routes=[Route("/", who)], middleware=[Middleware(SessionMiddleware, secret_key=KEY)])
    with TestClient(app) as client:
        yield client


def session_of(username, *, key=KEY, expires=3600, subject=None):
    info = {
        "userinfo": {"sub": subject or f"id-{username}", "preferred_username": username},
        "expires_at": time.time() + expires,
    }
    return TimestampSigner(key).sign(base64.b64encode(json.dumps({"oauth_info": info}).encode())).decode()


def test_a_hugging_face_account_is_a_person_and_those_the_settings_name_are_admins(space, store):
    assert space.get("/").json() == ["anonymous", None]
    space.cookies.set("session", session_of("mei"))
    assert space.get("/").json() == ["mei", "annotator"]
    space.cookies.set("session", session_of("ada"))
    assert space.get("/").json() == ["ada", "admin"]
    assert store.accounts.get_person("ada").origin.value == "huggingface"


@pytest.mark.parametrize("cookie", [session_of("ada", key="guessed"), session_of("ada", expires=-1), "none"])
def test_a_forged_or_expired_sign_in_is_nobody(space, cookie):
    space.cookies.set("session", cookie)
    assert space.get("/").json() == ["anonymous", None]


def test_a_deactivated_hugging_face_account_is_nobody(space, store):
    space.cookies.set("session", session_of("mei"))
    space.get("/")
    make_person(store, "boss", Role.ADMIN)
    store.accounts.update_person("boss", "mei", PersonChange(active=False))
    assert space.get("/").json() == ["anonymous", None]


def test_the_session_cookie_is_not_the_guests(store, admin, browser):
    browser.cookies.set(Identity(SECRET).session_cookie.name, "forged")
    assert browser.get("/status").json()["role"] is None


def test_signing_out_ends_the_session_under_the_cookies_old_name_as_well(browser, store, admin):
    old = store.accounts.open_session(admin)
    browser.cookies.set("visualprm_session", old)
    assert browser.get("/status").json()["annotator"] == "ada"
    browser.delete("/session")
    assert store.accounts.find_by_session(old) is None
