"""The server that `tests/support/kills.py` kills: REST over a real store, without pages and models. Imported once, then forked."""

from pathlib import Path

import uvicorn

from storage import open_store
from tests.support.scripted import scripted_engine
from visualprm_ui.access.identity import Identity
from visualprm_ui.api import build_api
from visualprm_ui.use_cases.workbench import Workbench

SECRET = "kills"


def serve(data_dir: str, port: int, database: str | None) -> None:
    """Serve until the process is killed."""
    workbench = Workbench(open_store(Path(data_dir), database=database), scripted_engine(["One."]))
    uvicorn.run(build_api(workbench, Identity(SECRET)), host="127.0.0.1", port=port, log_level="error")
