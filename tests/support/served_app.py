"""The whole app, pages and REST, asked without a socket."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.support.apart import run_apart
from visualprm_ui.access.identity import Identity
from visualprm_ui.access.site import Site
from visualprm_ui.build import build_ui, launch_arguments
from visualprm_ui.use_cases.examples import Examples
from visualprm_ui.use_cases.workbench import Workbench

ONLY_OF_LAUNCH = {"run_history", "enable_monitoring", "state_session_capacity"}


@contextmanager
def served_app(workbench: Workbench, identity: Identity, **options: Any) -> Iterator[tuple[TestClient, FastAPI]]:
    """Build an app; give a client of it, and the application with its routes. ``options`` are of ``launch_arguments``."""
    outer = run_apart(_build(workbench, identity, options))
    with TestClient(outer, raise_server_exceptions=False) as client:
        yield client, outer.routes[-1].app


async def _build(workbench: Workbench, identity: Identity, options: dict[str, Any]) -> FastAPI:
    """Put the app together in a running loop: without one Gradio makes dozens and leaves them open."""
    given = launch_arguments(workbench, identity, **{"site": Site(), **options})
    arguments = {name: value for name, value in given.items() if name not in ONLY_OF_LAUNCH}
    # that several pages turn SSR off, which is off; that a Space's sign-in is pretended
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        demo = build_ui(workbench, Examples(), identity)
        demo.state_session_capacity = given["state_session_capacity"]
        return gr.mount_gradio_app(FastAPI(openapi_url=None), demo, "/", **arguments)
