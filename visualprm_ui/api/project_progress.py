"""Routes of how a project is doing, and of what somebody labelled quicker than one can read. For admins."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Query

from engine.domain import Problem, Project
from storage import AccountRepository, ProjectRepository, Queue, QuizResult, RunRepository
from visualprm_ui.api.access import Admin
from visualprm_ui.api.agreement import statistic_view
from visualprm_ui.api.projects import options_view
from visualprm_ui.api.shapes.project_progress import (
    FastItem,
    FastItemList,
    ForecastView,
    LabelStandingView,
    ProjectPerson,
    ProjectProgressView,
    QuizResultView,
)
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.project_progress import (
    FastWork,
    PersonFigures,
    ProjectProgress,
    ProjectReports,
)


def add_project_progress(
    api: FastAPI,
    reports: ProjectReports,
    projects: ProjectRepository,
    accounts: AccountRepository,
    runs: RunRepository,
) -> None:
    """Add the routes of progress."""

    @api.get(
        "/projects/{project_id}/progress", tags=["projects"], summary="Say how a project is doing and what is waiting"
    )
    def progress(project_id: str, _: Admin) -> ProjectProgressView:
        project, queue = projects.get_project(project_id), project_queue(projects, project_id)
        quiz = projects.list_quiz_results(project_id)
        results = {each.annotator: each for each in quiz}
        found = reports.measure(project, queue, quiz)
        names = accounts.get_display_names()
        people = [_person_view(each, names, results) for each in found.people]
        return _progress_view(project, queue, found, people)

    @api.get(
        "/projects/{project_id}/fast-items",
        tags=["projects"],
        summary="List what a person labelled faster than it can be read",
    )
    def fast_items(project_id: str, annotator: Annotated[str, Query(max_length=200)], _: Admin) -> FastItemList:
        found = reports.list_fast_work(project_queue(projects, project_id).id, annotator)
        name = accounts.get_display_names().get(annotator, annotator)
        solutions = runs.read_solutions([each.work.solution_id for each in found])
        problems = runs.read_problems([each.problem_id for each in solutions.values()])
        items = [_fast_item(each, problems[solutions[each.work.solution_id].problem_id]) for each in found]
        return {"annotator": annotator, "name": name, "items": items}


def _progress_view(
    project: Project, queue: Queue, found: ProjectProgress, people: list[ProjectPerson]
) -> ProjectProgressView:
    return {
        "project": project.id,
        "queue": queue.id,
        "title": project.title,
        "archived": project.archived,
        "created_at": project.created_at.isoformat(),
        "options": options_view(project.options),
        "at": found.at.isoformat(),
        "solutions": found.solutions,
        "quiz_items": found.quiz_items,
        "labels": _label_counts(found),
        "days": [{"at": each.at.isoformat(), "labels": each.labels} for each in found.days],
        "forecast": _forecast_view(found),
        "gold": {"share": statistic_view(found.gold), "of": found.gold_steps},
        "agreement": {"share": statistic_view(found.agreement.alpha_nominal), "of": found.agreement.items},
        "agreement_days": [
            {"at": each.at.isoformat(), "alpha": statistic_view(each.alpha)} for each in found.agreement_days
        ],
        "people": people,
        "actions": [
            {"kind": each.kind, "count": each.count, "people": list(each.people), "split": each.split}
            for each in found.actions
        ],
    }


def _label_counts(found: ProjectProgress) -> LabelStandingView:
    labels = found.labels
    return {
        "wanted": labels.wanted,
        "done": labels.done,
        "sent_back": labels.sent_back,
        "in_work": labels.in_work,
        "to_do": labels.to_do,
        "unclaimed": labels.unclaimed,
        "last_day": found.last_day,
    }


def _forecast_view(found: ProjectProgress) -> ForecastView:
    forecast = found.forecast
    return {
        "a_day": forecast.a_day,
        "over_days": forecast.over_days,
        "days_left": forecast.days_left,
        "soonest": forecast.soonest,
        "latest": forecast.latest,
        "reason": forecast.reason,
    }


def _person_view(found: PersonFigures, names: Mapping[str, str], quiz: Mapping[str, QuizResult]) -> ProjectPerson:
    person, gold, result = found.progress, found.gold, quiz.get(found.progress.annotator)
    return {
        "annotator": person.annotator,
        "name": names.get(person.annotator, person.annotator),
        "done": person.done,
        "skipped": person.skipped,
        "work_done": person.work_done,
        "work_skipped": person.work_skipped,
        "quiz_done": person.quiz_done,
        "held": person.held,
        "last_day": found.items_last_day,
        "median_seconds_a_step": found.median_seconds_a_step,
        "gold": None if gold is None else {"right": gold.right, "steps": gold.steps},
        "gold_share": statistic_view(found.gold_share),
        "agreement": statistic_view(found.agreement),
        "sent_back": found.sent_back,
        "timed": found.timed,
        "too_fast": found.too_fast,
        "worth_a_look": found.is_worth_a_look,
        "quiz": None if result is None else quiz_view(result),
    }


def quiz_view(result: QuizResult) -> QuizResultView:
    """Return the result of a quiz as it is served."""
    return {"state": result.state, "right": result.right, "steps": result.steps, "at": result.at.isoformat()}


def _fast_item(found: FastWork, problem: Problem) -> FastItem:
    work = found.work
    return {
        "solution": work.solution_id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        "steps": work.steps,
        "words": work.words,
        "seconds": work.seconds,
        "usual_seconds": found.usual_seconds,
        "at": work.done_at.isoformat(),
    }
