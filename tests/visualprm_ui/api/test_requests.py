"""What REST does with requests before and after their route: limits of bodies, errors as sentences, principals declared."""

import logging
import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from visualprm_ui.access.identity import Principal
from visualprm_ui.api import requests
from visualprm_ui.api.access import Anyone, Reviewer, describe_access
from visualprm_ui.api.requests import RequestChecks, add_errors

HEADERS = {"X-VP": "1", "Content-Type": "application/json"}


@pytest.fixture
def echo():
    """A REST application of one route, which says how long its body is."""
    api = FastAPI()
    add_errors(api)
    api.add_middleware(RequestChecks)

    @api.post("/echo")
    def length(body: dict[str, str]) -> int:
        return len(body["text"])

    @api.post("/broken")
    def broken() -> None:
        raise RuntimeError("the secret of the house")

    with TestClient(api, headers=HEADERS, raise_server_exceptions=False) as client:
        yield client


def test_a_body_is_read_up_to_its_limit_and_not_a_byte_further(echo, monkeypatch):
    body = b'{"text": "%s"}' % (b"x" * 100)
    monkeypatch.setattr(requests, "MAX_BODY", len(body))
    monkeypatch.setattr(requests, "MAX_BODY_OF_STRANGERS", len(body) // 2)
    assert echo.post("/echo", content=body).json() == 100
    refused = echo.post("/echo", content=body + b" ")
    assert refused.status_code == 413
    assert f"{len(body) + 1} bytes; at most {len(body)} are read" in refused.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/runs/images"),
        ("DELETE", "/images/images"),
        ("PATCH", "/people/images"),
        ("PATCH", "/projects/import"),
        ("POST", "/projects/a/b/import"),
    ],
)
def test_only_uploads_may_be_large(echo, method, path):
    """Whatever ended like the address of an upload was read whole, of anybody, before it was asked who sends it."""
    assert echo.request(method, path, content=b" " * (requests.MAX_BODY + 1)).status_code == 413


@pytest.mark.parametrize("size", ["-1", "1e3", "many", ""])
def test_a_body_whose_length_is_no_number_is_refused(echo, size):
    assert echo.post("/echo", content=b"{}", headers={"Content-Length": size}).status_code == 413


def test_a_body_of_unknown_length_is_refused(echo):
    assert echo.post("/echo", content=iter([b"{}"])).status_code == 411


def test_a_defect_is_named_in_the_log_and_not_shown(echo, caplog):
    with caplog.at_level(logging.ERROR):
        answer = echo.post("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    (reference,) = re.findall(r"the log names it as ([0-9a-f]{6})\.", answer.json()["error"])
    (record,) = [each for each in caplog.records if reference in each.getMessage()]
    assert "the secret of the house" in str(record.exc_info[1])


def test_a_route_that_does_not_say_who_may_use_it_is_no_app():
    api = FastAPI()

    @api.get("/open")
    def everybodys() -> None: ...

    with pytest.raises(ValueError, match=r"\['GET'\] /open must take one principal, not 0"):
        describe_access(api)


def test_a_route_with_two_principals_is_no_app():
    api = FastAPI()

    @api.get("/both")
    def both(one: Anyone, other: Reviewer) -> None: ...

    with pytest.raises(ValueError, match="must take one principal, not 2"):
        describe_access(api)


def test_a_route_tells_its_principal(identity):
    api = FastAPI()
    api.state.identity = identity

    @api.get("/one")
    def one(principal: Anyone) -> str:
        assert isinstance(principal, Principal)
        return principal.name

    describe_access(api)
    assert api.openapi()["paths"]["/one"]["get"]["x-access"] == "anyone"
