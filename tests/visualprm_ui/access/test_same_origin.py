"""Which requests come from pages of other sites, and which name a host that is not ours: header by header."""

import pytest
from starlette.requests import HTTPConnection

from visualprm_ui.access.same_origin import is_browser, is_foreign, is_known_host


def request(method: str = "GET", **headers: str) -> HTTPConnection:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "method": method, "headers": named})


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"sec_fetch_site": "cross-site"}),
        ("GET", {"sec_fetch_site": "same-site"}),
        ("POST", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}),  # a form
        ("GET", {"sec_fetch_site": ""}),
        ("POST", {"sec_fetch_site": "cross-site", "origin": "http://ours", "host": "ours"}),  # what browsers say counts
        ("POST", {"origin": "http://evil.example", "host": "ours"}),
        ("GET", {"origin": "http://evil.example", "host": "ours"}),
        ("POST", {"origin": "null", "host": "ours"}),
        ("POST", {"origin": "http://ours:81", "host": "ours:80"}),
        ("POST", {"origin": "http://ours"}),  # no host at all
        ("POST", {"origin": "http://evil.example", "host": "ours", "x_forwarded_host": "evil.example"}),
    ],
)
def test_pages_of_other_sites_are_foreign(method, headers):
    assert is_foreign(request(method, **headers))


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),  # scripts, which send none of it
        ("POST", {}),
        ("POST", {"host": "ours"}),
        ("POST", {"sec_fetch_site": "same-origin", "origin": "https://behind.a.proxy", "host": "ours"}),
        ("GET", {"sec_fetch_site": "none"}),
        ("GET", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}),  # a link that people follow
        ("HEAD", {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}),
        ("POST", {"origin": "http://ours:80", "host": "ours:80"}),
        ("POST", {"origin": "https://ours", "host": "ours"}),
    ],
)
def test_links_scripts_and_our_own_pages_are_not(method, headers):
    assert not is_foreign(request(method, **headers))


def test_browsers_are_told_by_a_header_that_scripts_do_not_send():
    assert is_browser(request(sec_fetch_site="none"))
    assert not is_browser(request(origin="http://ours"))


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost", True),
        ("localhost:7860", True),
        ("LOCALHOST:7860", True),
        ("[::1]:7860", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example:localhost", False),
        ("", False),
    ],
)
def test_a_host_is_known_by_its_name_whatever_the_port(host, is_known):
    assert is_known_host(request(host=host), frozenset({"localhost", "::1"})) is is_known


def test_a_request_without_a_host_names_none():
    assert not is_known_host(request(), frozenset({"localhost"}))
