"""A server with scripted models (``killed_server.py``) in a process of its own, which a test may kill and start again."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.app_process import free_port
from tests.support.killed_server import SECRET, serve
from tests.support.waiting import PATIENCE
from visualprm_ui.access.identity import Identity


class life:
    """A server's life, to the block's end or its kill."""

    def __init__(self, data_dir):
        self.port = free_port()
        context = multiprocessing.get_context("spawn")
        self.process = context.Process(target=serve, args=(str(data_dir), self.port, None), daemon=True)

    def __enter__(self):
        self.process.start()
        url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"{url}/status")
                return self.process, url
            except httpx.HTTPError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def __exit__(self, _kind, error, _traceback):
        if isinstance(error, httpx.HTTPError):  # of a server that was not killed: has it died by itself?
            error.add_note(f"Exit code of the server: {self.process.exitcode}")
        self.process.kill()
        self.process.join()


def finish_killed_twice(
    data_dir: Path, route: str, body: dict[str, Any], total: int, then: Callable[[httpx.Client, str], Any]
) -> tuple[dict[str, Any], Any]:
    """Start a job, kill its server twice while it works, and return the job once it is done on the third server.

    ``total``: rows of the job, of which every server does over an eighth. ``then``: what is asked of the third server afterwards,
    given the address of the job; its result is returned beside the job.
    """
    cookies = {Identity(SECRET).guest_cookie.name: Identity(SECRET).new_cookie()}
    path, seen = None, []
    while True:
        with (
            life(data_dir) as (process, url),
            httpx.Client(base_url=url, headers={"X-VP": "1"}, cookies=cookies, timeout=PATIENCE) as client,
        ):
            while path is None:  # its models may still be loading
                answer = client.post(route, json=body)
                path = f"{route}/{answer.json()['id']}" if answer.status_code == 200 else None
            enough, deadline = max(seen, default=0) + total / 8, time.monotonic() + PATIENCE
            while (found := client.get(path).json())["state"] != "done":
                assert found["state"] in ("waiting", "running"), found["message"]
                assert time.monotonic() < deadline, found
                if len(seen) < 2 and found["rows"] > enough:
                    seen.append(found["rows"])
                    os.kill(process.pid, signal.SIGKILL)
                    break
                time.sleep(0.005)
            else:
                assert len(seen) == 2, "done before it could be killed twice"
                return found, then(client, path)
