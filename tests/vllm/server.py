"""A real vLLM in a process of its own, out of another environment, serving one folder on the CPU."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import httpx

from benchmarks.app_process import free_port

SHIM = Path(__file__).parent / "shim"
START_SECONDS = 600  # 60 on two idle cores; minutes on busy ones
NAME = "tiny-internvl"
CONTEXT = 2048

ENVIRONMENT = {
    "PYTHONPATH": str(SHIM),
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "2",
    "VLLM_WORKER_MULTIPROCESSING_METHOD": "fork",  # spawned workers import everything again: two minutes more
}
# as docs/deployment.md says, but for what only a CPU needs: no chunked prefill (a seed ends the engine), nothing compiled
FLAGS = (
    *("--served-model-name", NAME, "--host", "127.0.0.1", "--dtype", "float32"),
    *("--max-model-len", str(CONTEXT), "--max-num-seqs", "64", "--enforce-eager", "--no-enable-chunked-prefill"),
    *("--generation-config", "vllm", "--limit-mm-per-prompt", '{"image": 2, "video": 0}'),
    *("--mm-processor-kwargs", '{"max_patches": 12}', "--trust-request-mm-kwargs"),
    *("--chat-template-content-format", "openai"),
)


class VllmServer:
    """Serves ``folder`` until closed; what it prints goes to ``log``."""

    def __init__(self, python: str, folder: Path, log: Path) -> None:
        started = time.monotonic()
        port = free_port()
        self.root = f"http://127.0.0.1:{port}"
        self.address = f"{self.root}/v1#{NAME}"
        self._log = log
        command = [python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder), "--port", str(port)]
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [*command, *FLAGS],
                cwd=log.parent,  # python -m puts it on the path, and the checkout has names of its own
                env={**os.environ, **ENVIRONMENT},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its workers can be ended with it
            )
        try:
            self._wait(started + START_SECONDS)
        except BaseException:
            self.close()
            raise
        self.seconds = time.monotonic() - started
        self.version = httpx.get(f"{self.root}/version", trust_env=False).json()["version"]

    def metric(self, name: str) -> float:
        """Return what the server counts under a name."""
        lines = httpx.get(f"{self.root}/metrics", trust_env=False).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def kill(self) -> None:
        """End it at once, workers and all."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End it, unless it has ended."""
        if self._process.poll() is None:
            self.kill()

    def _wait(self, until: float) -> None:
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.root}/health", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.5)
        tail = self._log.read_text(errors="replace")[-3000:]
        raise RuntimeError(f"vLLM did not start (exit code {self._process.poll()}):\n{tail}")
