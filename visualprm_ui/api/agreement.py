"""Routes of agreement and disagreements between annotators: for reviewers only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, FastAPI, Query

from engine.domain import Problem, Stage
from engine.evaluation.agreement import LATER, Agreement, AgreementReport, measure_agreement
from engine.evaluation.intervals import Estimate
from storage import (
    AccountRepository,
    Disagreement,
    DisagreementFilter,
    LabellingRepository,
    ProjectRepository,
    ResultRepository,
    RunRepository,
    Scope,
)
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.requests import queue_parameter
from visualprm_ui.api.shapes.results import (
    AgreementGroup,
    AgreementReportView,
    Causes,
    DisagreementPageView,
    DisagreementView,
    Statistic,
)


class GroupBy(StrEnum):
    """How agreement is broken down."""

    SOURCE = "source"
    PAIR = "pair"
    POSITION = "position"
    PROJECT = "project"


def add_agreement(
    api: FastAPI,
    results: ResultRepository,
    projects: ProjectRepository,
    runs: RunRepository,
    labelling: LabellingRepository,
    accounts: AccountRepository,
) -> None:
    """Add the routes of agreement and disagreements."""
    known_queue = queue_parameter(labelling)

    @api.get("/agreement", tags=["dataset"], summary="Measure the agreement of people's blind labels")
    def agreement(
        _: Reviewer,
        queue: Annotated[str | None, Depends(known_queue)],
        by: GroupBy | None = None,
        evaluation: bool = False,
    ) -> AgreementReportView:
        scope = Scope(queue_id=queue, stage=Stage.BLIND, evaluation=evaluation)
        report = measure_agreement(results.iter_rated(scope))
        anchoring = results.measure_anchoring(queue, evaluation=evaluation)
        parts = _by_project(results, projects, scope) if by is GroupBy.PROJECT else _groups(report, by)
        groups = [("", report.overall), *parts]
        return {
            "groups": [_group_view(name, group) for name, group in groups],
            "anchoring": {"n": anchoring.contradicted, "changed": anchoring.changed, "share": anchoring.share},
        }

    @api.get(
        "/disagreements", tags=["dataset"], summary="List solutions on which people differ, the most differing first"
    )
    def disagreements(
        _: Reviewer,
        queue: Annotated[str | None, Depends(known_queue)],
        after: str | None = None,
        open_only: bool = False,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> DisagreementPageView:
        page = results.list_disagreements(
            DisagreementFilter(scope=Scope(queue_id=queue), open_only=open_only), limit, after
        )
        names = accounts.get_display_names()
        texts = runs.read_solutions([each.solution_id for each in page.items])
        return {
            "solutions": [
                _disagreement_view(each, runs.get_problem(each.problem_id), texts[each.solution_id].steps, names)
                for each in page.items
            ],
            "next": page.next,
            "total": page.total,
        }

    @api.get("/causes", tags=["dataset"], summary="Count decided solutions by the cause of their disagreement")
    def causes(_: Reviewer, queue: Annotated[str | None, Depends(known_queue)]) -> Causes:
        return {"causes": dict(results.count_causes(queue))}


def _groups(report: AgreementReport, by: GroupBy | None) -> list[tuple[str, Agreement]]:
    match by:
        case GroupBy.SOURCE:
            return [(name or "(no source)", group) for name, group in report.by_source.items()]
        case GroupBy.PAIR:
            return [(" and ".join(pair), group) for pair, group in report.by_pair.items()]
        case GroupBy.POSITION:
            steps = list(report.by_step.items())
            return [(_step_name(step), group) for step, group in steps] + [
                (f"{place.value} step", group) for place, group in report.by_place.items()
            ]
        case _:
            return []


def _step_name(step: int) -> str:
    return f"step {step + 1} and later" if step == LATER else f"step {step + 1}"


def _by_project(results: ResultRepository, projects: ProjectRepository, scope: Scope) -> list[tuple[str, Agreement]]:
    """Return each project's agreement, archived ones included: several may hold one solution, labelled by different people."""
    found = []
    for project in projects.list_projects(archived=True):
        for queue in projects.list_queues(project.id):
            if scope.queue_id in (None, queue.id):
                found.append(
                    (
                        project.title,
                        measure_agreement(results.iter_rated(replace(scope, queue_id=queue.id))).overall,
                    )
                )
    return found


def _group_view(name: str, group: Agreement) -> AgreementGroup:
    return {
        "name": name,
        "people": group.people,
        "solutions": group.items,
        "steps": group.steps,
        "percent": statistic_view(group.percent),
        "cohen": statistic_view(group.cohen),
        "fleiss": statistic_view(group.fleiss),
        "alpha_nominal": statistic_view(group.alpha_nominal),
        "alpha_ordinal": statistic_view(group.alpha_ordinal),
    }


def statistic_view(figure: Estimate) -> Statistic:
    """Return a figure with its interval, or why it is undefined."""
    interval = figure.interval
    return {
        "value": figure.value,
        "interval": None if interval is None else (interval.low, interval.high),
        "reason": figure.reason,
    }


def _disagreement_view(
    found: Disagreement, problem: Problem, steps: Sequence[str], names: Mapping[str, str]
) -> DisagreementView:
    annotators = list(found.labels)
    columns = [found.labels[name] for name in annotators]
    return {
        "solution": found.solution_id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        "annotators": [names.get(name, name) for name in annotators],
        "differing": [
            {"step": step, "text": steps[step], "labels": [labels[step] for labels in columns]}
            for step in found.differing
        ],
        "decided": found.decided,
    }
