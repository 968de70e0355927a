"""What tests of evaluations have in common."""

import pytest

from visualprm_ui.use_cases import batch_requests


@pytest.fixture
def one_by_one(monkeypatch):
    """Problems are asked about one after another, so that a test can stop between two."""
    monkeypatch.setattr(batch_requests, "ASKED_AT_ONCE", 1)
