"""The whole app, served once for the tests of a file."""

import pytest

from storage import open_store
from tests.support.scripted import scripted_engine
from tests.support.served_app import served_app
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases.workbench import Workbench


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A client of the app, and the application."""
    store = open_store(tmp_path_factory.mktemp("served") / "data")
    with (
        scripted_engine(["Guess.\n\nFinal answer: 6"]) as engine,
        served_app(Workbench(store, engine), Identity("s")) as app,
    ):
        yield app
    store.close()
