"""python -m storage projects: changes a project that is there. Reads arguments; ``store.projects`` does the work."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.domain import Order, Project, ProjectOptions, Role
from storage import BadFile, BadProject, Selection, Store
from storage.accounts.people import COMMAND_LINE
from storage.cli.output import Outcome
from storage.cli.people import invitation_report

_EVERYBODY = "everybody"  # as --overlap
_NO_QUIZ = "none"  # as --quiz-pass


def add_rules(command: argparse.ArgumentParser) -> None:
    """Add an option for each rule of a project; those left out stay as they are, or have a new project's default."""
    plain = ProjectOptions()
    command.add_argument(
        "--overlap", type=_overlap, help=f"people a solution, or {_EVERYBODY!r}: everybody may label everything"
    )
    command.add_argument(
        "--quiz-pass", type=_quiz_pass, help=f"share of quiz steps to get right, e.g. 0.75, or {_NO_QUIZ!r}"
    )
    command.add_argument(
        "--gold-every", type=int, help=f"one item in this many is a hidden gold item; at first {plain.gold_every}"
    )
    command.add_argument("--order", choices=[each.value for each in Order], help=f"at first {plain.order.value}")
    command.add_argument("--order-seed", "--seed", type=int, help="of the random order and the random slice")
    command.add_argument(
        "--evaluation-share", type=float, help=f"random slice, [0, 1); at first {plain.evaluation_share}"
    )
    command.add_argument("--review-share", type=float, help=f"of each split, [0, 1]; at first {plain.review_share}")
    command.add_argument(
        "--review-limit",
        type=int,
        help=f"wrong items in the reviewed sample beyond which a split should go back; at first {plain.review_limit}",
    )
    command.add_argument("--split-size", type=int, help=f"solutions a split; at first {plain.split_size}")
    command.add_argument("--lease-minutes", type=int, help=f"at first {plain.lease_minutes}")
    for name, meaning in _SWITCHES.items():
        command.add_argument(f"--{name.replace('_', '-')}", action=argparse.BooleanOptionalAction, help=meaning)


_SWITCHES = {
    "blind": "no scores before a solution is submitted",
    "first_error": "ask for the first wrong step",
    "error_types": "ask for the type of error of a wrong step",
    "step_notes": "offer a note and a correction for each step",
    "members_only": "only its members find and label it",
    "paused": "hand out nothing new; people finish what they have",
}
_RULES = (
    "overlap",
    "quiz_pass",
    "gold_every",
    "order_seed",
    "evaluation_share",
    "review_share",
    "review_limit",
    "split_size",
    "lease_minutes",
    *_SWITCHES,
)


def read_rules(options: argparse.Namespace, before: ProjectOptions) -> ProjectOptions:
    """Return the rules that a command line asks for."""
    given = {name: getattr(options, name) for name in _RULES if getattr(options, name) is not None}
    changes: dict[str, Any] = {  # of as many types as there are rules
        name: None if value in (_EVERYBODY, _NO_QUIZ) else value for name, value in given.items()
    }
    order = before.order if options.order is None else Order(options.order)
    return replace(before, order=order, **changes)


def add_change(command: argparse.ArgumentParser) -> None:
    """Add the options of ``change``."""
    command.add_argument("--new-title", metavar="TITLE", help="as annotators see it")
    command.add_argument("--archived", action=argparse.BooleanOptionalAction, help="take it out of everybody's list")
    add_rules(command)


def change(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Rename, archive or pause a project, or change its rules; return how it stands."""
    after = store.projects.update_project(
        project.id,
        title=options.new_title,
        options=read_rules(options, project.options),
        archived=options.archived,
    )
    return {"project": after.id, "title": after.title, "archived": after.archived} | asdict(after.options)


def add_selection(command: argparse.ArgumentParser) -> None:
    """Add the options that say which of the stored solutions are meant."""
    command.add_argument("--runs", nargs="+", default=[], metavar="RUN", help="ids of runs")
    command.add_argument("--solutions", nargs="+", default=[], metavar="ID", help="ids of solutions")
    command.add_argument("--data-source", metavar="NAME", help="only solutions of problems from here")
    command.add_argument("--policy-model", metavar="NAME", help="only solutions that this model wrote")
    command.add_argument("--min-score", type=float, help="only with this mean step score, or more")
    command.add_argument("--max-score", type=float, help="only with this mean step score, or less")
    command.add_argument("--disagrees", action="store_true", help="only with labels that contradict the scores")
    command.add_argument("--all", action="store_true", help="every solution of the store")
    command.add_argument("--dry-run", action="store_true", help="only say how many would be added")


def fill(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Add stored solutions to a project, or say how many would be added."""
    narrow = Selection(
        runs=tuple(options.runs),
        solutions=tuple(options.solutions),
        data_source=options.data_source,
        policy_model=options.policy_model,
        min_score=options.min_score,
        max_score=options.max_score,
        disagrees=options.disagrees,
    )
    if narrow == Selection() and not options.all:
        raise BadProject("Say which solutions to add: --runs, --solutions, a filter, or --all.")
    queue = _queue(store, project)
    if options.dry_run:
        found = store.projects.preview_items(queue, narrow)
        return {"matching": found.matching, "would_be_added": found.added} | asdict(found.left_out)
    filled = store.projects.add_items(queue, narrow)
    return {"added": filled.added, "total": filled.total} | asdict(filled.left_out)


def remove(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Remove what nobody has begun from a project, of one source and one policy if wished; return what is left in it."""
    queue, removed = _queue(store, project), 0
    for each in store.projects.list_contents(queue):
        of_source = options.data_source in (None, each.data_source)
        if of_source and options.policy_model in (None, each.policy_model):
            removed += store.projects.remove_unbegun(queue, each.data_source, each.policy_model)
    return {"removed": removed, "contents": [asdict(each) for each in store.projects.list_contents(queue)]}


def release(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Give others what people hold of a project and have not finished."""
    queue = _queue(store, project)
    return {"released": sum(store.projects.release_tasks(queue, name) for name in options.name)}


def add_invitees(command: argparse.ArgumentParser) -> None:
    """Add the options of ``invite``."""
    command.add_argument("name", nargs="+", metavar="NAME", help="of a person without an account")
    roles = [role.value for role in Role]
    command.add_argument("--role", choices=roles, default=Role.ANNOTATOR.value, help="default: %(default)s")


def invite(store: Store, project: Project, options: argparse.Namespace) -> Outcome:
    """Invite people by name, who are members of the project once they join; return their links, and who was refused."""
    found = store.projects.invite_members(project.id, COMMAND_LINE, options.name, Role(options.role))
    invited = [invitation_report(each) for each in found.invited]
    return {"invited": invited, "refused": found.refused}, not found.refused


def guideline(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Save a file as the project's guideline; return its version, and those before it."""
    if options.save is not None:
        text = _read(options.save)
        store.projects.save_guideline(COMMAND_LINE, project.id, project.guideline_version, text)
    found = store.projects.get_guideline(project.id)
    versions = [
        {"version": each.version, "by": each.by, "at": each.at.isoformat(timespec="seconds")}
        for each in store.projects.list_guideline_versions(project.id)
    ]
    return {"project": project.id, "version": found.version, "own": found.text is not None, "versions": versions}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{str(path)!r} cannot be read as text in UTF-8.") from error


def _queue(store: Store, project: Project) -> str:
    (queue,) = store.projects.list_queues(project.id)
    return queue.id


def _overlap(text: str) -> int | str:
    return text if text == _EVERYBODY else int(text)


def _quiz_pass(text: str) -> float | str:
    return text if text == _NO_QUIZ else float(text)
