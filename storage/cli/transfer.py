"""python -m storage import | export | backup | restore | check | tidy | move. Reads arguments; does nothing of it itself.

The formats are those of ``storage/transfer/registry.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from storage import backup, moving, tidying
from storage.cli.output import Commands, Outcome, open_data_dir
from storage.errors import BadSetting
from storage.transfer.label_choice import LabelChoice, read_label_choice
from storage.transfer.registry import FORMATS


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``export``, ``import``, ``backup``, ``restore``, ``check``, ``tidy`` and ``move``."""
    table: tuple[tuple[str, Callable[[argparse.Namespace], Outcome], str, str], ...] = (
        ("export", _export, "write labelled solutions to a folder", "folder to write"),
        ("import", _import, "add labelled solutions from a file", "test.jsonl, or the folder it is in"),
        ("backup", _backup, "copy the store while it is in use", "folder to write"),
        ("restore", _restore, "put a backup back as a new data folder", "folder of the backup"),
        ("check", _check, "look for damage", ""),
        ("tidy", _tidy, "remove pictures and problems that nothing uses", ""),
        ("move", _move, "copy the store into another, empty database, and use that one from then on", ""),
    )
    for name, act, purpose, path in table:
        command = commands.add_parser(name, parents=[shared], help=purpose, description=purpose)
        command.set_defaults(act=act)
        if path:
            command.add_argument("path", type=Path, help=path)
        if name == "tidy":
            command.add_argument(
                "--days",
                type=_as_days,
                default=tidying.DAYS,
                help="how long nothing may have used them; default: %(default)s",
            )
            command.add_argument("--dry-run", action="store_true", help="only count what would be removed")
        if name == "move":
            command.add_argument(
                "--to",
                metavar="URL",
                required=True,
                help="postgresql://USER:PASSWORD@HOST:PORT/NAME, or sqlite: the data folder",
            )
        if name in ("export", "import"):
            names = [each for each, of in sorted(FORMATS.items()) if name == "import" or of.write is not None]
            command.add_argument("--format", choices=names, required=True, help="file format")
        if name == "import":
            command.add_argument(
                "--source", metavar="NAME", help="whose labels the file's are; default: the format's name"
            )
        if name == "export":
            command.add_argument(
                "--labels",
                type=_as_choice,
                default=LabelChoice(),
                metavar="WHOSE",
                help="final, all, person:NAME or file:SOURCE; default: final, and where nobody labelled a solution its only file's",
            )
            command.add_argument("--queue", metavar="ID", help="only what was labelled in this queue")
            command.add_argument("--evaluation", action="store_true", help="only the random slices of projects")


def _export(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        write = FORMATS[options.format].write
        assert write is not None  # the parser offers no other
        return asdict(
            write(store, options.path, options.queue, evaluation=options.evaluation, choice=options.labels)
        ), True


def _import(options: argparse.Namespace) -> Outcome:
    FORMATS[options.format].find_rows(options.path)  # before a store is made for nothing
    with open_data_dir(options, make=True) as store:
        report = FORMATS[options.format].read(store, options.path, options.source)
    for bad in report.errors:
        print(f"line {bad.line}: {bad.reason}", file=sys.stderr)
    errors = [asdict(bad) for bad in report.errors]
    counts = {name: getattr(report, name) for name in ("added", "unchanged", "conflicting", "unlabelled")}
    return {**counts, "kept_fields": list(report.kept_fields), "errors": errors}, not errors


def _as_choice(text: str) -> LabelChoice:
    try:
        return read_label_choice(text)
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _backup(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        return asdict(backup.backup(store, options.path)), True


def _restore(options: argparse.Namespace) -> Outcome:
    report = backup.restore(options.path, options.data_dir)
    return asdict(report), not report.missing_images


def _check(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        report = asdict(backup.check(store))
    return report | {"faults": list(report["faults"])}, not report["faults"]


def _tidy(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        return asdict(tidying.tidy(store, days=options.days, dry_run=options.dry_run)), True


def _move(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        return asdict(moving.move(store, options.to, _print_progress)), True


def _print_progress(what: str, done: int, total: int) -> None:
    print(f"{what}: {done} of {total}", file=sys.stderr)


def _as_days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, 0 to 36500")
    return days
