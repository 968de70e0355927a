"""python -m storage people: invites people, lists them, resets a password. Reads arguments; ``store.accounts`` does the work."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.domain import Role
from storage.accounts.invitations import NewInvitation
from storage.accounts.joining import JOIN_PATH
from storage.accounts.people import COMMAND_LINE
from storage.cli.output import Commands, Outcome, open_data_dir


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``list``, ``log``, ``add`` and ``reset``."""
    table: tuple[tuple[str, Callable[[argparse.Namespace], Outcome], str], ...] = (
        ("list", _list_people, "list everyone with an account"),
        ("log", _list_audit_log, "list what was done to accounts and what was deleted, the newest first"),
        ("add", _add_person, "print an invitation link that works once"),
        ("reset", _reset_person, "print a link that lets a person set a new password, once"),
    )
    for name, act, purpose in table:
        command = commands.add_parser(name, parents=[shared], help=purpose, description=purpose)
        command.set_defaults(act=act)
        if act is _list_audit_log:
            command.add_argument("--limit", type=int, default=100, help="events to list, default: %(default)s")
        elif act is not _list_people:
            command.add_argument("name", metavar="NAME", help="of the person")
        if act is _add_person:
            roles = [role.value for role in Role]
            command.add_argument("--role", choices=roles, default=Role.ANNOTATOR.value, help="default: %(default)s")


def _list_people(options: argparse.Namespace) -> Outcome:
    found: list[dict[str, object]] = []
    with open_data_dir(options) as store:
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


def _list_audit_log(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        events = store.accounts.list_audit_log(max(1, options.limit))
    return {
        "events": [
            {
                "at": each.at.isoformat(timespec="seconds"),
                "by": each.by,
                "name": each.name,
                "kind": each.kind.value,
                "detail": each.detail,
            }
            for each in events
        ]
    }, True


def _add_person(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options, make=True) as store:
        return invitation_report(store.accounts.invite(COMMAND_LINE, Role(options.role), options.name)), True


def _reset_person(options: argparse.Namespace) -> Outcome:
    with open_data_dir(options) as store:
        return invitation_report(store.accounts.offer_reset(COMMAND_LINE, options.name)), True


def invitation_report(made: NewInvitation) -> dict[str, object]:
    """Return what is told of an invitation once: its secret with it."""
    invitation = made.invitation
    return {
        "name": invitation.name,
        "role": invitation.role.value,
        "path": JOIN_PATH + made.token,  # works once; behind the address of the server
        "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
    }
