"""A person with a password."""

import pytest

from engine.domain import Person, Role
from storage import Store
from storage.accounts.people import COMMAND_LINE

PASSWORD = "correct horse battery"
HERE = "127.0.0.1"


@pytest.fixture
def ada(store: Store) -> Person:
    return store.accounts.accept_invitation(store.accounts.invite(COMMAND_LINE, Role.ANNOTATOR, "Ada").token, PASSWORD)
