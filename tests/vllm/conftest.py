"""Tests against a real vLLM: collected by `make test-vllm` only, which sets up the environment it runs in."""

import os

import pytest

from engine.models.families.internvl_original.convert import convert
from engine.models.registry import Options, load_policy, load_reward_model
from engine.remote import connect
from tests.support.originals import Variant, write_original
from tests.vllm.server import VllmServer

PYTHON = os.environ.get("VLLM_PYTHON")
collect_ignore_glob = [] if PYTHON else ["test_*.py"]

MEASURED: list[str] = []  # told at the end: what docs/deployment.md quotes


@pytest.fixture(scope="session", params=["internlm2", "qwen2"])
def folder(request, tmp_path_factory):
    """A checkpoint in the original format, converted; its heads are as small as vLLM's attention on a CPU takes them."""
    place = tmp_path_factory.mktemp(request.param)
    write_original(place / "original", Variant(text=request.param, head_size=32))
    convert(place / "original", place / "native")
    return place / "native"


@pytest.fixture(scope="session")
def server(folder):
    running = VllmServer(PYTHON, folder, folder.parent / "vllm.log")
    MEASURED.append(f"{folder.parent.name}: vLLM {running.version} started in {running.seconds:.0f} s")
    yield running
    running.close()


@pytest.fixture(scope="session")
def policy(server):
    model = connect.open_policy(server.address)
    yield model
    model.close()


@pytest.fixture(scope="session")
def reward_model(server):
    model = connect.open_reward_model(server.address)
    yield model
    model.close()


@pytest.fixture(scope="session")
def local_policy(folder):
    return load_policy(folder, Options(device="cpu", dtype="float32"))


@pytest.fixture(scope="session")
def local_reward_model(folder):
    return load_reward_model(folder, Options(device="cpu", dtype="float32"))


def pytest_terminal_summary(terminalreporter):
    for line in MEASURED:
        terminalreporter.write_line(line)
