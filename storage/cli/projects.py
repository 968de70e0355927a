"""python -m storage projects: makes, fills and lists projects for scripts. Reads arguments; ``store.projects`` does the work."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from engine.domain import Order, Project, ProjectOptions
from storage import BadFile, BadProject, GoldItem, Selection, Store, TaskRole
from storage.accounts.people import COMMAND_LINE
from storage.cli.output import Commands, Outcome, open_data_dir
from storage.deletion.project import delete_project, preview_project_deletion
from storage.transfer.importing import import_any

Act = Callable[[Store, argparse.Namespace], Mapping[str, object]]
_ROLES = (TaskRole.GOLD.value, TaskRole.QUIZ.value)


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``list``, ``add``, ``gold``, ``members``, ``quiz``, ``progress`` and ``delete``."""
    table: tuple[tuple[str, Act, str], ...] = (
        ("list", list_projects, "list the projects and their queues"),
        ("add", add, "make a project and fill it with what is named, or with every solution"),
        ("gold", add_gold, "add solutions whose right labels are known to a queue"),
        ("members", change_members, "list the members of a project, add some and remove some"),
        ("quiz", show_quiz, "list the results of a project's entry quiz, and let people try again"),
        ("progress", progress, "tell how far a queue is, who does how much and how well"),
        ("delete", delete, "say what would go with a project, or delete it; its solutions stay"),
    )
    for name, act, purpose in table:
        command = commands.add_parser(name, parents=[shared], help=purpose, description=purpose)
        command.set_defaults(act=_run, act_on_store=act, makes_store=act is add)
        if act is add:
            _add_options(command)
        if act in (add_gold, progress):
            command.add_argument("queue", metavar="QUEUE", help="id of the queue")
        if act in (change_members, show_quiz, delete):
            command.add_argument("project", metavar="QUEUE_OR_PROJECT", help="id of the project, or of a queue of it")
        if act is delete:
            command.add_argument("--title", help="of the project, to confirm; left out: nothing is deleted")
            command.add_argument("--labels", action="store_true", help="people's labels go too")
        if act is show_quiz:
            command.add_argument("--again", action="append", default=[], metavar="NAME", help="may be repeated")
        if act is change_members:
            command.add_argument("--add", action="append", default=[], metavar="NAME", help="may be repeated")
            command.add_argument("--remove", action="append", default=[], metavar="NAME", help="may be repeated")
        if act is add_gold:
            command.add_argument("--role", choices=_ROLES, default=_ROLES[0], help="default: %(default)s")
            command.add_argument(
                "--solutions", nargs="+", default=[], metavar="ID", help="with final labels in the store"
            )
            command.add_argument("--from-import", type=Path, metavar="FILE", help="VisualProcessBench file, imported")
            command.add_argument("--draw", type=int, metavar="N", help="at most N labelled solutions, at random")
            command.add_argument(
                "--data-source", action="append", metavar="NAME", help="where --draw takes them; may be repeated"
            )


def _run(options: argparse.Namespace) -> Outcome:
    act: Act = options.act_on_store
    with open_data_dir(options, make=options.makes_store) as store:
        return act(store, options), True


