"""python -m storage push: an export for the model hub, put there. The token is asked for, and kept nowhere."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict

from engine.system.progress import Progress
from storage.cli.output import Commands, Outcome, open_data_dir
from storage.cli.transfer import add_choice_options, choice_of
from storage.transfer.hub_download import check_name
from storage.transfer.hub_push import PushTarget, push_data_set


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``push``."""
    purpose = "put labelled solutions on the model hub, as a data set"
    command = commands.add_parser("push", parents=[shared], help=purpose, description=purpose)
    command.add_argument("name", metavar="OWNER/NAME", help="of the data set; it is made where there is none")
    command.add_argument("--public", action="store_true", help="the data set is for everybody; default: its owner only")
    command.add_argument(
        "--replace", action="store_true", help="replace rows and card of a data set that is no export of this program"
    )
    add_choice_options(command)
    command.set_defaults(act=_push)


def _push(options: argparse.Namespace) -> Outcome:
    check_name(options.name)
    with open_data_dir(options) as store:
        token = _ask_for_token()
        with Progress("rows exported") as progress:
            report = push_data_set(
                store,
                PushTarget(name=options.name, private=not options.public, replace=options.replace),
                token,
                choice_of(options),
                on_progress=progress.update,
            )
    return asdict(report), True


def _ask_for_token() -> str:
    """Return a token typed on the terminal, unseen; where there is no terminal, the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass("Token of the model hub, one that may write: ")
    return sys.stdin.readline().strip()
