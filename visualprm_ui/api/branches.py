"""Routes of what is made from steps of a run on: rollouts, and solutions that go on from there.

Whoever may open a run sees it; it is made by whoever may change the run, within the limits of runs.
"""

from contextlib import nullcontext
from typing import Annotated

from fastapi import FastAPI
from pydantic import Field

from engine.rollouts import COMPLETIONS
from visualprm_ui.access.visitor_limits import OneAtATime
from visualprm_ui.api.access import Explorer
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.branches import BranchRef, EditScore
from visualprm_ui.api.shapes.runs import Stopped
from visualprm_ui.use_cases.branch_control import BranchControl, BranchForm
from visualprm_ui.use_cases.branch_view import BranchesView
from visualprm_ui.use_cases.live_branches import BranchKind

Step = Annotated[int, Field(ge=0, lt=2**31)]


class RolloutsBody(Body):
    """A step that completions are counted from."""

    solution: str
    step: Step  # 0-based
    completions: int = COMPLETIONS


class ContinuationsBody(Body):
    """A step that solutions are to go on from."""

    solution: str
    step: Step  # 0-based
    edit: str | None = None  # what the step is to say instead
    n: int = 1


class EditBody(Body):
    """A step with another text."""

    solution: str
    step: Step  # 0-based
    text: str


def add_branches(api: FastAPI, branches: BranchControl) -> None:
    """Add the routes."""
    places = OneAtATime("Another step from your address is being scored.")

    @api.get("/runs/{run_id}/branches", tags=["runs"], summary="Get what was made from the steps of a run")
    def view(run_id: str, principal: Explorer) -> BranchesView:
        return branches.view(run_id, principal)

    @api.post(
        "/runs/{run_id}/rollouts", tags=["runs"], summary="Count how many completions from a step reach the answer"
    )
    def roll_out(run_id: str, body: RolloutsBody, principal: Explorer) -> BranchRef:
        form = BranchForm(kind=BranchKind.ROLLOUTS, solution=body.solution, step=body.step, n=body.completions)
        return {"branch": branches.start(run_id, form, principal)}

    @api.post(
        "/runs/{run_id}/continuations",
        tags=["runs"],
        summary="Sample solutions that go on from a step, or an edit of it",
    )
    def go_on(run_id: str, body: ContinuationsBody, principal: Explorer) -> BranchRef:
        kind = BranchKind.SOLUTIONS
        form = BranchForm(kind=kind, solution=body.solution, step=body.step, edit=body.edit, n=body.n)
        return {"branch": branches.start(run_id, form, principal)}

    @api.post("/runs/{run_id}/branches/{branch_id}/stop", tags=["runs"], summary="Stop what is being made from a step")
    def stop(run_id: str, branch_id: str, principal: Explorer) -> Stopped:
        return {"stopped": branches.stop(run_id, branch_id, principal)}

    @api.post("/runs/{run_id}/edit-score", tags=["runs"], summary="Score a step with another text; nothing is kept")
    def score_edit(run_id: str, body: EditBody, principal: Explorer) -> EditScore:
        with places.hold(principal.address) if principal.is_stranger else nullcontext():
            found = branches.score_edit(run_id, body.solution, body.step, body.text, principal)
        return {"score": found.score, "reward_model": found.reward_model}
