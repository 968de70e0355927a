"""python -m storage delete: says what hangs on a run, a problem or a picture, asks, and deletes it with that.

Reads arguments; ``storage/deletion/`` does the work.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping

from storage import Store
from storage.accounts.people import COMMAND_LINE
from storage.cli.output import Commands, Outcome, as_lines, open_data_dir
from storage.deletion.preview import DeletionPreview
from storage.deletion.removal import delete_target, preview_deletion, require_allowed
from storage.errors import DeletionRefused
from storage.formats import visualprocessbench
from storage.runs.targets import Target, TargetKind

_NOT_ASKED = "Nothing was deleted. Say --yes, or run it on a terminal, where it asks."


def add_command(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``delete``."""
    purpose = "delete a run, a problem or a picture with what hangs on it"
    command = commands.add_parser("delete", parents=[shared], help=purpose, description=purpose)
    command.set_defaults(act=_delete)
    kinds = [kind.value for kind in TargetKind]
    command.add_argument("kind", metavar="KIND", choices=kinds, help=", ".join(kinds[:-1]) + f" or {kinds[-1]}")
    command.add_argument("id", metavar="ID", help="of a picture its hash")
    command.add_argument("--dry-run", action="store_true", help="only say what hangs on it")
    command.add_argument("--labels", action="store_true", help="also where people's labels hang on it; needs --name")
    command.add_argument("--name", metavar="NAME", help="as --dry-run says it")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _delete(options: argparse.Namespace) -> Outcome:
    target = Target(kind=TargetKind(options.kind), id=options.id)
    labels_of = options.name if options.labels else None
    with open_data_dir(options) as store:
        found = preview_deletion(store, target)
        if options.dry_run:
            return _as_report(found, store), True
        _print(found, store, in_json=options.json)
        require_allowed(found, labels_of)
        if not options.yes and not _is_wanted(found):
            return {"deleted": False}, False
        return _deleted(store, target, labels_of)


def _deleted(store: Store, target: Target, labels_of: str | None) -> Outcome:
    gone = delete_target(store, target, COMMAND_LINE, labels_of=labels_of)
    return {**_as_report(gone, store), "deleted": True}, True


def _print(found: DeletionPreview, store: Store, *, in_json: bool) -> None:
    """Print what would go; beside JSON to standard error."""
    for line in as_lines(_as_report(found, store)):
        print(line, file=sys.stderr if in_json else sys.stdout)


def _is_wanted(found: DeletionPreview) -> bool:
    """Ask on a terminal. Raises DeletionRefused where there is none."""
    if not sys.stdin.isatty():
        raise DeletionRefused(_NOT_ASKED)
    print(f"Delete this {found.target.kind} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def _as_report(found: DeletionPreview, store: Store) -> Mapping[str, object]:
    kind, id_ = found.target.kind.value, found.target.id
    words = ["python -m storage export --format", visualprocessbench.NAME, f"--labels all --{kind}", shlex.quote(id_)]
    export = " ".join(filter(None, [*words, store.command_options, "OUT/"]))
    return {
        "kind": kind,
        "id": id_,
        "name": found.name,
        "is_running": found.is_running,
        "problems": found.problems,
        "runs": found.runs,
        "solutions": found.solutions,
        "scorings": found.scorings,
        "queues": [{"queue": each.queue_id, "title": each.title, "tasks": each.tasks} for each in found.queues],
        "drafts": found.drafts,
        "annotations": found.annotations,
        "labels": found.labels,
        "decisions": found.decisions,
        "verdicts": found.verdicts,
        "known_labels": found.known_labels,
        "people": found.people,
        "file_rows": found.file_rows,
        "rollout_labels": found.rollout_labels,
        "pictures": found.pictures,
        "export": export if found.has_labels or found.file_rows else None,
    }
