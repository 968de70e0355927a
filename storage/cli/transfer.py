"""python -m storage import | export | backup | restore | check | tidy | move. Reads arguments; does nothing of it itself.

The formats are those of ``storage/transfer/registry.py``.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from engine.domain import Stage
from engine.prediction import THRESHOLD
from engine.system.progress import Progress
from storage import Store, backup, moving, open_store, tidying
from storage.cli.output import Commands, Interrupted, Outcome, open_data_dir
from storage.errors import BadSetting, OlderStore
from storage.formats.files import find_rows
from storage.formats.lines import BadLine
from storage.rotation import Period, read_keep_rule, rotate
from storage.runs.targets import Target, TargetKind
from storage.store import open_unchanged
from storage.transfer import full_rows
from storage.transfer.columns import read_columns
from storage.transfer.export_choice import ExportChoice, Neutral
from storage.transfer.exporting import WRITTEN, export
from storage.transfer.full_export import export_full
from storage.transfer.full_import import import_full
from storage.transfer.import_report import ImportReport
from storage.transfer.importing import ImportOptions, import_file
from storage.transfer.label_choice import CORRECT_FROM, WRONG_TO, LabelChoice, read_label_choice, with_thresholds
from storage.transfer.registry import FORMATS

AUTO = "auto"
MOST_SHOWN = 100  # bad lines on standard error; the report has all


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
        if name == "backup":
            command.add_argument(
                "--keep",
                nargs=2,
                action=_AddKeepRule,
                default=[],
                metavar=("N", "PERIOD"),
                help="make it in a folder of its own, named by the time, below the one given, and remove earlier ones but the "
                f"newest of each of the last N periods: {', '.join(Period)}. May be given several times",
            )
        if name == "move":
            command.add_argument(
                "--to",
                metavar="URL",
                required=True,
                help="postgresql://USER:PASSWORD@HOST:PORT/NAME, or sqlite: the data folder",
            )
        if name == "import":
            _add_import_options(command)
        if name == "export":
            _add_export_options(command)


def _add_export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=sorted((*WRITTEN, full_rows.NAME)), required=True, help="of the rows")
    add_choice_options(command)


def add_choice_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say what an export takes; see :func:`choice_of`."""
    _add_label_options(command)
    _add_narrowing_options(command)
    command.add_argument(
        "--reward-model", metavar="NAME", help="whose newest scores csv holds; default: the newest of any model"
    )
    command.add_argument(
        "--neutral",
        type=Neutral,
        choices=tuple(Neutral),
        help="what becomes of neutral labels; default: keep where the format has them, else positive",
    )
    command.add_argument("--license", default="unknown", metavar="NAME", help="for the card that hub writes")


def _add_label_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--labels",
        type=_as_choice,
        default=LabelChoice(),
        metavar="WHOSE",
        help="final, all, person:NAME, file:SOURCE or monte_carlo:POLICY; default: final, and where nobody labelled a solution "
        "its only file's",
    )
    command.add_argument(
        "--wrong-to",
        type=float,
        metavar="SHARE",
        help=f"with monte_carlo:POLICY or Monte-Carlo figures of a file: a step of which at most this share of completions "
        f"reached the answer is wrong, usually {WRONG_TO}; default: labels as they are",
    )
    command.add_argument(
        "--correct-from",
        type=float,
        metavar="SHARE",
        help=f"the same: from this share on it is correct, usually {CORRECT_FROM}; between the two it has no label",
    )
    command.add_argument(
        "--agrees-with",
        metavar="MODEL",
        help="only labels of steps that the newest scores of this reward model or judge predict, too",
    )
    command.add_argument(
        "--agreement-threshold", type=float, metavar="SCORE", help=f"of these scores; default: {THRESHOLD}"
    )
    command.add_argument(
        "--subset",
        type=float,
        metavar="SHARE",
        help="with shares of completions: only this share of the solutions of each data source, those with right and wrong steps "
        "whose right ones are reliable; 0.1 was as good as all",
    )


