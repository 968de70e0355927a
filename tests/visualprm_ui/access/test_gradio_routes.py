"""What of Gradio is open: the routes that pages need, and no other; their bodies are limited and their failures quiet."""

import json
import re

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from visualprm_ui.access.gradio_routes import MAX_GRADIO_BODY, GradioRoutes

OPEN = {
    "/": "GET HEAD",
    "/annotate": "GET",
    "/annotate/": "GET",
    "/dataset": "GET",
    "/dataset/": "GET",
    "/admin": "GET",
    "/admin/": "GET",
    "/config": "GET",
    "/theme.css": "GET",
    "/favicon.ico": "GET",
    "/robots.txt": "GET",
    "/static/{path:path}": "GET",
    "/assets/{path:path}": "GET",
    "/gradio_api/startup-events": "GET",
    "/gradio_api/info": "GET",
    "/gradio_api/app_id": "GET",
    "/gradio_api/heartbeat/{session_hash}": "GET",
    "/gradio_api/queue/data": "GET",
    "/gradio_api/queue/join": "POST",
    "/gradio_api/run/{api_name}": "POST",  # with the name "predict"
    "/gradio_api/cancel": "POST",
    "/gradio_api/reset": "POST",
}
OURS = {"/api", "/vp/assets", "/vp/components", "/vp/guideline", "/account", "/account/sign-in", "/account/join"}


def routes_of(app):
    """Every route that Gradio has, as path and methods; ours come before its guard."""
    behind = False
    for route in app.routes:
        if isinstance(route, GradioRoutes):
            behind = True
        elif not behind:
            assert isinstance(route, Mount | Route)
            assert route.path in OURS
        elif isinstance(route, APIRoute):
            yield route.path, route.methods
        else:
            context = route.include_context
            yield from ((context.prefix + each.path, each.methods) for each in route.original_router.routes)


def test_every_route_of_gradio_is_shut_or_on_the_list(served):
    """``process_recording`` would run ffmpeg for anybody, ``pwa_icon`` and ``call/v2`` answered with tracebacks."""
    client, app = served
    found = list(routes_of(app))
    assert len(found) > 60
    shut = {}
    for path, methods in found:
        address = re.sub(r"\{api_name\}", "predict", path)
        address = re.sub(r"\{.*?\}", "3", address)
        for method in methods - set(OPEN.get(path, "").split()):
            shut[method, path] = client.request(method, address, content=b"{}").status_code
    assert {("POST", "/gradio_api/process_recording"), ("GET", "/pwa_icon/{size}")} < shut.keys()
    assert ("POST", "/gradio_api/call/v2/{api_name}") in shut
    assert {route: status for route, status in shut.items() if status != 404} == {}


def test_what_pages_need_is_served(served):
    client, _ = served
    for path in ("/", "/annotate", "/dataset", "/admin", "/config", "/theme.css", "/gradio_api/info", "/favicon.ico"):
        assert client.get(path).status_code == 200, path
    script = re.search(r'src="\./(assets/[^"]+\.js)"', client.get("/").text)
    assert client.get(f"/{script[1]}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/vp/components/base.py", "/vp/components/picture/__init__.py", "/vp/assets/../build.py"]
)
def test_no_python_is_served(served, path):
    assert served[0].get(path).status_code == 404


@pytest.mark.parametrize("path", ["queue/join", "run/predict", "cancel", "reset"])
def test_a_body_is_refused_by_its_length_before_it_is_read(served, path):
    """80 MB were read by queue/join."""
    body = b'{"data": "%s"}' % (b"x" * MAX_GRADIO_BODY)
    answer = served[0].post(f"/gradio_api/{path}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    unknown = served[0].post(f"/gradio_api/{path}", content=iter([b"{}"]))
    assert unknown.status_code == 411


@pytest.mark.parametrize(
    "body",
    [b'{"data": [], "fn_index": 99}', b'{"data": [], "fn_index": -1, "session_hash": "a"}', b"[" * 100_000, b"\xff"],
)
@pytest.mark.parametrize("path", ["queue/join", "run/predict", "cancel"])
def test_what_no_page_sends_is_refused_without_a_traceback(served, capfd, path, body):
    answer = served[0].post(f"/gradio_api/{path}", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in capfd.readouterr().err + answer.text


def test_an_unknown_session_is_told_so_and_its_stream_ends(served, capfd):
    answer = served[0].get("/gradio_api/queue/data?session_hash=nobody")
    assert json.loads(answer.text.removeprefix("data: "))["session_not_found"] is True
    assert "Traceback" not in capfd.readouterr().err
