"""``python -m engine models``: what could be loaded here, whether it loads, and changing what a running app serves."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.cli.options import ProgressPrinter, add_load_options, add_prompt_file, progress_line
from engine.errors import ServerError
from engine.model_catalogue.catalogue import PAPER_PAIRS, ListedModel, hub_cache, list_models
from engine.model_catalogue.footprint import GIB, Quantisation
from engine.prompts.prompt_file import read_prompt_file

POLL_SECONDS = 0.5  # between two looks at an app that is loading
SECONDS = 30.0  # a running app answers at once: it loads in the background
TOKEN = (
    "VISUALPRM_TOKEN"  # of an admin, where the app has accounts; from the environment only, as no process list shows it
)


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="models on this machine, whether they fit it, and which are refused")
    listing.add_argument(
        "--models-dir",
        type=Path,
        default=os.environ.get("VISUALPRM_MODELS_DIR"),  # as the app is told
        help="a folder with checkpoint folders in it",
    )
    checking = actions.add_parser("check", help="load one strictly, say what it takes, let it go")
    checking.add_argument("name", help="folder or hub name")
    for each in (listing, checking):
        add_load_options(each)
    add_prompt_file(checking)
    for action, purpose in (
        ("switch", "give a running app other models"),
        ("load", "load a running app's models again"),
        ("unload", "take a running app's models away"),
        ("cancel", "end the loading or downloading of a running app; the models before stay"),
    ):
        command = actions.add_parser(action, help=purpose)
        command.add_argument("--url", default="http://127.0.0.1:7860", help="address of the app")
        if action == "switch":
            command.add_argument("--policy", help="folder, hub name or address")
            command.add_argument("--reward-model", help="folder, hub name or address")
    for each in actions.choices.values():
        each.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def main(arguments: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    match arguments.action:
        case "list":
            return _list(arguments)
        case "check":
            return _check(arguments)
        case action:
            return _ask(arguments, action)


def _list(arguments: argparse.Namespace) -> int:
    from engine.models.loaders import outlook  # late: imports torch
    from engine.models.registry import machine

    here = machine(arguments.device, arguments.dtype)
    models = list_models(here, arguments.models_dir, hub_cache(), outlook)
    if arguments.json:
        print(
            json.dumps({"machine": asdict(here), "models": [asdict(model) for model in models], "pairs": PAPER_PAIRS})
        )
        return 0
    free = "unknown" if here.free_bytes is None else f"{here.free_bytes / GIB:.1f} GiB"
    print(f"{here.device}, {here.dtype}, free memory {free}")
    for model in models:
        print(_line(model, here.dtype))
    return 0


def _line(model: ListedModel, dtype: str) -> str:
    words = {Quantisation.NONE: dtype}
    fits = ", ".join(
        f"{words.get(quantisation, quantisation)} {model.needs[quantisation] / GIB:.2f} GiB"
        for quantisation in model.fits
    )
    size = f"{model.parameters / 1e6:.1f} M parameters, {model.disk_bytes / GIB:.2f} GiB on disk ({model.dtype})"
    outcome = f"fits: {fits or 'no'}" if model.refusal is None else f"is refused: {model.refusal}"
    kind = ", ".join(filter(None, (model.family, model.path, " or ".join(model.uses) or model.role)))
    return f"{model.name}  [{kind}]  {size}; {outcome}\n  {model.source}"


def _check(arguments: argparse.Namespace) -> int:
    from engine.models.checkpoints.hub import locate
    from engine.models.registry import Options, load_checkpoint, weights_bytes

    started = time.monotonic()
    checkpoint = locate(arguments.name, ProgressPrinter().bytes_of(arguments.name))
    options = Options.chosen(arguments.device, arguments.dtype, arguments.quantise)
    options = replace(options, prompts=read_prompt_file(arguments.prompt_file))
    network = load_checkpoint(checkpoint, options)
    seconds = time.monotonic() - started
    card = network.card
    report = {
        **asdict(card),
        "reading": card.prm_format,
        "notice": network.template_notice,
        "bytes": weights_bytes(network),
        "seconds": round(seconds, 2),
    }
    if arguments.json:
        print(json.dumps(report))
    else:
        print(
            f"{card.name} ({card.family}, {card.path}, {card.revision}) loads on {card.device} as {card.dtype}: "
            f"{card.parameters:,} parameters, {weights_bytes(network) / GIB:.2f} GiB, {seconds:.1f} s"
        )
        if network.template_notice is not None:
            print(f"notice: {network.template_notice}")
    return 0


def _ask(arguments: argparse.Namespace, action: str) -> int:
    """Send an action to a running app and wait until it is done."""
    body = {"action": action}
    for role in ("policy", "reward_model"):
        if getattr(arguments, role, None):
            body[role] = getattr(arguments, role)
    answer = _call(arguments.url, "POST", body)
    while answer["state"] == "loading":
        print(_progress(answer), file=sys.stderr)
        time.sleep(POLL_SECONDS)
        answer = _call(arguments.url, "GET")
    if arguments.json:
        print(json.dumps(answer))
    else:
        served = [(answer[role] or {}).get("name") or "none" for role in ("policy", "reward_model")]
        print(f"{answer['state']}: policy {served[0]}, reward model {served[1]}")
    if answer["message"]:
        print(f"error: {answer['message']}", file=sys.stderr)
        return 1
    return 0


def _progress(answer: dict[str, Any]) -> str:
    progress = answer["progress"]
    if progress is None:
        return f"waiting for {answer['active']} runs to finish" if answer["active"] else "loading"
    return progress_line(progress["source"], progress["unit"], progress["done"], progress["total"])


def _call(url: str, method: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    import httpx  # late: only these actions talk to an app

    address = f"{url.rstrip('/')}/api/models"
    headers = {"X-VP": "1"}
    if token := os.environ.get(TOKEN):
        headers["Authorization"] = f"Bearer {token}"
    try:
        answer = httpx.request(method, address, json=body, headers=headers, timeout=SECONDS)
        content = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServerError(f"The app at {url!r} did not answer: {error!r}. Is it running there?") from error
    if answer.is_error:
        what_to_do = f" Set {TOKEN} to an admin's API token (account page)." if answer.status_code == 401 else ""
        raise ServerError(f"The app at {url!r} refused: {content.get('error', answer.status_code)}{what_to_do}")
    return dict(content)
