"""Which sets of solutions have labels: of people by project, of files and of rollouts by whose they are and by data source. And
which reward models scored how many.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Text, distinct, func, or_, select, true, type_coerce

from storage.database import tables
from storage.labelling.queue_rules import TaskRole
from storage.results.votes import Scope, counts


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledProject:
    """A project in which people labelled solutions. Gold items and quizzes are left out, and what was skipped."""

    project: str  # id
    title: str
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLabels:
    """Solutions of one data source that one file labels."""

    source: str  # whose labels they are
    data_source: str | None
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLabels:
    """Solutions of one data source that rollouts of one policy label."""

    policy_model: str
    data_source: str | None
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLabels:
    """Solutions that one person labelled. Gold items and quizzes are left out, and what was skipped or sent back."""

    annotator: str
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScores:
    """Solutions that one reward model scored, in whatever revision."""

    reward_model: str
    solutions: int


def labelled_projects(connection: Connection) -> tuple[LabelledProject, ...]:
    """Return the projects with labels, the newest first."""
    drafts, tasks, queues, projects = tables.drafts.c, tables.tasks.c, tables.queues.c, tables.projects.c
    query = (
        select(projects.id, projects.title, func.count(distinct(tasks.solution_id)))
        .select_from(tables.drafts)
        .join(tables.tasks, tasks.id == drafts.task_id)
        .join(tables.queues, queues.id == tasks.queue_id)
        .join(tables.projects, projects.id == queues.project_id)
        .where(
            drafts.submitted.is_(true()),
            drafts.skip_reason.is_(None),
            tasks.role == TaskRole.LABEL.value,
            _has_label(drafts.labels),
        )
        .group_by(projects.id, projects.title, projects.created_at)
        .order_by(projects.created_at.desc(), projects.id)
    )
    return tuple(
        LabelledProject(project=project, title=title, solutions=solutions)
        for project, title, solutions in connection.execute(query)
    )


def file_labels(connection: Connection) -> tuple[FileLabels, ...]:
    """Return what files label, by data source, the largest first. The newest row counts, unless it labels no step."""
    imported, solutions, problems = tables.imported_rows.c, tables.solutions.c, tables.problems.c
    count = func.count(distinct(imported.solution_id))
    newest = (
        select(func.max(imported.seq))
        .where(imported.labels.is_not(None))
        .group_by(imported.solution_id, imported.source)
    )
    query = (
        select(imported.source, problems.data_source, count)
        .join(tables.solutions, solutions.id == imported.solution_id)
        .join(tables.problems, problems.id == solutions.problem_id)
        .where(imported.seq.in_(newest), _has_label(imported.labels))
        .group_by(imported.source, problems.data_source)
        .order_by(count.desc(), imported.source, problems.data_source)
    )
    return tuple(
        FileLabels(source=source, data_source=data_source, solutions=solutions)
        for source, data_source, solutions in connection.execute(query)
    )


def rollout_labels(connection: Connection) -> tuple[PolicyLabels, ...]:
    """Return what rollouts label, by data source, the largest first."""
    measured, solutions, problems = tables.rollout_labels.c, tables.solutions.c, tables.problems.c
    count = func.count(distinct(measured.solution_id))
    query = (
        select(measured.policy_model, problems.data_source, count)
        .join(tables.solutions, solutions.id == measured.solution_id)
        .join(tables.problems, problems.id == solutions.problem_id)
        .group_by(measured.policy_model, problems.data_source)
        .order_by(count.desc(), measured.policy_model, problems.data_source)
    )
    return tuple(
        PolicyLabels(policy_model=policy, data_source=data_source, solutions=solutions)
        for policy, data_source, solutions in connection.execute(query)
    )


def person_labels(connection: Connection) -> tuple[PersonLabels, ...]:
    """Return what people label, whoever labelled most first."""
    annotations = tables.annotations.c
    count = func.count(distinct(annotations.solution_id))
    query = (
        select(annotations.annotator, count)
        .where(counts(Scope(stage=None)), annotations.skip_reason.is_(None))
        .group_by(annotations.annotator)
        .order_by(count.desc(), annotations.annotator)
    )
    found = connection.execute(query)
    return tuple(PersonLabels(annotator=annotator, solutions=solutions) for annotator, solutions in found)


def model_scores(connection: Connection) -> tuple[ModelScores, ...]:
    """Return which reward models scored solutions, those that scored most first."""
    scorings = tables.scorings.c
    count = func.count(distinct(scorings.solution_id))
    query = select(scorings.reward_model, count).group_by(scorings.reward_model)
    found = connection.execute(query.order_by(count.desc(), scorings.reward_model))
    return tuple(ModelScores(reward_model=name, solutions=solutions) for name, solutions in found)


def _has_label(labels: ColumnElement[object]) -> ColumnElement[bool]:
    """Return the condition that any step has a label: the text is a list such as [1,null,-1]."""
    text = type_coerce(labels, Text)
    return or_(text.contains("0"), text.contains("1"))
