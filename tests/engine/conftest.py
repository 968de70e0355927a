"""One tiny random checkpoint for all tests that only read it."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.models.inference.network import Network
from engine.models.registry import load_network
from tests.support.tiny import write_tiny


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def only_new_objects(tiny: Network) -> Iterator[None]:
    """Set aside a million objects that libraries and other tests hold: counting tensors looks at every one that is left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Network:
    return load_network(tiny_folder)
