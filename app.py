"""Composition root and Spaces entry: settings -> store -> engine -> pages -> launch."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence

from settings import NANO, Settings, SettingsError, read_settings

log = logging.getLogger("visualprm")

API_KEY_VARIABLE = (
    "VISUALPRM_API_KEY"  # of a remote engine; from the environment only, so that no log or process list shows it
)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start the app and serve until it is stopped. Returns the process's exit code."""
    try:
        settings = read_settings(arguments, environment)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # Gradio asks its own server whether it is up
    log.info("settings %s", settings.summary())
    return serve(settings, environment.get(API_KEY_VARIABLE))


def serve(settings: Settings, api_key: str | None) -> int:
    """Open the store, load the engine in the background, build the pages and serve them."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported; nothing leaves this machine
    from engine import load_engine
    from nano.world.endless import NanoWorld
    from storage import StoreError, open_store
    from visualprm_ui.build import build_ui, launch_arguments
    from visualprm_ui.flows import Workbench, add_examples
    from visualprm_ui.identity import open_identity

    try:
        store = open_store(settings.data_dir, journal_mode=settings.journal_mode)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    engine = load_engine(
        policy=settings.policy,
        reward_model=settings.reward_model,
        device=settings.device,
        dtype=settings.dtype,
        max_active=settings.max_active_runs,
        api_key=api_key,
    )
    workbench = Workbench(store, engine, NanoWorld())
    demo = build_ui(workbench, add_examples(store, NANO / "examples"))
    try:
        demo.launch(
            server_name=settings.host,
            server_port=settings.port,
            root_path=settings.root_path or None,
            **launch_arguments(workbench, open_identity(settings.data_dir)),
        )
    finally:
        engine.close()
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
