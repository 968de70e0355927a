"""Routes of a project's entry quiz: what a person answered, and letting them take it again. For admins."""

from collections.abc import Mapping

from fastapi import FastAPI

from engine.domain import Problem, Solution
from storage import AccountRepository, ProjectRepository, QuizAnswer, RunRepository
from visualprm_ui.api.access import Admin
from visualprm_ui.api.project_progress import quiz_view
from visualprm_ui.api.shapes.entry_quiz import QuizAnswers, QuizItem
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.dataset_transfer import project_queue


def add_entry_quiz(api: FastAPI, projects: ProjectRepository, accounts: AccountRepository, runs: RunRepository) -> None:
    """Add the routes of the entry quiz."""

    @api.get(
        "/projects/{project_id}/quiz/{annotator:path}",
        tags=["projects"],
        summary="List what a person answered in the entry quiz, and what was expected",
    )
    def answers(project_id: str, annotator: str, _: Admin) -> QuizAnswers:
        found = projects.list_quiz_answers(project_queue(projects, project_id).id, annotator)
        results = (each for each in projects.list_quiz_results(project_id) if each.annotator == annotator)
        result = next(results, None)
        solutions = runs.read_solutions([each.solution_id for each in found])
        problems = runs.read_problems([each.problem_id for each in solutions.values()])
        items = [_item(each, solutions[each.solution_id], problems) for each in found]
        name = accounts.get_display_names().get(annotator, annotator)
        return {
            "annotator": annotator,
            "name": name,
            "result": None if result is None else quiz_view(result),
            "items": items,
        }

    @api.post(
        "/projects/{project_id}/quiz/{annotator:path}/reset",
        tags=["projects"],
        summary="Let a person take the quiz again",
    )
    def reset(project_id: str, annotator: str, principal: Admin) -> Empty:
        projects.reset_quiz(principal.name, project_id, annotator)
        return {}


def _item(answer: QuizAnswer, solution: Solution, problems: Mapping[str, Problem]) -> QuizItem:
    problem = problems[solution.problem_id]
    return {
        "solution": solution.id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        "steps": list(solution.steps),
        "gold_labels": list(answer.gold_labels),
        "labels": None if answer.labels is None else list(answer.labels),
        "skip_reason": answer.skip_reason,
        "submitted": answer.submitted,
    }