def _add_narrowing_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--project", metavar="ID", help="only what was labelled in this project")
    command.add_argument("--queue", metavar="ID", help="only what was labelled in this queue")
    command.add_argument("--split", type=int, metavar="N", help="only this split of the queue, counted from 0")
    command.add_argument("--evaluation", action="store_true", help="only the random slices of projects")
    command.add_argument(
        "--stage",
        type=Stage,
        choices=tuple(Stage),
        help="only annotations of this stage; default: each person's newest",
    )
    one = command.add_mutually_exclusive_group()
    for kind in TargetKind:
        one.add_argument(f"--{kind}", metavar="ID", help=f"only solutions of this {kind}")
    command.add_argument("--data-source", metavar="NAME", help="only solutions of problems from here")
    command.add_argument("--policy-model", metavar="NAME", help="only solutions that this model wrote")
    command.add_argument(
        "--min-agreement",
        type=float,
        metavar="SHARE",
        help="only where this share of pairs of people's labels is equal",
    )


def _export(options: argparse.Namespace) -> Outcome:
    if options.format == full_rows.NAME:
        with open_data_dir(options) as store, Progress("rows exported") as progress:
            return asdict(export_full(store, options.path, progress.update)), True
    with open_data_dir(options) as store, Progress("rows exported") as progress:
        return asdict(export(store, options.path, options.format, choice_of(options), progress.update)), True


def choice_of(options: argparse.Namespace) -> ExportChoice:
    """Return what the options of :func:`add_choice_options` say."""
    own = {"project_id", "queue_id", "target", "solutions", "labels"}
    names = {each.name for each in dataclasses.fields(ExportChoice)} - own
    targets = ((kind, getattr(options, kind)) for kind in TargetKind)
    return ExportChoice(
        project_id=options.project,
        queue_id=options.queue,
        labels=with_thresholds(options.labels, options.wrong_to, options.correct_from),
        target=next((Target(kind=kind, id=id_) for kind, id_ in targets if id_ is not None), None),
        **{name: getattr(options, name) for name in names},
    )


def _add_import_options(command: argparse.ArgumentParser) -> None:
    names = [AUTO, *sorted((*FORMATS, full_rows.NAME))]
    command.add_argument("--format", choices=names, required=True, help="of the rows; auto: told from the first ones")
    command.add_argument("--source", metavar="NAME", help="whose labels the file's are; default: the format's name")
    command.add_argument("--dry-run", action="store_true", help="read and report everything, store nothing")
    command.add_argument(
        "--columns",
        type=_as_columns,
        default={},
        metavar="OURS=THEIRS,...",
        help="how the file names its fields, e.g. question=prompt,answer=gt",
    )


def _import(options: argparse.Namespace) -> Outcome:
    if options.format == full_rows.NAME or (options.format == AUTO and full_rows.is_full(options.path)):
        return _import_full(options)
    find_rows(options.path)  # before a store is made for nothing
    with _store_to_import_into(options) as store, Progress("rows imported") as progress:
        chosen = ImportOptions(
            source=options.source,
            dry_run=options.dry_run,
            columns=options.columns,
            processes=os.cpu_count() or 1,
            on_progress=progress.update,
            on_recognised=lambda words: print(words, file=sys.stderr, flush=True),
        )
        try:
            report = import_file(store, options.path, None if options.format == AUTO else options.format, chosen)
        except KeyboardInterrupt:
            raise _interrupted(progress, dry_run=options.dry_run) from None
    _show(report.errors)
    return _as_report(report), not report.errors


