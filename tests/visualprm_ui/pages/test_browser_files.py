import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import visualprm_ui.build
from visualprm_ui.pages.browser_files import BrowserFiles


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("picture/mount.js", 200),
        ("picture/style.css", 200),
        ("picture/__init__.py", 404),
        ("base.py", 404),
        ("picture", 404),
        ("../build.py", 404),
    ],
)
def test_only_what_a_browser_loads_is_served(path, status):
    """The Python beside each component's script could be downloaded."""
    files = BrowserFiles(directory=visualprm_ui.build.HERE / "components")
    with TestClient(Starlette(routes=[Mount("/vp/components", files)])) as client:
        assert client.get(f"/vp/components/{path}").status_code == status


def test_the_app_serves_its_folders_so():
    mounts = {route.path: route.app for route in visualprm_ui.build.static_routes()}
    assert {path for path, app in mounts.items() if isinstance(app, BrowserFiles)} == {"/vp/assets", "/vp/components"}
