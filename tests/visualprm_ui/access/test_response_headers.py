"""Headers of whole answers, and which headers of a request reach Gradio. Covers visualprm_ui/access/site.py."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from visualprm_ui.access.identity import Identity
from visualprm_ui.access.response_headers import ResponseHeaders
from visualprm_ui.access.site import Site


def client(site: Site) -> TestClient:
    async def page(_: Request) -> Response:
        return HTMLResponse("<p>")

    async def host(request: Request) -> Response:
        return JSONResponse(request.headers.get("x-forwarded-host"))

    async def picture(_: Request) -> Response:
        return Response(b"", media_type="image/png", headers={"Cache-Control": "private, max-age=9"})

    async def script(_: Request) -> Response:
        return Response(b"", media_type="text/javascript")

    routes = [Route(f"/{each.__name__}", each) for each in (page, host, picture, script)]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(ResponseHeaders, identity=Identity("s"), site=site)])
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [("page", "private, no-cache"), ("host", "private, no-store"), ("picture", "private, max-age=9"), ("script", None)],
)
def test_pages_and_data_say_that_they_are_not_kept(path, expected):
    assert client(Site()).get(f"/{path}").headers.get("cache-control") == expected


@pytest.mark.parametrize(("path", "has_policy"), [("page", True), ("host", True), ("picture", True), ("script", False)])
def test_whatever_can_be_opened_has_a_content_security_policy(path, has_policy):
    headers = client(Site()).get(f"/{path}").headers
    assert ("content-security-policy" in headers) is has_policy
    assert headers["x-content-type-options"] == "nosniff"


def test_other_pages_frame_the_app_on_a_space_only():
    policy = client(Site()).get("/page").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self'")
    on_space = client(Site(is_space=True)).get("/page").headers["content-security-policy"]
    assert on_space.endswith("frame-ancestors 'self' https://huggingface.co https://*.hf.space")


def test_a_forwarded_host_is_passed_on_only_if_it_is_ours():
    asked = client(Site(forwarded_hosts=frozenset({"prm.lab"})))
    assert asked.get("/host", headers={"X-Forwarded-Host": "evil.example"}).json() is None
    assert asked.get("/host", headers={"X-Forwarded-Host": "PRM.lab"}).json() == "PRM.lab"


def test_a_strange_host_stands_in_no_page(served):
    """Gradio wrote it into the page as the address to load its scripts from."""
    for path in ("/", "/config", "/annotate"):
        headers = {"X-Forwarded-Host": "evil.example", "X-Gradio-Server": "http://evil.example"}
        answer = served[0].get(path, headers=headers)
        assert "evil.example" not in answer.text + str(answer.headers)
        assert answer.headers["cache-control"].startswith("private, no-")
