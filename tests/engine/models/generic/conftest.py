"""Tiny checkpoints that no family reads, made once for each file of tests."""

import pytest

from tests.support.tiny_generic import write_tiny_generic


@pytest.fixture(scope="module")
def llava(tmp_path_factory):
    return write_tiny_generic(tmp_path_factory.mktemp("llava"), "llava")


@pytest.fixture(scope="module")
def mistral(tmp_path_factory):
    return write_tiny_generic(tmp_path_factory.mktemp("mistral"), "mistral")
