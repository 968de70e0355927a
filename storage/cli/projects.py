"""python -m storage projects: makes, fills and lists projects for scripts. Reads arguments; ``store.projects`` does the work."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.domain import Project, ProjectOptions
from storage import BadFile, BadProject, GoldItem, Selection, Store, TaskRole
from storage.accounts.people import COMMAND_LINE
from storage.cli import project_changes
from storage.cli.output import Commands, Outcome, open_data_dir
from storage.deletion.project import delete_project, preview_project_deletion
from storage.transfer.importing import import_any

Act = Callable[[Store, argparse.Namespace], Mapping[str, object] | Outcome]  # no outcome: all of it was done
_ROLES = (TaskRole.GOLD.value, TaskRole.QUIZ.value)


@dataclass(frozen=True, slots=True)
class _Command:
    """One command: what it does, and the arguments that it has beside the shared ones."""

    name: str
    act: Act
    purpose: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add ``list``, ``add``, and what is done with one project."""
    changes = project_changes
    table = (
        _Command("list", list_projects, "list the projects and their queues", lambda _: None),
        _Command("add", add, "make a project and fill it with what is named, or with every solution", _add_options),
        _Command(
            "gold",
            add_gold,
            "add solutions with known labels to a queue, for its quiz or as hidden gold",
            _gold_options,
        ),
        _Command("members", _of_project(change_members), "list, add and remove members of a project", _member_options),
        _Command("invite", _of_project(changes.invite), "print links by which people join as members", _invite_options),
        _Command("quiz", _of_project(show_quiz), "list results of the entry quiz, let people try again", _quiz_options),
        _Command("progress", progress, "show how far a queue is, who labels how much and how well", _name_queue),
        _Command(
            "change", _of_project(changes.change), "rename, archive, pause a project, change its rules", _change_options
        ),
        _Command("fill", _of_project(changes.fill), "add stored solutions, or say how many would be", _fill_options),
        _Command(
            "remove", _of_project(changes.remove), "remove what nobody has begun; it stays stored", _source_options
        ),
        _Command(
            "release", _of_project(changes.release), "release what people hold and have not finished", _name_people
        ),
        _Command(
            "guideline", _of_project(changes.guideline), "list versions of its guideline, save a new one", _file_option
        ),
        _Command("delete", _of_project(delete), "say what would go with a project, or delete it", _delete_options),
    )
    for each in table:
        command = commands.add_parser(each.name, parents=[shared], help=each.purpose, description=each.purpose)
        command.set_defaults(act=_run, act_on_store=each.act, makes_store=each.act is add)
        each.add_arguments(command)


def _of_project(act: Callable[[Store, Project, argparse.Namespace], Mapping[str, object] | Outcome]) -> Act:
    """Return the act with the project that its command line names."""
    return lambda store, options: act(store, _find_project(store, options.project), options)


def _name_queue(command: argparse.ArgumentParser) -> None:
    command.add_argument("queue", metavar="QUEUE", help="id of the queue")


def _name_project(command: argparse.ArgumentParser) -> None:
    command.add_argument("project", metavar="QUEUE_OR_PROJECT", help="id of the project, or of a queue of it")


def _gold_options(command: argparse.ArgumentParser) -> None:
    _name_queue(command)
    command.add_argument("--role", choices=_ROLES, default=_ROLES[0], help="default: %(default)s")
    command.add_argument("--solutions", nargs="+", default=[], metavar="ID", help="with final labels in the store")
    command.add_argument("--from-import", type=Path, metavar="FILE", help="VisualProcessBench file, imported")
    command.add_argument("--draw", type=int, metavar="N", help="at most N labelled solutions, at random")
    command.add_argument("--data-source", action="append", metavar="NAME", help="where --draw takes them; repeatable")


def _member_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("--add", action="append", default=[], metavar="NAME", help="may be repeated")
    command.add_argument("--remove", action="append", default=[], metavar="NAME", help="may be repeated")


def _quiz_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("--again", action="append", default=[], metavar="NAME", help="may be repeated")


def _change_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    project_changes.add_change(command)


def _fill_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    project_changes.add_selection(command)


def _source_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("--data-source", metavar="NAME", help="only solutions of problems from here")
    command.add_argument("--policy-model", metavar="NAME", help="only solutions that this model wrote")


def _invite_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    project_changes.add_invitees(command)


def _name_people(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("name", nargs="+", metavar="NAME", help="whose unfinished work it is")


def _file_option(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("--save", type=Path, metavar="FILE", help="Markdown, saved as the next version")


def _delete_options(command: argparse.ArgumentParser) -> None:
    _name_project(command)
    command.add_argument("--title", help="of the project, to confirm; left out: nothing is deleted")
    command.add_argument("--labels", action="store_true", help="people's labels go too")


def _run(options: argparse.Namespace) -> Outcome:
    act: Act = options.act_on_store
    with open_data_dir(options, make=options.makes_store) as store:
        found = act(store, options)
    return found if isinstance(found, tuple) else (found, True)


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
    rules = project_changes.read_rules(options, ProjectOptions())
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


def change_members(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Add and remove members of a project; return who they are now, and how many solutions those removed gave back."""
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


def show_quiz(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Let those named take the quiz again; return the results that stand."""
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


def delete(store: Store, project: Project, options: argparse.Namespace) -> Mapping[str, object]:
    """Delete a project, or say what would go with it."""
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
    command.add_argument("title", metavar="TITLE")
    command.add_argument("--from-import", type=Path, metavar="FILE", help="file of solutions to import and label")
    command.add_argument("--runs", nargs="+", default=[], metavar="RUN", help="ids of runs whose solutions to label")
    command.add_argument("--data-source", metavar="NAME", help="only solutions of problems from here")
    command.add_argument(
        "--quiz", nargs="+", default=[], metavar="SOLUTION", help="entry quiz: solutions with final labels"
    )
    command.add_argument(
        "--member", action="append", default=[], metavar="NAME", help="a member, who has an account; may be repeated"
    )
    project_changes.add_rules(command)
