"""Guests and their cookies, and the headers of every response.

Covers visualprm_ui/access/cookies.py, visualprm_ui/access/response_headers.py.
"""

import stat

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from engine.domain import Role
from settings import read_settings
from tests.support.api_accounts import make_person
from visualprm_ui.access.accounts import open_accounts
from visualprm_ui.access.identity import Identity, RecentCredentials, open_identity
from visualprm_ui.access.response_headers import ResponseHeaders
from visualprm_ui.access.site import Site

PAGE = {"accept": "text/html"}
JAR = {"domain": "testserver.local", "path": "/"}  # where the test client keeps cookies that the app sets


@pytest.fixture
def identity():
    return Identity("secret")


@pytest.fixture
def client(identity):
    app = Starlette(
        routes=[Route("/", lambda request: PlainTextResponse(identity.explorer_name(request)))],
        middleware=[Middleware(ResponseHeaders, identity=identity, site=Site())],
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
    for who, expected in (
        (identity, status),
        (Identity("secret", open_accounts(store.accounts, "", is_hub=False, required=True, private=False)), 200),
    ):
        app = Starlette(
            routes=[Route("/", lambda request: PlainTextResponse("here"))],
            middleware=[Middleware(ResponseHeaders, identity=who, site=Site(names=names))],
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


@pytest.mark.parametrize(
    ("proto", "policy"),
    [("https,http", "None"), ("https , https", "None"), ("http,https", "Lax"), ("http", "Lax"), ("", "Lax")],
)
def test_behind_proxies_in_a_row_the_browsers_own_address_counts(client, proto, policy):
    """A Space's frame got a Lax cookie, kept none, and everybody in it was one annotator."""
    cookie = client.get("/", headers={**PAGE, "x-forwarded-proto": proto}).headers["set-cookie"]
    assert f"SameSite={policy}" in cookie


def test_the_names_of_cookies_never_change():
    """Under another name a browser's guest is a new one, and everybody is signed out."""
    identity = Identity("a secret")
    assert identity.guest_cookie.name == "visualprm_guest_ff7fdf86"
    assert identity.session_cookie.name == "visualprm_session_ff7fdf86"


def test_two_apps_of_one_host_leave_each_others_cookies_alone(client, identity):
    """Cookies know no ports: the guest of the first app was somebody else after a look at the second."""
    other = Identity("of the second app")
    assert identity.guest_cookie.name != other.guest_cookie.name
    assert identity.session_cookie.name != other.session_cookie.name
    client.get("/", headers=PAGE)
    name = client.get("/").text
    for cookie in (other.guest_cookie.name, "visualprm_guest"):  # the second one is of an older version
        client.cookies.set(cookie, other.new_cookie())
    answer = client.get("/", headers=PAGE)
    assert (answer.text, answer.headers.get_list("set-cookie")) == (name, [])


def test_a_guest_of_before_the_update_stays_the_same_one(client, identity):
    old = identity.new_cookie()
    client.cookies.set("visualprm_guest", old, **JAR)
    first = client.get("/", headers=PAGE)
    assert first.text == identity.read(old)
    assert dict(client.cookies) == {identity.guest_cookie.name: old}
    again = client.get("/", headers=PAGE)
    assert (again.text, again.headers.get_list("set-cookie")) == (first.text, [])


def test_a_session_of_before_the_update_goes_on_and_another_apps_is_left_alone(store):
    identity = Identity("secret", open_accounts(store.accounts, "", is_hub=False, required=False, private=False))
    secret = store.accounts.open_session(make_person(store, "ada", Role.ADMIN))
    app = Starlette(
        routes=[Route("/", lambda request: PlainTextResponse(identity.explorer_name(request)))],
        middleware=[Middleware(ResponseHeaders, identity=identity, site=Site())],
    )
    with TestClient(app) as client:
        client.cookies.set("visualprm_session", secret, **JAR)
        assert client.get("/", headers=PAGE).text == "ada"
        assert client.cookies.get(identity.session_cookie.name) == secret
        assert "visualprm_session" not in client.cookies
        client.cookies.delete(identity.session_cookie.name, **JAR)
        client.cookies.set("visualprm_session", "of another app", **JAR)
        assert client.get("/", headers=PAGE).text.startswith("guest-")
        assert client.cookies.get("visualprm_session") == "of another app"


def test_a_cookie_is_kept_for_as_long_as_browsers_may_and_deleted_at_once():
    identity = Identity("secret")
    request = HTTPConnection(
        {"type": "http", "scheme": "http", "server": ("ours", 80), "path": "/", "query_string": b"", "headers": []}
    )
    assert "=x; Max-Age=34560000;" in identity.guest_cookie.header(request, "x")  # 400 days, the most they take
    assert "=x; Max-Age=7776000;" in identity.session_cookie.header(request, "x")  # 90 days
    assert "=; Max-Age=0;" in identity.session_cookie.header(request, "")
    assert "visualprm_session=; Max-Age=0;" in identity.session_cookie.rename(request, "x")[1]


def test_every_response_carries_the_security_headers(client):
    headers = client.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "cookie",
    [None, "", "guest-1", "Imd1ZXN0LTEi.AAAA", pytest.param(Identity("other").new_cookie(), id="of another secret")],
)
def test_a_forged_cookie_names_nobody(identity, cookie):
    assert identity.read(cookie) is None


def test_a_data_folder_may_be_there_already_or_lie_in_folders_still_to_be_made(tmp_path):
    assert open_identity(tmp_path).new_cookie()
    assert open_identity(tmp_path / "in" / "data").new_cookie()


def test_the_secret_survives_a_restart_and_is_the_owners_alone(tmp_path):
    before = open_identity(tmp_path / "data")
    cookie = before.new_cookie()
    after = open_identity(tmp_path / "data")
    assert after.read(cookie)
    assert after.guest_cookie == before.guest_cookie
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert (tmp_path / "data" / "secret").read_text() not in cookie + after.guest_cookie.name


def test_who_was_authenticated_lately_is_known_without_the_database(store):
    identity = Identity("secret", open_accounts(store.accounts, "", is_hub=False, required=True, private=False))
    secret = store.accounts.open_session(make_person(store, "ada", Role.ANNOTATOR))

    def request(value: str) -> HTTPConnection:
        cookie = f"{identity.session_cookie.name}={value}".encode()
        return HTTPConnection({"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", cookie)]})

    assert identity.is_probably_stranger(request(secret))
    for value in (secret, "forged"):
        identity.authenticate(request(value))
    assert not identity.is_probably_stranger(request(secret))
    assert identity.is_probably_stranger(request("forged"))
    assert not Identity("secret").is_probably_stranger(request("forged"))  # nobody has to sign in


def test_who_comes_often_is_remembered_longest(monkeypatch):
    """The database was asked anew for whoever had signed in first, however busy they were."""
    monkeypatch.setattr("visualprm_ui.access.identity.MOST_RECENT", 2)
    first, second, third = (
        HTTPConnection({"type": "http", "headers": [(b"cookie", name)]}) for name in (b"a", b"b", b"c")
    )
    recent = RecentCredentials()
    for each in (first, second, first, third):
        recent.add(each)
    assert (first in recent, second in recent, third in recent) == (True, False, True)
