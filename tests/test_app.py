"""The composition root as a process: what cannot be served is said in one sentence."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from app import main
from benchmarks.app_process import AppProcess
from storage.accounts.login_throttle import OF_ADDRESS

ROOT = Path(__file__).parent.parent


def test_a_busy_thread_lets_the_others_have_the_interpreter_ten_times_as_often(tmp_path, monkeypatch):
    """At Python's own 5 ms one slow upload kept everybody's labels waiting for three seconds."""
    usual = sys.getswitchinterval()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    try:
        nowhere = ["--database", "postgresql://nobody@127.0.0.1:1/none", "--data-dir", str(tmp_path)]
        assert main(nowhere, {}) == 1
        assert sys.getswitchinterval() <= 0.001 < usual
    finally:
        sys.setswitchinterval(usual)


@pytest.mark.parametrize("prices", ["a=1", "*=1/2,*=1/3"])
def test_prices_that_cannot_be_read_are_named_at_the_start(tmp_path, capsys, prices):
    nowhere = ["--database", "postgresql://nobody@127.0.0.1:1/none", "--data-dir", str(tmp_path)]
    assert main(nowhere, {"VISUALPRM_TOKEN_PRICES": prices}) == 2
    assert "The token prices" in capsys.readouterr().err


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
                urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        assert (429 in statuses) is waits
    finally:
        app.kill()


@pytest.mark.slow
def test_a_stranger_cannot_take_over_an_app_on_the_network(tmp_path):
    """It was in open mode until somebody was an admin: the first stranger invited themselves."""
    app = AppProcess(tmp_path / "data", "--host", "0.0.0.0", "--public-url", "https://prm.example.org/")
    app.data_dir.mkdir()
    app.start()
    try:
        body = json.dumps({"role": "admin"}).encode()
        request = urllib.request.Request(f"{app.url}/api/invitations", body, {"X-VP": "1"})
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request, timeout=60)
        (link,) = re.findall(r"makes the first one, once: (\S+)", app.log())
        assert link.startswith("https://prm.example.org/account/join#")
        accepted = json.dumps({"token": link.split("#")[1], "password": "a long enough secret", "name": "ada"}).encode()
        headers = {"X-VP": "1", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{app.url}/api/invitation/accept", accepted, headers)
        assert urllib.request.urlopen(request, timeout=60).status == 200
    finally:
        app.kill()
