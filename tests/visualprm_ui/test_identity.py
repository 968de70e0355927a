import stat

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from settings import read_settings
from visualprm_ui.accounts import open_accounts
from visualprm_ui.headers import Headers
from visualprm_ui.identity import COOKIE, Identity, open_identity

PAGE = {"accept": "text/html"}


@pytest.fixture
def identity():
    return Identity("secret")


@pytest.fixture
def client(identity):
    app = Starlette(
        routes=[Route("/", lambda request: PlainTextResponse(identity.who(request)))],
        middleware=[Middleware(Headers, identity=identity)],
    )
    with TestClient(app) as client:
        yield client


def test_a_new_browser_becomes_a_guest_and_stays_the_same_one(client):
    assert client.get("/", headers=PAGE).text == "anonymous"
    name = client.get("/", headers=PAGE).text
    assert name.startswith("guest-")
    response = client.get("/", headers=PAGE)
    assert response.text == name
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("host", "status"), [("prm.lab:80", 200), ("localhost", 200), ("[::1]:7860", 200), ("evil.example", 403)]
)
def test_on_this_machine_alone_an_app_answers_to_its_names_alone_until_people_sign_in(identity, store, host, status):
    names = read_settings(["--names", "prm.lab, other.lab"], {}).answers_to
    for who, expected in ((identity, status), (Identity("secret", open_accounts(store, True, "", False)), 200)):
        app = Starlette(
            routes=[Route("/", lambda request: PlainTextResponse("here"))],
            middleware=[Middleware(Headers, identity=who, names=names)],
        )
        with TestClient(app) as client:
            assert client.get("/", headers={"Host": host}).status_code == expected


def test_on_the_network_an_app_answers_to_any_name():
    assert read_settings(["--host", "0.0.0.0"], {}).answers_to is None


def test_requests_that_are_no_page_get_no_cookie(client):
    assert "set-cookie" not in client.get("/", headers={"accept": "application/json"}).headers


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client):
    cookie = client.get("/", headers=PAGE).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client.cookies.clear()
    inside_a_frame = client.get("/", headers={**PAGE, "x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "SameSite=None; Secure" in inside_a_frame


def test_every_response_carries_the_security_headers(client):
    headers = client.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("cookie", [None, "", "guest-1", "Imd1ZXN0LTEi.AAAA", Identity("other").new_cookie()])
def test_a_forged_cookie_names_nobody(identity, cookie):
    assert identity.read(cookie) is None


def test_the_secret_survives_a_restart_and_is_the_owners_alone(tmp_path):
    cookie = open_identity(tmp_path / "data").new_cookie()
    assert open_identity(tmp_path / "data").read(cookie)
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert COOKIE not in cookie
