"""The link to a manifest that Gradio puts into its pages is taken out of them, and of nothing else."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.support.scripted import scripted_engine
from tests.support.served_app import served_app
from visualprm_ui.access.identity import Identity
from visualprm_ui.access.manifest_link import WithoutManifest
from visualprm_ui.build import PAGES
from visualprm_ui.use_cases.workbench import Workbench

LINK = '<link rel="manifest" href="/manifest.json" />'


@pytest.fixture
def client():
    routes = [
        Route("/page", lambda _: HTMLResponse(f"<p>é</p>{LINK}<p>{LINK[:5]}</p>")),
        Route("/other", lambda _: HTMLResponse("<p>é</p>")),
        Route("/data", lambda _: JSONResponse({"text": LINK})),
        Route("/stream", lambda _: StreamingResponse(iter([LINK, "end"]), media_type="text/html")),
    ]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(WithoutManifest)])) as client:
        yield client


def test_only_the_link_of_a_page_goes(client):
    page = client.get("/page")
    assert page.text == "<p>é</p><p><link</p>"
    assert int(page.headers["content-length"]) == len(page.content)
    assert client.get("/other").text == "<p>é</p>"
    assert client.get("/data").json() == {"text": LINK}
    assert client.get("/stream").text == f"{LINK}end"


def test_no_page_of_the_app_links_a_manifest(store):
    """It answered 404, which browsers with a window put into the console of every page."""
    with (
        scripted_engine(["Final answer: 6"]) as engine,
        served_app(Workbench(store, engine), Identity("s")) as (app, _),
    ):
        for path in PAGES:
            page = app.get(path, headers={"Accept": "text/html"})
            assert (page.status_code, "gradio-app" in page.text, "manifest" in page.text) == (200, True, False), path
            assert page.text.rstrip().endswith("</html>"), path
