"""The composition root as a process: what cannot be served is said in one sentence."""

import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_port_in_use_is_named(tmp_path):
    """Gradio's traceback ended with advice about variables and functions of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(tmp_path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}: it is in use" in result.stderr
    assert "Traceback" not in result.stderr
