"""One tiny random checkpoint for all tests that only read it. torch is imported when it is first needed: rules need none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.models.inference.network import Network


@pytest.fixture(scope="module")
def only_new_objects(tiny: Network) -> Iterator[None]:
    """Set aside a million objects that libraries and other tests hold: counting tensors looks at every one that is left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.support.tiny import write_tiny

    return write_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Network:
    from engine.models.registry import load_network

    return load_network(tiny_folder)
