import stat

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

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
