"""What background jobs of the models work on: solutions to score, problem by problem, and problems to sample solutions of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, case, func, select, true

from storage.database import tables
from storage.errors import NotFound
from storage.labelling.queue_rules import TaskRole
from storage.projects.filling import Selection, find_solutions, require_stored, select_solutions
from storage.runs.built_in_benchmark import DATA_SOURCE, list_unlabelled
from storage.runs.reference_answers import has_reference_answer
from storage.runs.step_scores import pages_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSelection:
    """Which problems to take. Conditions add up; without any it is every problem but those of the built-in benchmark."""

    problems: tuple[str, ...] = ()  # these themselves, e.g. those of an imported file; empty: any
    data_source: str | None = None
    queue: str | None = None  # of whose tasks they are, gold and quiz left out
    project: str | None = None  # the same, of all its queues

    @property
    def names_benchmark(self) -> bool:
        """Whether problems of the built-in benchmark are among what is named, so that they are not left out."""
        of_queue = self.queue is not None or self.project is not None
        return bool(self.problems) or of_queue or self.data_source == DATA_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSolutions:
    """A problem with those of its solutions that were selected, in the order they were stored."""

    problem_id: str
    solutions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """Problems that belong together."""

    name: str  # for people
    project: str | None  # id; None: a data source
    data_source: str | None
    answered: int  # problems with a reference answer
    unanswered: int


def list_problem_sets(connection: Connection) -> tuple[ProblemGroup, ...]:
    """Return the data sources that have problems with reference answers, then the projects that do, each by name."""
    problems, tasks, queues, projects = (
        tables.problems.c,
        tables.tasks.c,
        tables.queues.c,
        tables.projects.c,
    )
    counts = (
        func.count(problems.id.distinct()),
        func.count(case((has_reference_answer(), problems.id)).distinct()),
    )
    by_source = select(problems.data_source, *counts).group_by(problems.data_source).order_by(problems.data_source)
    by_project = (
        select(projects.id, projects.title, *counts)
        .join(tables.queues, queues.project_id == projects.id)
        .join(tables.tasks, tasks.queue_id == queues.id)
        .join(tables.solutions, tables.solutions.c.id == tasks.solution_id)
        .join(tables.problems, problems.id == tables.solutions.c.problem_id)
        .where(tasks.role == TaskRole.LABEL.value, projects.archived.is_not(true()))
        .group_by(projects.id, projects.title)
        .order_by(projects.title)
    )
    sources = [
        ProblemGroup(name=source, project=None, data_source=source, answered=answered, unanswered=all_of - answered)
        for source, all_of, answered in connection.execute(by_source)
        if source is not None and answered
    ]
    labelled = [
        ProblemGroup(name=title, project=project, data_source=None, answered=answered, unanswered=all_of - answered)
        for project, title, all_of, answered in connection.execute(by_project)
        if answered
    ]
    return (*sources, *labelled)


def list_solutions(connection: Connection, selection: Selection) -> tuple[ProblemSolutions, ...]:
    """Return the selected solutions by their problem, in the order of each problem's first. Raises NotFound, as filling does."""
    require_stored(connection, selection)
    found, _of_benchmark = find_solutions(connection, selection)
    solutions = tables.solutions.c
    problem_of: dict[str, str] = {}
    for page in pages_of(found):
        query = select(solutions.id, solutions.problem_id).where(solutions.id.in_(page))
        problem_of.update({row.id: row.problem_id for row in connection.execute(query)})
    by_problem: dict[str, list[str]] = {}
    for each in found:
        by_problem.setdefault(problem_of[each], []).append(each)
    return tuple(ProblemSolutions(problem_id=one, solutions=tuple(its)) for one, its in by_problem.items())


def list_problems(connection: Connection, selection: ProblemSelection) -> tuple[str, ...]:
    """Return the selected problems, named ones in the order they are named, else in that of their ids. Raises NotFound."""
    problems, tasks = tables.problems.c, tables.tasks.c
    conditions: list[ColumnElement[bool]] = []
    if not selection.names_benchmark:
        conditions.append(problems.data_source.is_distinct_from(DATA_SOURCE))
    if selection.data_source is not None:
        conditions.append(problems.data_source == selection.data_source)
    if selection.queue is not None:
        require_stored(connection, Selection(queue=selection.queue))
        labelled = (tasks.queue_id == selection.queue, tasks.role == TaskRole.LABEL.value)
        of_queue = select(tables.solutions.c.problem_id).join(tables.tasks).where(*labelled)
        conditions.append(problems.id.in_(of_queue))
    if selection.project is not None:
        queues, solutions = tables.queues.c, tables.solutions.c
        of_project = (
            select(solutions.problem_id)
            .join(tables.tasks, tasks.solution_id == solutions.id)
            .join(tables.queues, queues.id == tasks.queue_id)
            .where(queues.project_id == selection.project, tasks.role == TaskRole.LABEL.value)
        )
        conditions.append(problems.id.in_(of_project))
    query = select(problems.id).where(*conditions)
    if not selection.problems:
        return tuple(sorted(connection.scalars(query)))
    _require_problems(connection, selection.problems)
    found = {
        each for page in pages_of(selection.problems) for each in connection.scalars(query.where(problems.id.in_(page)))
    }
    return tuple(each for each in dict.fromkeys(selection.problems) if each in found)


def list_answered(connection: Connection, selection: ProblemSelection) -> tuple[tuple[str, ...], int]:
    """Return those of the selected problems that have a reference answer, and how many have none. Raises NotFound."""
    problems = tables.problems.c
    ids = list_problems(connection, selection)
    query = select(problems.id).where(has_reference_answer())
    known = {each for page in pages_of(ids) for each in connection.scalars(query.where(problems.id.in_(page)))}
    answered = tuple(each for each in ids if each in known)
    return answered, len(ids) - len(answered)


def count_left_out(connection: Connection, selection: Selection | ProblemSelection) -> int:
    """Return how much more a selection finds, and leaves out, as it is of the built-in benchmark, which it does not name.

    Counts solutions of a selection of solutions, problems of a selection of problems.
    """
    if selection.names_benchmark:
        return 0
    if isinstance(selection, ProblemSelection):
        of_another = selection.data_source is not None
        return 0 if of_another else len(list_problems(connection, ProblemSelection(data_source=DATA_SOURCE)))
    unlabelled = tuple(list_unlabelled(connection))
    return len(select_solutions(connection, replace(selection, solutions=unlabelled))) if unlabelled else 0


def _require_problems(connection: Connection, ids: Sequence[str]) -> None:
    for page in pages_of(ids):
        stored = set(connection.scalars(select(tables.problems.c.id).where(tables.problems.c.id.in_(page))))
        if (missing := next((each for each in page if each not in stored), None)) is not None:
            raise NotFound(f"There is no problem {missing!r}. It may belong to another data folder.")
