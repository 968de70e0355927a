"""The composition root as a process: what cannot be served is said in one sentence."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from app import is_hub
from benchmarks.app_process import AppProcess
from storage.accounts.login_throttle import OF_ADDRESS

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_a_port_in_use_is_named(tmp_path):
    """Gradio's traceback ended with advice about variables and functions of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(tmp_path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}: it is in use" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), False), (("SPACE_ID",), False), (("OAUTH_CLIENT_ID",), False), (("SPACE_ID", "OAUTH_CLIENT_ID"), True)],
)
def test_people_sign_in_with_hugging_face_on_a_space_that_asks_for_it(names, expected):
    assert is_hub(dict.fromkeys(names, "x")) is expected


@pytest.mark.slow
@pytest.mark.parametrize(("trusted", "waits"), [("", True), ("127.0.0.1", False)])
def test_a_clients_address_is_taken_from_a_trusted_proxy_only(tmp_path, trusted, waits):
    """X-Forwarded-For was believed of whoever asked from this machine: a new address for every guess."""
    app = AppProcess(tmp_path / "data", "--trusted-proxies", trusted)
    app.data_dir.mkdir()
    app.start()
    try:
        statuses = []
        for number in range(OF_ADDRESS.free + 3):
            body = json.dumps({"name": f"guess {number % 11}", "password": "wrong"}).encode()
            request = urllib.request.Request(
                f"{app.url}/api/session", body, {"X-VP": "1", "Content-Type": "application/json"}
            )
            request.add_header("X-Forwarded-For", f"10.0.0.{number}")
            try:
                urllib.request.urlopen(request, timeout=20)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        assert (429 in statuses) is waits
    finally:
        app.kill()
