"""The composition root as a process: what cannot be served is said in one sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import is_hub

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
