"""Routes of runs and of the engine's state.

A run is served to whoever may open it, and hidden from whoever still has to label one of its solutions blind.
"""

from contextlib import nullcontext
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import Field

from engine import Engine, InvalidRequest
from engine.domain import Aggregation, Role
from engine.outcomes.guided_search import BeamPlan
from storage import AccountRepository
from visualprm_ui.access.visitor_limits import OneAtATime
from visualprm_ui.api.access import Annotator, Anyone, Explorer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body
from visualprm_ui.api.sampling_body import SamplingBody
from visualprm_ui.api.shapes.accounts import Health, Status
from visualprm_ui.api.shapes.runs import (
    Beside,
    ExaminationView,
    OtherScores,
    QueueRef,
    RunList,
    RunRef,
    RunSummaryView,
    Stopped,
)
from visualprm_ui.use_cases.run_control import ListedRun, RunControl
from visualprm_ui.use_cases.run_view import RunView
from visualprm_ui.use_cases.sample_form import SampleForm

Limit = Annotated[int, Query(ge=1, le=100)]


class ExaminationBody(Body):
    """A question and its pictures."""

    question: str
    images: list[str]  # hashes, in order


class SearchBody(Body):
    """How a guided search goes; fields left out are as Explore has them."""

    width: int = BeamPlan().width
    expansions: int = BeamPlan().expansions
    how: EnumField[Aggregation] = Field(default=BeamPlan().how, description="mean, min, max, last or product")


class RunBody(Body):
    """What a run asks, and how its solutions are sampled."""

    question: str
    images: list[str] = Field(default=[], description="Hashes, in order.")
    answer: str | None = None  # reference answer
    sampling: SamplingBody = SamplingBody()
    search: SearchBody | None = None  # None: independent solutions

    def as_form(self) -> SampleForm:
        """Return it as Explore would send it. Raises InvalidRequest for a number of solutions where a search says its own."""
        sampling, asked = self.sampling.as_sampling(), self.search
        if asked is not None and self.sampling.n is not None:
            raise InvalidRequest("A search writes as many solutions as it keeps. Leave out n, and give width.")
        return SampleForm(
            images=tuple(self.images),
            question=self.question,
            answer=self.answer,
            sampling=sampling,
            search=None
            if asked is None
            else BeamPlan(width=asked.width, expansions=asked.expansions, how=Aggregation(asked.how)),
        )


def add_status(api: FastAPI, engine: Engine, accounts: AccountRepository) -> None:
    """Add the routes of the engine's state, of the principal, and of what a monitor asks."""

    @api.get("/health", tags=["runs"], summary="Whether the store answers, and when it was backed up last")
    def health(_: Anyone) -> Health:
        last = accounts.last_backup()  # reads the store: where that fails, so does the answer
        return {"engine": engine.status().state, "last_backup": None if last is None else last.isoformat()}

    @api.get("/status", tags=["runs"], summary="Who is asking, and whether the models are ready")
    def status(principal: Explorer) -> Status:
        now = engine.status()
        return {
            "engine": {
                "state": now.state,
                "policy": now.policy,
                "reward_model": now.reward_model,
                "message": now.message if principal.may(Role.ADMIN) else None,  # it names folders of the server
                "waiting": now.waiting,
                "search_refusal": now.search_refusal,
            },
            "annotator": principal.name,
            "display_name": principal.display_name,
            "kind": "guest" if principal.person is None else "person",
            "origin": None if principal.person is None else principal.person.origin,
            "role": principal.role,
        }


def add_runs(api: FastAPI, runs: RunControl) -> None:
    """Add the routes of runs."""
    places = OneAtATime("Another question from your address is being checked.")

    @api.get("/runs", tags=["runs"], summary="List your runs, the newest first; everybody's for reviewers")
    def list_runs(principal: Explorer, limit: Limit = 20, before: str | None = None) -> RunList:
        return {"runs": [_run_summary(each) for each in runs.list_for(principal, limit, before)]}

    @api.post("/examination", tags=["runs"], summary="What the models say of a question and its pictures before a run")
    def examine(body: ExaminationBody, principal: Explorer) -> ExaminationView:
        with places.hold(principal.address) if principal.is_stranger else nullcontext():
            said = runs.examine(body.question, body.images, principal)
        return {"refusal": said.refusal, "notice": said.notice}

    @api.post("/runs", tags=["runs"], summary="Sample solutions of a question and score their steps")
    def start(body: RunBody, principal: Explorer) -> RunRef:
        return {"run": runs.start(body.as_form(), principal)}

    @api.get("/runs/{run_id}", tags=["runs"], summary="Get a run with its solutions and scores")
    def run(run_id: str, principal: Explorer) -> RunView:
        return runs.look_at(run_id, principal)

    @api.get(
        "/runs/{run_id}/other-scores", tags=["runs"], summary="Get other reward models' scores of a run's solutions"
    )
    def scores(run_id: str, principal: Explorer) -> OtherScores:
        runs.require_visible(run_id, principal)  # whoever may not see its scores may not see others' either
        return {"models": runs.other_scores(run_id)}

    @api.post(
        "/runs/{run_id}/stop",
        tags=["runs"],
        summary="Stop a run of your own, or any as an admin; what is finished stays",
    )
    def stop(run_id: str, principal: Explorer) -> Stopped:
        return {"stopped": runs.stop(run_id, principal)}

    @api.post("/runs/{run_id}/queue", tags=["runs"], summary="Put a run's solutions in a queue of their own")
    def label_run(run_id: str, principal: Annotator) -> QueueRef:
        return {"queue": runs.open_queue(run_id, principal)}


def add_beside(api: FastAPI, runs: RunControl) -> None:
    """Add the routes of the independent run that a guided search is compared with."""

    @api.get(
        "/runs/{run_id}/beside",
        tags=["runs"],
        summary="Get Best-of-N of independent solutions to compare a search with",
    )
    def beside(run_id: str, principal: Explorer) -> Beside:
        found = runs.beside(run_id, principal)  # refuses whom it is not for
        return {"independent": found, "is_own": runs.is_own(run_id, principal)}

    @api.post(
        "/runs/{run_id}/beside",
        tags=["runs"],
        summary="Sample as many independent solutions of a search's problem as a step has tries",
    )
    def sample_beside(run_id: str, principal: Explorer) -> RunRef:
        return {"run": runs.sample_beside(run_id, principal)}


def _run_summary(listed: ListedRun) -> RunSummaryView:
    run, problem = listed.summary.run, listed.summary.problem
    return {
        "run": run.id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        # the chosen answer reveals what the reward model thinks of the solutions
        "answer": None if listed.is_blinded else listed.summary.best_answer,
        "state": run.state,
        "n": run.sampling.n,
        "is_search": listed.summary.is_search,
        "created_at": run.created_at.isoformat(),
    }
