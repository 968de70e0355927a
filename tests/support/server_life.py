"""A server with scripted models (``killed_server.py``) in a process of its own, which a test may kill and start again."""

import multiprocessing
import time

import httpx

from benchmarks.app_process import free_port
from tests.support.killed_server import serve
from tests.support.transfer_jobs import PATIENCE


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

    def __exit__(self, *_error):
        self.process.kill()
        self.process.join()
