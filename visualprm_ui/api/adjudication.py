"""Routes of adjudication: a solution on which people differ, and the decision. For reviewers.

What people said comes before the decision, the scores after it.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.exceptions import HTTPException
from pydantic import Field

from engine.domain import Cause, Decision, Label
from storage import (
    AccountRepository,
    Disagreement,
    DisagreementFilter,
    ImageRepository,
    LabellingRepository,
    ResultRepository,
    Scope,
    SolutionRecord,
)
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, queue_parameter
from visualprm_ui.api.shapes.results import Added, AnnotationView, DisputedSolutionView
from visualprm_ui.api.solutions import annotation_view, decision_view
from visualprm_ui.use_cases.pictures import ImageRef, image_refs
from visualprm_ui.use_cases.scores import predictions, step_scores


class DecisionBody(Body):
    """An adjudication: the labels that count from now on, and why the annotators differed."""

    labels: list[EnumField[Label] | None] = Field(max_length=1000)
    cause: EnumField[Cause]
    note: str = Field(default="", max_length=10_000)
    queue: str | None = Field(default=None, max_length=64)


def add_adjudication(
    api: FastAPI,
    results: ResultRepository,
    labelling: LabellingRepository,
    accounts: AccountRepository,
    images: ImageRepository,
) -> None:
    """Add the routes."""
    known_queue = queue_parameter(labelling)

    @api.get(
        "/disagreements/{solution_id}",
        tags=["dataset"],
        summary="Get a solution on which people differ; its scores follow the decision",
    )
    def disagreement(
        solution_id: str, principal: Reviewer, queue: Annotated[str | None, Depends(known_queue)]
    ) -> DisputedSolutionView:
        record = results.get_solution(solution_id)
        wanted = DisagreementFilter(scope=Scope(queue_id=queue), solution_id=solution_id)
        found = results.list_disagreements(wanted, 1, None).items
        if not found:
            raise HTTPException(
                404, "People do not, or no longer, differ on this solution, so there is nothing to decide."
            )
        names = accounts.get_display_names()
        view = _disputed_view(record, found[0], image_refs(images, record.problem.images))
        view["annotations"] = _differing_annotations(results, found[0], names)
        view["queue"] = queue or view["queue"]
        decision = results.get_final_labels(solution_id, Scope(stage=None)).decision
        if decision is not None:
            view["decision"] = decision_view(decision, names)
        if found[0].decided and record.scoring is not None:
            labelling.mark_solution_seen(solution_id, principal.name)
            scores = step_scores(len(record.solution.steps), record.scoring)
            view["scores"], view["predicted"] = scores, predictions(scores)
        return view

    @api.post("/solutions/{solution_id}/decision", tags=["dataset"], summary="Decide a solution's labels")
    def decide(solution_id: str, body: DecisionBody, principal: Reviewer) -> Added:
        decision = Decision(
            solution_id=solution_id,
            queue_id=body.queue,
            labels=tuple(body.labels),
            by=principal.name,
            cause=body.cause,
            note=body.note,
        )
        return {"added": results.add_decision(decision)}


def _disputed_view(record: SolutionRecord, found: Disagreement, images: list[ImageRef]) -> DisputedSolutionView:
    """Return the solution without what people said of it and without its scores."""
    problem, solution = record.problem, record.solution
    return {
        "solution": solution.id,
        "queue": record.queues[0] if record.queues else None,
        "question": problem.question,
        "images": images,
        "data_source": problem.data_source,
        "reference": problem.answer,
        "model_answer": solution.answer,
        "steps": list(solution.steps),
        "differing": list(found.differing),
        "annotations": [],
        "decision": None,
        "decided": found.decided,
        "scores": None,
        "predicted": None,
    }


def _differing_annotations(
    results: ResultRepository, found: Disagreement, names: Mapping[str, str]
) -> list[AnnotationView]:
    """Return of each person the newest annotation with the labels that differ, in the order of the disagreement."""
    said = {
        each.annotator: each
        for each in results.iter_annotations(found.solution_id)
        if found.labels.get(each.annotator) == each.labels
    }
    return [annotation_view(said[name], names) for name in found.labels]
