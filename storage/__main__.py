"""python -m storage import | export | backup | restore | check. Reads arguments, prints results; the work is done elsewhere.

With ``--json`` the last line of standard output is one JSON object. Exit code: 0 when everything asked for was done, 2 when not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from storage import backup
from storage.errors import BadFile, StoreError
from storage.formats import visualprocessbench
from storage.store import DATABASE, Store, open_store

Outcome = tuple[Mapping[str, object], bool]  # what to print, and whether all of it was done


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
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
        for name, value in report.items():
            print(f"{name.replace('_', ' ')}: {value}")
    return 0 if is_done else 2


def _open(options: argparse.Namespace, *, make: bool = False) -> Store:
    data_dir: Path = options.data_dir
    if not make and not (data_dir / DATABASE).is_file():
        raise BadFile(f"There is no store in {str(data_dir)!r}. Choose its folder with --data-dir.")
    return open_store(data_dir, journal_mode=None if (data_dir / DATABASE).is_file() else "wal")


def _export(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        return asdict(visualprocessbench.write(store, options.path)), True


def _import(options: argparse.Namespace) -> Outcome:
    visualprocessbench.find_rows(options.path)  # before a store is made for nothing
    with _open(options, make=True) as store:
        report = visualprocessbench.add(store, options.path)
    for bad in report.errors:
        print(f"line {bad.line}: {bad.reason}", file=sys.stderr)
    errors = [asdict(bad) for bad in report.errors]
    return {"added": report.added, "unchanged": report.unchanged, "errors": errors}, not errors


def _backup(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        return asdict(backup.backup(store, options.path)), True


def _restore(options: argparse.Namespace) -> Outcome:
    return asdict(backup.restore(options.path, options.data_dir)), True


def _check(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        report = asdict(backup.check(store))
    return report | {"faults": list(report["faults"])}, not report["faults"]


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    default = Path(os.environ.get("VISUALPRM_DATA_DIR", "data"))
    shared.add_argument("--data-dir", type=Path, default=default, help="folder of the store (default: %(default)s)")
    shared.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser = argparse.ArgumentParser(prog="python -m storage", description="Move data in and out of a store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    table: tuple[tuple[str, Callable[[argparse.Namespace], Outcome], str, str], ...] = (
        ("export", _export, "write labelled solutions to a folder", "folder to write"),
        ("import", _import, "add labelled solutions from a file", "test.jsonl, or the folder it is in"),
        ("backup", _backup, "copy the store while it is in use", "folder to write"),
        ("restore", _restore, "put a backup back as a new data folder", "folder of the backup"),
        ("check", _check, "look for damage", ""),
    )
    for name, act, purpose, path in table:
        command = commands.add_parser(name, parents=[shared], help=purpose, description=purpose)
        command.set_defaults(act=act)
        if path:
            command.add_argument("path", type=Path, help=path)
        if name in ("export", "import"):
            command.add_argument("--format", choices=[visualprocessbench.NAME], required=True, help="file format")
    return parser


if __name__ == "__main__":
    sys.exit(main())