def list_projects(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Return every project, the newest first."""
    found = store.projects.list_projects(archived=True)
    return {"projects": [_as_row(store, project.id) for project in found]}


def add(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Make a project and fill it with what was named, or with every solution there is."""
    for run in options.runs:  # before anything is made: a misspelt one would leave an empty project
        store.runs.get_run(run)
    for each in options.quiz:
        store.results.get_solution(each)
    for name in options.member:
        store.accounts.get_person(name)
    imported = () if options.from_import is None else _import(store, options.from_import)
    rules = ProjectOptions(
        overlap=options.overlap,
        quiz_pass=options.quiz_pass,
        order=Order(options.order),
        order_seed=options.seed,
        evaluation_share=options.evaluation_share,
        review_share=options.review_share,
        review_limit=options.review_limit,
        lease_minutes=options.lease_minutes,
        members_only=options.members_only,
    )
    project = store.projects.add_project(options.title, rules)
    for name in options.member:
        store.projects.add_member(project.id, name)
    (queue,) = store.projects.list_queues(project.id)
    quiz = [GoldItem(solution_id=each) for each in options.quiz]
    known = store.projects.add_gold(queue.id, TaskRole.QUIZ, quiz)
    selection = Selection(runs=tuple(options.runs), solutions=imported, data_source=options.data_source)
    filled = store.projects.add_items(queue.id, selection)
    counts = {"added": filled.added, "quiz": known, "total": filled.total}
    return {"project": project.id, "queue": queue.id} | counts | asdict(filled.left_out)


def add_gold(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Add gold or quiz tasks to a queue."""
    if options.draw is not None:
        if options.solutions or options.from_import is not None:
            raise BadProject("--draw chooses the solutions itself: leave out --solutions and --from-import.")
        drawn = store.projects.draw_gold(options.queue, TaskRole(options.role), options.draw, options.data_source)
        return {"role": options.role, "added": len(drawn), "solutions": list(drawn)}
    if not options.solutions and options.from_import is None:
        raise BadProject(
            "No solution was named. Name some with --solutions, a file with --from-import, or --draw some."
        )
    imported = () if options.from_import is None else _import(store, options.from_import)
    known = [GoldItem(solution_id=each) for each in (*options.solutions, *imported)]
    return {"role": options.role, "added": store.projects.add_gold(options.queue, TaskRole(options.role), known)}


def change_members(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Add and remove members of a project; return who they are now, and how many solutions those removed gave back."""
    project = _find_project(store, options.project)
    for name in (*options.add, *options.remove):  # before anything is changed
        store.accounts.get_person(name)
    added = sum(store.projects.add_member(project.id, name) for name in options.add)
    released = sum(store.projects.remove_member(project.id, name) for name in options.remove)
    return {
        "project": project.id,
        "members_only": project.options.members_only,
        "added": added,
        "released": released,
        "members": list(store.projects.list_members(project.id)),
    }


def show_quiz(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Let those named take the quiz again; return the results that stand."""
    project = _find_project(store, options.project)
    for name in options.again:
        store.projects.reset_quiz(COMMAND_LINE, project.id, name)
    results = [
        {"annotator": each.annotator, "state": each.state.value, "right": each.right, "steps": each.steps}
        for each in store.projects.list_quiz_results(project.id)
    ]
    return {"project": project.id, "again": len(options.again), "results": results}


def progress(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Return how far a queue is, with everybody's gold."""
    found = store.projects.get_progress(options.queue)
    names = ("annotator", "items", "right", "steps", "share")
    gold = [
        {name: getattr(each, name) for name in names} for each in store.projects.measure_gold_accuracy(options.queue)
    ]
    labels = asdict(store.projects.count_labels(options.queue))
    return asdict(found) | {"people": [asdict(each) for each in found.people], "gold": gold, "labels": labels}


def delete(store: Store, options: argparse.Namespace) -> Mapping[str, object]:
    """Delete a project, or say what would go with it."""
    project = _find_project(store, options.project)
    if options.title is None:
        return asdict(preview_project_deletion(store, project.id)) | {"deleted": False}
    found = delete_project(store, project.id, COMMAND_LINE, title=options.title, labels=options.labels)
    return asdict(found) | {"deleted": True}


def _import(store: Store, path: Path) -> tuple[str, ...]:
    report = import_any(store, path)
    if report.errors:
        bad = report.errors[0]
        raise BadFile(
            f"{path.name}, line {bad.line}: {bad.reason} {len(report.errors)} lines are bad. Nothing was queued."
        )
    if not report.solutions:  # a selection of none would mean every solution
        raise BadFile(f"{path.name} holds no solution, so there is nothing to queue.")
    return report.solutions


def _find_project(store: Store, project_or_queue: str) -> Project:
    """Return the project of this id, or of a queue of this id. Raises NotFound."""
    for project in store.projects.list_projects(archived=True):
        if project.id == project_or_queue or project_or_queue in {
            queue.id for queue in store.projects.list_queues(project.id)
        }:
            return project
    return store.projects.get_project(project_or_queue)


def _as_row(store: Store, project_id: str) -> Mapping[str, object]:
    project = store.projects.get_project(project_id)
    queues = store.projects.list_queues(project_id)
    return {
        "project": project.id,
        "title": project.title,
        "archived": project.archived,
        "members_only": project.options.members_only,
        "queues": ", ".join(f"{queue.id} ({queue.total})" for queue in queues),
    }


def _add_options(command: argparse.ArgumentParser) -> None:
    plain = ProjectOptions()
    command.add_argument("title", metavar="TITLE")
    command.add_argument("--from-import", type=Path, metavar="FILE", help="file of solutions to import and label")
    command.add_argument("--runs", nargs="+", default=[], metavar="RUN", help="ids of runs whose solutions to label")
    command.add_argument("--data-source", metavar="NAME", help="only solutions of problems from here")
    command.add_argument(
        "--quiz", nargs="+", default=[], metavar="SOLUTION", help="entry quiz: solutions with final labels"
    )
    command.add_argument("--quiz-pass", type=float, help="share of quiz steps to get right, e.g. 0.75")
    command.add_argument("--overlap", type=int, help="people a solution; left out: everybody may label everything")
    command.add_argument(
        "--order", choices=[each.value for each in Order], default=plain.order.value, help="default: %(default)s"
    )
    command.add_argument("--seed", type=int, default=plain.order_seed, help="of the random order and slice")
    command.add_argument(
        "--evaluation-share",
        type=float,
        default=plain.evaluation_share,
        help="random slice, [0, 1); default: %(default)s",
    )
    command.add_argument(
        "--review-share", type=float, default=plain.review_share, help="of each split, [0, 1]; default: %(default)s"
    )
    command.add_argument(
        "--review-limit",
        type=int,
        default=plain.review_limit,
        help="wrong items in the reviewed sample beyond which a split should go back; default: %(default)s",
    )
    command.add_argument("--members-only", action="store_true", help="only its members find and label it")
    command.add_argument(
        "--member", action="append", default=[], metavar="NAME", help="a member, who has an account; may be repeated"
    )
    command.add_argument("--lease-minutes", type=int, default=plain.lease_minutes, help="default: %(default)s")
