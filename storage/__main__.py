"""python -m storage import | export | push | backup | restore | check | tidy | move | delete | people | projects.

With ``--json`` the last line of standard output is one JSON object. Exit code: 0 when everything asked for was done, 2 when not.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from storage.cli import deletion, people, projects, push, transfer
from storage.cli.output import Outcome, as_lines
from storage.errors import StoreError
from storage.store import DEFAULT_FOLDER, usable_data_dir


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    options.data_dir = usable_data_dir(options.data_dir)
    act: Callable[[argparse.Namespace], Outcome] = options.act
    try:
        report, is_done = act(options)
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        if options.json:
            print(json.dumps({"error": str(error)}))
        return 2
    if options.json:
        print(json.dumps(report))
    else:
        for line in as_lines(report):
            print(line)
    return 0 if is_done else 2


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    chosen = os.environ.get("VISUALPRM_DATA_DIR")
    default = DEFAULT_FOLDER if chosen is None else Path(chosen)
    shared.add_argument("--data-dir", type=Path, default=default, help="folder of the store (default: %(default)s)")
    shared.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("VISUALPRM_DATABASE") or None,
        help="postgresql://USER:PASSWORD@HOST:PORT/NAME (default: VISUALPRM_DATABASE, else a SQLite file in the data folder)",
    )
    shared.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser = argparse.ArgumentParser(prog="python -m storage", description="Move data in and out of a store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    transfer.add_commands(commands, shared)
    push.add_command(commands, shared)
    deletion.add_command(commands, shared)
    for name, purpose, module in (
        ("people", "invite people, list them, reset a password", people),
        ("projects", "make projects, fill them, show their progress", projects),
    ):
        noun = commands.add_parser(name, help=purpose)
        module.add_commands(noun.add_subparsers(required=True, metavar="COMMAND"), shared)
    return parser


if __name__ == "__main__":
    gc.freeze()  # what was imported stays: looking through it for garbage was a tenth of an export
    sys.exit(main())
