"""Routes of deleting runs, problems and pictures, and of what hangs on them. Labels go only where an admin asks for it by name."""

from urllib.parse import urlencode

from fastapi import FastAPI
from pydantic import Field

from engine.domain import Role
from storage.deletion.preview import DeletionPreview
from storage.runs.targets import Target, TargetKind
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.access import Admin, Explorer
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.deletion import DeletionView
from visualprm_ui.use_cases.deletion import Deletion


class DeletionBody(Body):
    """What may go besides. Without a body nobody's labels do."""

    labels: bool = Field(default=False, description="People's labels may go too.")
    name: str | None = Field(default=None, max_length=200, description="With labels: the name that the preview gave.")


def add_deletion(api: FastAPI, deletion: Deletion) -> None:
    """Add the routes of deleting."""

    def look(kind: TargetKind, target_id: str, principal: Principal) -> DeletionView:
        found = deletion.preview(Target(kind=kind, id=target_id), principal)
        return _deletion_view(found, deletion.refusal(found, principal), principal)

    def act(kind: TargetKind, target_id: str, body: DeletionBody | None, principal: Principal) -> DeletionView:
        labels_of = body.name if body is not None and body.labels else None
        return _deletion_view(deletion.delete(Target(kind=kind, id=target_id), principal, labels_of), None, principal)

    @api.get("/runs/{run_id}/deletion", tags=["runs"], summary="Say what would be deleted with a run of your own")
    def look_at_run(run_id: str, principal: Explorer) -> DeletionView:
        return look(TargetKind.RUN, run_id, principal)

    @api.delete("/runs/{run_id}", tags=["runs"], summary="Delete a run of your own, or any as an admin")
    def delete_run(run_id: str, principal: Explorer, body: DeletionBody | None = None) -> DeletionView:
        return act(TargetKind.RUN, run_id, body, principal)

    @api.get("/problems/{problem_id}/deletion", tags=["dataset"], summary="Say what would be deleted with a problem")
    def look_at_problem(problem_id: str, principal: Admin) -> DeletionView:
        return look(TargetKind.PROBLEM, problem_id, principal)

    @api.delete("/problems/{problem_id}", tags=["dataset"], summary="Delete a problem with all its solutions")
    def delete_problem(problem_id: str, principal: Admin, body: DeletionBody | None = None) -> DeletionView:
        return act(TargetKind.PROBLEM, problem_id, body, principal)

    @api.get("/images/{sha}/deletion", tags=["images"], summary="Say what would be deleted with a picture")
    def look_at_image(sha: str, principal: Admin) -> DeletionView:
        return look(TargetKind.PICTURE, sha, principal)

    @api.delete("/images/{sha}", tags=["images"], summary="Delete a picture with every problem that shows it")
    def delete_image(sha: str, principal: Admin, body: DeletionBody | None = None) -> DeletionView:
        return act(TargetKind.PICTURE, sha, body, principal)


def _deletion_view(found: DeletionPreview, refusal: str | None, principal: Principal) -> DeletionView:
    has_export = principal.may(Role.ADMIN) and (found.has_labels or found.file_rows > 0)
    query = urlencode({"labels": "all", "kind": found.target.kind.value, "of": found.target.id})
    titled = found.queues if principal.may(Role.REVIEWER) else ()  # others may not know all projects
    return {
        "kind": found.target.kind,
        "id": found.target.id,
        "name": found.name,
        "has_labels": found.has_labels,
        "refusal": refusal,
        "export": f"export/visualprocessbench?{query}" if has_export else None,
        "problems": found.problems,
        "runs": found.runs,
        "solutions": found.solutions,
        "scorings": found.scorings,
        "tasks": found.tasks,
        "queues": [{"title": each.title, "tasks": each.tasks} for each in titled],
        "drafts": found.drafts,
        "annotations": found.annotations,
        "labels": found.labels,
        "decisions": found.decisions,
        "verdicts": found.verdicts,
        "known_labels": found.known_labels,
        "people": found.people,
        "file_rows": found.file_rows,
        "rollout_labels": found.rollout_labels,
        "pictures": found.pictures,
    }
