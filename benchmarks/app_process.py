"""The app in a process of its own, as a person starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
START_SECONDS = 180  # the most that a start may take, on a busy machine too


class AppProcess:
    """The app as a person starts it: a process, an address, a data folder."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until its models are ready. Raises RuntimeError with the log where they fail."""
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        command += self.arguments
        with (self.data_dir.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"app.py ended with {self.process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5) as answer:
                    if b'"ready"' in answer.read():
                        return
            except urllib.error.HTTPError as error:
                if error.code == 401:  # a private app, which tells a stranger no more
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"app.py was not ready within {START_SECONDS} s:\n{self.log()}")

    def kill(self) -> None:
        """End the process as bad luck would: no clean-up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self) -> str:
        """Return the end of what the process wrote."""
        return (self.data_dir.parent / "server.log").read_text(errors="replace")[-4000:]


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
