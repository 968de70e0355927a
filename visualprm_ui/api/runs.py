"""Routes of runs and of the engine's state. A run is hidden from whoever still has to label one of its solutions blind."""

from typing import Annotated

from fastapi import FastAPI, Query

from engine.domain import Role
from visualprm_ui.api.access import Annotator, Anyone
from visualprm_ui.api.shapes.accounts import Status
from visualprm_ui.api.shapes.runs import QueueRef, RunList, Stopped
from visualprm_ui.use_cases.run_view import RunView
from visualprm_ui.use_cases.workbench import Workbench

Limit = Annotated[int, Query(ge=1, le=100)]


def add_runs(api: FastAPI, workbench: Workbench) -> None:
    """Add the routes of runs and of the engine's state."""

    @api.get("/status", tags=["runs"], summary="Who is asking, and whether the models are ready")
    def status(principal: Anyone) -> Status:
        engine = workbench.status()
        return {
            "engine": {
                "state": engine.state,
                "policy": engine.policy,
                "reward_model": engine.reward_model,
                "message": engine.message if principal.may(Role.ADMIN) else None,  # it names folders of the server
                "waiting": engine.waiting,
            },
            "annotator": principal.name,
            "display_name": principal.display_name,
            "kind": "guest" if principal.person is None else "person",
            "origin": None if principal.person is None else principal.person.origin,
            "role": principal.role,
        }

    @api.get("/runs", tags=["runs"], summary="List runs, the newest first")
    def runs(principal: Anyone, limit: Limit = 20, before: str | None = None) -> RunList:
        found = workbench.list_runs(limit, before)
        sealed = workbench.sealed_runs([summary.run.id for summary in found], principal)
        return {
            "runs": [
                {
                    "run": summary.run.id,
                    "question": summary.problem.question,
                    "image": summary.problem.images[0] if summary.problem.images else None,
                    # the chosen answer reveals what the reward model thinks of the solutions
                    "answer": None if summary.run.id in sealed else summary.best_answer,
                    "state": summary.run.state,
                    "n": summary.run.sampling.n,
                    "created_at": summary.run.created_at.isoformat(),
                }
                for summary in found
            ]
        }

    @api.get("/runs/{run_id}", tags=["runs"], summary="Get a run with its solutions and scores")
    def run(run_id: str, principal: Anyone) -> RunView:
        workbench.look_at_run(run_id, principal)
        return workbench.view_run(run_id)

    @api.post("/runs/{run_id}/stop", tags=["runs"], summary="Stop a run; what is finished stays")
    def stop(run_id: str, _: Anyone) -> Stopped:
        return {"stopped": workbench.stop_run(run_id)}

    @api.post("/runs/{run_id}/queue", tags=["runs"], summary="Put a run's solutions in a queue of their own")
    def label_run(run_id: str, _: Annotator) -> QueueRef:
        return {"queue": workbench.label_run(run_id)}
