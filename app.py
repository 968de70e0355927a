"""Composition root and Spaces entry: settings -> store -> engine -> pages -> launch."""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from settings import NANO, Settings, SettingsError, read_settings

log = logging.getLogger("visualprm")

# The key of a remote engine. It comes from the environment only, so that no log or process list shows it.
API_KEY_VARIABLE = "VISUALPRM_API_KEY"


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start the app and serve until it is stopped, or do one job (``app.py job ...``). Returns the process's exit code."""
    from engine.errors import LoadError
    from engine.metering.prices import read_prices
    from visualprm_ui.job_command import read_job

    job, arguments = read_job(arguments)
    try:
        settings = read_settings(arguments, environment)
        read_prices(settings.token_prices)  # else nobody hears of a mistake in them before a server is asked
    except (SettingsError, LoadError) as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # Gradio polls its own server until it is up
    log.info("settings %s", settings.summary())
    return serve(settings, environment, job)


def serve(settings: Settings, environment: Mapping[str, str], job: Namespace | None = None) -> int:
    """Open the store, load the engine in the background, build the pages and serve them; or do the job without any page."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported; nothing leaves this machine
    # A table of the last 10,000 events, drawn up anew after each, that nobody can ask for here.
    os.environ |= {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000"}
    os.environ["FORWARDED_ALLOW_IPS"] = settings.believed_proxies(environment)  # read by its server
    from engine import Engine
    from engine.system.process import share_process
    from nano.world.problem_source import NanoWorld
    from storage import StoreError, open_store
    from storage.store import usable_data_dir
    from visualprm_ui.access.accounts import open_accounts
    from visualprm_ui.access.identity import open_identity
    from visualprm_ui.access.site import Site
    from visualprm_ui.build import build_ui, launch_arguments
    from visualprm_ui.job_command import do_job
    from visualprm_ui.use_cases.examples import store_examples
    from visualprm_ui.use_cases.model_control import ModelControl
    from visualprm_ui.use_cases.model_memory import ModelMemory
    from visualprm_ui.use_cases.workbench import Workbench

    share_process()
    try:
        data_dir = usable_data_dir(settings.data_dir)
        store = open_store(data_dir, journal_mode=settings.journal_mode, database=settings.database or None)
        store.claim()
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    how = {name: getattr(settings, name) for name in ("device", "dtype", "quantise", "prompt_file", "token_prices")}
    how |= {"api_key": environment.get(API_KEY_VARIABLE), "private_servers": settings.asks_private_servers(environment)}
    if data_dir != settings.data_dir:
        log.warning("%s cannot be written here: data are kept in %s. See --data-dir.", settings.data_dir, data_dir)
    memory = ModelMemory(data_dir)
    loader = memory.open_loader(settings.policy, settings.reward_model, how)
    engine = Engine(loader.load, max_active=settings.max_active_runs)
    if job is not None:
        return do_job(store, engine, job)
    models = ModelControl(engine, loader, Path(settings.models_dir) if settings.models_dir else None, memory)
    workbench = Workbench(store, engine, NanoWorld(), models)
    accounts = open_accounts(store.accounts, settings.admins, **settings.access_rules(environment))
    identity = open_identity(data_dir, accounts)
    demo = build_ui(workbench, store_examples(store.images, NANO / "examples"), identity)
    if (join := accounts.set_up_path()) is not None:
        address = settings.public_address(environment)
        log.warning("nobody is an admin yet; this link makes the first one, once: %s%s", address, join)
    forwarded, is_space = settings.forwarded_hosts(environment), "SPACE_ID" in environment
    site = Site(names=settings.answers_to, forwarded_hosts=forwarded, is_space=is_space)
    with store, engine, closing(workbench):
        return listen(partial(demo.launch, **launch_arguments(workbench, identity, site)), settings)


def listen(launch: Callable[..., object], settings: Settings) -> int:
    """Serve the pages until the process is stopped. Returns its exit code."""
    try:
        launch(server_name=settings.host, server_port=settings.port, root_path=settings.root_path or None)
    except OSError as error:  # Gradio's own message names Gradio's own variables
        log.debug("not listening", exc_info=error)
        where = f"{settings.host}:{settings.port}"
        print(f"Cannot listen on {where}: it is in use, or not of this machine. See --port, --host.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
