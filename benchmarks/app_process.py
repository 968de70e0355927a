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

    def start(self, state: str = "ready") -> None:
        """Start the process and wait until its models are ready, or in another state. Raises RuntimeError with the log."""
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        command += self.arguments
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"app.py ended with {self.process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5) as answer:
                    if f'"{state}"'.encode() in answer.read():
                        return
            except urllib.error.HTTPError as error:
                if error.code == 401:  # a private app, which tells a stranger no more
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"app.py was not {state} within {START_SECONDS} s:\n{self.log()}")

    def kill(self) -> None:
        """End the process as bad luck would: no clean-up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def log_file(self) -> Path:
        """The file of what the process wrote."""
        return self.data_dir.parent / "server.log"

    def log(self) -> str:
        """Return the end of what the process wrote."""
        return self.log_file.read_text(errors="replace")[-4000:]

    def resident(self, line: str = "VmRSS") -> int:
        """Return the bytes of memory that the process holds; with ``VmHWM`` the most since ``forget_peak``."""
        assert self.process is not None  # it was started
        for each in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if each.startswith(f"{line}:"):
                return int(each.split()[1]) * 1024
        raise OSError(f"The process has no {line}; memory is measured on Linux only.")

    def forget_peak(self) -> None:
        """Let the peak start again from what is held now."""
        assert self.process is not None
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def cpu_seconds(self) -> float:
        """Return the processor time that the process has taken, and those it has started and that have ended."""
        assert self.process is not None
        fields = (
            Path(f"/proc/{self.process.pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()
        )
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
