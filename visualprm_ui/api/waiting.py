"""The route that says how much is waiting for a reviewer. Asked by every page of theirs, so apart from the lists themselves."""

from fastapi import FastAPI

from storage import ProjectRepository, ResultRepository
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.review import iter_reviewed_queues
from visualprm_ui.api.shapes.review import Waiting


def add_waiting(api: FastAPI, projects: ProjectRepository, results: ResultRepository) -> None:
    """Add the route."""

    @api.get("/waiting", tags=["review"], summary="Count what is waiting for a reviewer")
    def waiting(principal: Reviewer) -> Waiting:
        queues = iter_reviewed_queues(projects)
        ready = sum(len(projects.list_splits_of_reviewer(queue.id, principal.name).judgeable) for queue in queues)
        return {"review": ready, "adjudication": results.count_open_disagreements()}