def _import_full(options: argparse.Namespace) -> Outcome:
    """Add everything of another store. Its labels stay whose they are, and its columns have names of their own."""
    if options.source is not None or options.columns:
        raise BadSetting("An export of everything takes neither --source nor --columns. Leave them out.")
    with _store_to_import_into(options) as store, Progress("rows imported") as progress:
        try:
            report = import_full(store, options.path, dry_run=options.dry_run, on_progress=progress.update)
        except KeyboardInterrupt:
            raise _interrupted(progress, dry_run=options.dry_run) from None
    _show(report.errors)
    shown = {"format": full_rows.NAME} | asdict(report)
    return shown | {"kept_fields": [], "dry_run": options.dry_run, "errors": _as_json(report.errors)}, not report.errors


def _interrupted(progress: Progress, *, dry_run: bool) -> Interrupted:
    kept = (
        "Nothing was stored: it was a dry run."
        if dry_run
        else "Most of what was read so far is stored; the same command goes on from there."
    )
    return Interrupted(f"Stopped at row {progress.done:,}. {kept}")


def _show(errors: Sequence[BadLine]) -> None:
    for bad in errors[:MOST_SHOWN]:
        print(f"line {bad.line}: {bad.reason}", file=sys.stderr)
    if len(errors) > MOST_SHOWN:
        print(f"... and {len(errors) - MOST_SHOWN:,} more", file=sys.stderr)


def _as_json(errors: Sequence[BadLine]) -> list[dict[str, object]]:
    return [asdict(bad) for bad in errors]


def _as_report(report: ImportReport) -> dict[str, object]:
    names = ("format", "added", "unchanged", "conflicting", "unlabelled", "problems")
    shown: dict[str, object] = {name: getattr(report, name) for name in names}
    shown["kept_fields"] = list(report.kept_fields)
    shown["ignored_fields"] = list(report.ignored_fields)
    shown["sources"] = {name: counts._asdict() for name, counts in report.sources.items()}
    shown["neutral"] = report.neutral
    if report.published is not None:
        shown["published_counts"] = report.published
    return shown | {"dry_run": report.dry_run, "errors": _as_json(report.errors)}


@contextmanager
def _store_to_import_into(options: argparse.Namespace) -> Iterator[Store]:
    """Open the store, making one where there is none. For a dry run it is left as it is, and a temporary one stands in for none."""
    if not options.dry_run:
        with open_data_dir(options, make=True) as store:
            yield store
        return
    try:
        there = open_unchanged(options.data_dir, database=options.database)
    except OlderStore as error:
        raise OlderStore(f"{error} Run without --dry-run first, or start the app once.") from error
    if there is not None:
        with there:
            yield there
        return
    with tempfile.TemporaryDirectory(prefix="visualprm-dry-run-") as folder, open_store(Path(folder)) as store:
        yield store


def _as_columns(text: str) -> Mapping[str, str]:
    try:
        return read_columns(text)
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


class _AddKeepRule(argparse.Action):
    """Reads ``--keep N PERIOD``."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Add the rule to those given before."""
        count, period = map(str, values or ())
        try:
            rule = read_keep_rule(count, period)
        except BadSetting as error:
            parser.error(f"argument {option_string}: {error}")
        namespace.keep = [*namespace.keep, rule]


def _as_choice(text: str) -> LabelChoice:
    try:
        return read_label_choice(text)
    except BadSetting as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _backup(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store, Progress("pictures copied") as progress:
        if options.keep:
            return asdict(rotate(store, options.path, options.keep, progress.update)), True
        return asdict(backup.backup(store, options.path, on_progress=progress.update)), True


def _restore(options: argparse.Namespace) -> Outcome:
    with Progress("pictures copied") as progress:
        report = backup.restore(options.path, options.data_dir, progress.update)
    return asdict(report), not report.missing_images


def _check(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store, Progress("pictures checked") as progress:
        report = asdict(backup.check(store, progress.update))
    return report | {"faults": list(report["faults"])}, not report["faults"]


def _tidy(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        return asdict(tidying.tidy(store, days=options.days, dry_run=options.dry_run)), True


def _move(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store, Progress("rows moved") as progress:
        return asdict(moving.move(store, options.to, progress.update)), True


def _as_days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days, 0 to 36500")
    return days
