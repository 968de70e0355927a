"""What of Gradio is open works, its bodies are limited and its failures quiet. What is shut: ``test_access_table.py``."""

import json
import re

import pytest

from visualprm_ui.access.gradio_routes import MAX_GRADIO_BODY


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
