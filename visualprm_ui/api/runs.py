"""Runs and the state of the engine. A run that somebody still has to label blind is shown to them only afterwards."""

from typing import Annotated

from fastapi import FastAPI, Query

from engine.domain import Role
from visualprm_ui.api.access import Annotator, Anyone
from visualprm_ui.api.requests import Answer
from visualprm_ui.use_cases.workbench import Workbench


def add_runs(api: FastAPI, workbench: Workbench) -> None:
    """Add the routes of runs and of the engine's state."""

    @api.get("/status", tags=["runs"], summary="Who is asking, and whether the models are ready")
    def status(asker: Anyone) -> Answer:
        engine = workbench.status()
        return {
            "engine": {
                "state": engine.state.value,
                "policy": engine.policy,
                "reward_model": engine.reward_model,
                "message": engine.message if asker.may(Role.ADMIN) else None,  # it names folders of the server
                "waiting": engine.waiting,
            },
            "annotator": asker.name,
            "display_name": asker.display_name,
            "kind": "guest" if asker.person is None else "person",
            "origin": None if asker.person is None else asker.person.origin.value,
            "role": None if asker.role is None else asker.role.value,
        }

    @api.get("/runs", tags=["runs"], summary="List runs, the newest first")
    def runs(asker: Anyone, limit: Annotated[int, Query(ge=1, le=100)] = 20, before: str | None = None) -> Answer:
        found = workbench.list_runs(limit, before)
        sealed = workbench.sealed_runs([summary.run.id for summary in found], asker)
        return {
            "runs": [
                {
                    "run": summary.run.id,
                    "question": summary.problem.question,
                    "image": summary.problem.images[0] if summary.problem.images else None,
                    # the answer the reward model picked tells what it thinks of the solutions
                    "answer": None if summary.run.id in sealed else summary.best_answer,
                    "state": summary.run.state.value,
                    "n": summary.run.sampling.n,
                    "created_at": summary.run.created_at.isoformat(),
                }
                for summary in found
            ]
        }

    @api.get("/runs/{run_id}", tags=["runs"], summary="Get a run with its solutions and scores")
    def run(run_id: str, asker: Anyone) -> Answer:
        workbench.look_at_run(run_id, asker)
        return workbench.view_run(run_id)

    @api.post("/runs/{run_id}/stop", tags=["runs"], summary="Stop a run; what is finished stays")
    def stop(run_id: str, _: Anyone) -> Answer:
        return {"stopped": workbench.stop_run(run_id)}

    @api.post("/runs/{run_id}/queue", tags=["runs"], summary="Put a run's solutions in a queue of their own")
    def label_run(run_id: str, _: Annotator) -> Answer:
        return {"queue": workbench.label_run(run_id)}
