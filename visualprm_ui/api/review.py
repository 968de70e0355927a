"""Routes of review: the splits of a queue, the sample to judge, accepting a split or sending it back. For reviewers."""

from collections.abc import Iterator, Mapping

from fastapi import FastAPI
from pydantic import Field

from engine.domain import Label, Problem
from storage import (
    AccountRepository,
    FinishedWork,
    ProjectRepository,
    Queue,
    ResultRepository,
    ReviewSplit,
    ReviewVerdict,
    SampledWork,
    SplitState,
)
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, PathNumber
from visualprm_ui.api.shapes.review import QueuedSplitList, Reopened, SampledItem, SplitList, SplitSample, SplitView
from visualprm_ui.api.shapes.values import Empty


class VerdictBody(Body):
    """A reviewer's verdict on one annotator's work in a sample."""

    task: str = Field(max_length=64)
    name: str = Field(max_length=200, description="Whose labels were shown, as the sample names them.")
    labels: list[EnumField[Label] | None] = Field(max_length=5000, description="The labels that were shown.")
    verdict: EnumField[ReviewVerdict]
    note: str = Field(default="", max_length=10_000)


class SendBackBody(Body):
    """A note that annotators read when their work is sent back."""

    note: str = Field(default="", max_length=10_000)


def add_review(
    api: FastAPI, projects: ProjectRepository, results: ResultRepository, accounts: AccountRepository
) -> None:
    """Add the routes of review."""

    @api.get("/splits", tags=["review"], summary="List the splits of all projects in work, or those in one state")
    def all_splits(_: Reviewer, state: SplitState | None = None) -> QueuedSplitList:
        return {
            "splits": [
                {"queue": queue.id, "title": queue.title, **_split_view(split)}
                for queue in _reviewed(projects)
                for split in projects.list_splits(queue.id)
                if state in (None, split.state)
            ]
        }

    @api.get("/queues/{queue_id}/splits", tags=["review"], summary="List the splits of a queue")
    def splits(queue_id: str, _: Reviewer) -> SplitList:
        return {"splits": [_split_view(each) for each in projects.list_splits(queue_id)]}

    @api.get("/queues/{queue_id}/splits/{number}", tags=["review"], summary="Get the sample of a split")
    def sample(queue_id: str, number: PathNumber, _: Reviewer) -> SplitSample:
        names = accounts.get_display_names()
        items = [
            _sampled_item(each, results.get_solution(each.solution_id).problem, names)
            for each in projects.list_sample(queue_id, number)
        ]
        state = next(each.state for each in projects.list_splits(queue_id) if each.number == number)
        return {"state": state, "items": items}

    @api.post("/queues/{queue_id}/splits/{number}/verdicts", tags=["review"], summary="Judge sampled work")
    def judge(queue_id: str, number: PathNumber, body: VerdictBody, principal: Reviewer) -> Empty:
        shown = FinishedWork(task_id=body.task, annotator=body.name, labels=tuple(body.labels))
        projects.add_verdict(principal.name, queue_id, number, shown, body.verdict, body.note)
        return {}

    @api.post("/queues/{queue_id}/splits/{number}/accept", tags=["review"], summary="Accept a judged split")
    def accept(queue_id: str, number: PathNumber, principal: Reviewer) -> Empty:
        projects.accept_split(principal.name, queue_id, number)
        return {}

    @api.post("/queues/{queue_id}/splits/{number}/send-back", tags=["review"], summary="Send a split back to be redone")
    @api.post(
        "/queues/{queue_id}/splits/{number}/return",
        tags=["review"],
        summary="Send a split back to be redone, under the former name",
        deprecated=True,
    )
    def send_back(queue_id: str, number: PathNumber, body: SendBackBody, principal: Reviewer) -> Reopened:
        return {"reopened": projects.send_back_split(principal.name, queue_id, number, body.note)}


def _reviewed(projects: ProjectRepository) -> Iterator[Queue]:
    """Iterate over the queues that have splits, the newest project first. A run's queue has none: nobody reviews it."""
    for project in projects.list_projects():
        if project.options.review_share > 0:
            yield from projects.list_queues(project.id)


def _split_view(split: ReviewSplit) -> SplitView:
    return {
        "split": split.number,
        "state": split.state,
        "round": split.round,
        "done": split.done,
        "total": split.total,
        "reviewed": split.reviewed,
        "sample": split.sample,
        "wrong": split.wrong,
    }


def _sampled_item(sampled: SampledWork, problem: Problem, names: Mapping[str, str]) -> SampledItem:
    return {
        "task": sampled.task_id,
        "solution": sampled.solution_id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        "annotator": names.get(sampled.annotator, sampled.annotator),
        "name": sampled.annotator,
        "labels": list(sampled.labels),
        "verdict": sampled.verdict,
        "note": sampled.note,
    }
