"""python -m storage import | export | backup | restore | check | people | projects: reads arguments, prints results.

With ``--json`` the last line of standard output is one JSON object. Exit code: 0 when everything asked for was done, 2 when not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from engine.domain import Role
from storage import backup
from storage.accounts.invitations import NewInvitation
from storage.accounts.joining import JOIN_PATH
from storage.accounts.people import COMMAND_LINE
from storage.cli import projects as project_commands
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
        for line in _lines(report):
            print(line)
    return 0 if is_done else 2


def _lines(report: Mapping[str, object]) -> Iterator[str]:
    for name, value in report.items():
        if isinstance(value, list) and all(isinstance(each, dict) for each in value):
            yield f"{name}: {len(value)}"
            yield from (", ".join(f"{key.replace('_', ' ')}: {part}" for key, part in each.items()) for each in value)
        else:
            yield f"{name.replace('_', ' ')}: {value}"


def _open(options: argparse.Namespace, *, make: bool = False) -> Store:
    data_dir: Path = options.data_dir
    if not make and not (data_dir / DATABASE).is_file():
        raise BadFile(f"There is no store in {str(data_dir)!r}. Choose its folder with --data-dir.")
    return open_store(data_dir, journal_mode=None if (data_dir / DATABASE).is_file() else "wal")


def _export(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        report = visualprocessbench.write(store, options.path, options.queue, evaluation=options.evaluation)
        return asdict(report), True


def _import(options: argparse.Namespace) -> Outcome:
    visualprocessbench.find_rows(options.path)  # before a store is made for nothing
    with _open(options, make=True) as store:
        report = visualprocessbench.add(store, options.path)
    for bad in report.errors:
        print(f"line {bad.line}: {bad.reason}", file=sys.stderr)
    errors = [asdict(bad) for bad in report.errors]
    told = {"added": report.added, "unchanged": report.unchanged, "conflicting": report.conflicting, "errors": errors}
    return told, not errors


def _backup(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        return asdict(backup.backup(store, options.path)), True


def _restore(options: argparse.Namespace) -> Outcome:
    report = backup.restore(options.path, options.data_dir)
    return asdict(report), not report.missing_images


def _check(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        report = asdict(backup.check(store))
    return report | {"faults": list(report["faults"])}, not report["faults"]


def _list_people(options: argparse.Namespace) -> Outcome:
    found: list[dict[str, object]] = []
    with _open(options) as store:
        while page := store.accounts.list_people(after=str(found[-1]["name"]) if found else None):
            found += [
                {
                    "name": each.name,
                    "display_name": each.display_name,
                    "role": each.role.value,
                    "origin": each.origin.value,
                    "active": each.active,
                    "last_seen_at": None if each.last_seen_at is None else each.last_seen_at.isoformat(),
                }
                for each in page
            ]
    return {"people": found}, True


def _add_person(options: argparse.Namespace) -> Outcome:
    with _open(options, make=True) as store:
        return _as_report(store.accounts.invite(COMMAND_LINE, Role(options.role), options.name)), True


def _reset_person(options: argparse.Namespace) -> Outcome:
    with _open(options) as store:
        return _as_report(store.accounts.offer_reset(COMMAND_LINE, options.name)), True


def _projects(options: argparse.Namespace) -> Outcome:
    with _open(options, make=options.makes_store) as store:
        return options.act_on_store(store, options), True


def _as_report(made: NewInvitation) -> Mapping[str, object]:
    invitation = made.invitation
    return {
        "name": invitation.name,
        "role": invitation.role.value,
        "path": JOIN_PATH + made.token,  # works once; behind the address of the server
        "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
    }


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
        if name == "export":
            command.add_argument("--queue", metavar="ID", help="only what was labelled in this queue")
            command.add_argument("--evaluation", action="store_true", help="only the random slices of projects")
    people = commands.add_parser("people", help="invite people, list them, reset a password")
    _add_people_commands(people.add_subparsers(required=True, metavar="COMMAND"), shared)
    projects = commands.add_parser("projects", help="make projects, fill them, tell how they go")
    projects.set_defaults(act=_projects)
    project_commands.add_commands(projects.add_subparsers(required=True, metavar="COMMAND"), shared)
    return parser


def _add_people_commands(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser
) -> None:
    table: tuple[tuple[str, Callable[[argparse.Namespace], Outcome], str], ...] = (
        ("list", _list_people, "list everyone with an account"),
        ("add", _add_person, "print an invitation link that works once"),
        ("reset", _reset_person, "print a link that lets a person set a new password, once"),
    )
    for name, act, purpose in table:
        command = commands.add_parser(name, parents=[shared], help=purpose, description=purpose)
        command.set_defaults(act=act)
        if act is not _list_people:
            command.add_argument("name", metavar="NAME", help="of the person")
        if act is _add_person:
            roles = [role.value for role in Role]
            command.add_argument("--role", choices=roles, default=Role.ANNOTATOR.value, help="default: %(default)s")


if __name__ == "__main__":
    sys.exit(main())
