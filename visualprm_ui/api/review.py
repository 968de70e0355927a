"""Routes of review: the splits of a queue, the sample to judge, accepting a split or sending it back. For reviewers."""

from collections.abc import Iterator, Mapping

from fastapi import FastAPI
from pydantic import Field

from engine.domain import Label, Role
from storage import (
    AccountRepository,
    FinishedWork,
    ImageRepository,
    LabellingRepository,
    ProjectRepository,
    QuestionedStep,
    Queue,
    ResultRepository,
    ReviewItem,
    ReviewSplit,
    ReviewVerdict,
    SampledWork,
    SolutionRecord,
    SplitState,
    WorkJudgement,
)
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.labels import detail_view, questioned_view, verdict_view
from visualprm_ui.api.requests import Body, PathNumber
from visualprm_ui.api.shapes.review import (
    FormerVerdictView,
    QueuedSplitList,
    Reopened,
    ReviewItemView,
    SampledItem,
    SplitList,
    SplitSample,
    SplitView,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.pictures import ImageRef, image_refs
from visualprm_ui.use_cases.scores import predictions, step_scores


class QuestionedStepBody(Body):
    """A step whose label the reviewer does not share."""

    step: int = Field(ge=0, le=1_000_000)
    should_be: EnumField[Label] | None = None


class VerdictBody(Body):
    """A reviewer's verdict on one annotator's work in a sample."""

    task: str = Field(max_length=64)
    name: str = Field(max_length=200, description="Whose labels were shown, as the sample names them.")
    labels: list[EnumField[Label] | None] = Field(max_length=5000, description="The labels that were shown.")
    verdict: EnumField[ReviewVerdict]
    note: str = Field(default="", max_length=10_000)
    questioned: list[QuestionedStepBody] = Field(
        default=[], max_length=5000, description="With a wrong verdict: the steps it is about, and what each should be."
    )


class SendBackBody(Body):
    """A note that annotators read when their work is sent back."""

    note: str = Field(default="", max_length=10_000)


def add_splits(api: FastAPI, projects: ProjectRepository, accounts: AccountRepository) -> None:
    """Add the routes that list splits."""

    @api.get("/splits", tags=["review"], summary="List the splits of all projects in work, or those in one state")
    def all_splits(principal: Reviewer, state: SplitState | None = None) -> QueuedSplitList:
        return {
            "splits": [
                {"queue": queue.id, "title": queue.title, **view}
                for queue in iter_reviewed_queues(projects)
                for view in split_views(queue.id, principal.name)
                if state in (None, view["state"])
            ],
            "others": _other_reviewers(accounts, principal),
        }

    @api.get("/queues/{queue_id}/splits", tags=["review"], summary="List the splits of a queue")
    def splits(queue_id: str, principal: Reviewer) -> SplitList:
        return {"splits": split_views(queue_id, principal.name)}

    def split_views(queue_id: str, reviewer: str) -> list[SplitView]:
        found = projects.list_splits_of_reviewer(queue_id, reviewer)
        return [_split_view(each, each.number in found.judgeable) for each in found.splits]


def add_review(
    api: FastAPI,
    projects: ProjectRepository,
    results: ResultRepository,
    labelling: LabellingRepository,
    accounts: AccountRepository,
    images: ImageRepository,
) -> None:
    """Add the routes of a sample and the verdicts on it."""

    @api.get("/queues/{queue_id}/splits/{number}", tags=["review"], summary="Get the sample of a split")
    def sample(queue_id: str, number: PathNumber, principal: Reviewer) -> SplitSample:
        names = accounts.get_display_names()
        items = [
            _sampled_item(each, results.get_solution(each.solution_id), names, principal.name)
            for each in projects.list_sample(queue_id, number, principal.name)
        ]
        split = next(each for each in projects.list_splits(queue_id) if each.number == number)
        title = labelling.get_queue(queue_id, principal.name).queue.title
        return {
            "title": title,
            "state": split.state,
            "round": split.round,
            "total": split.total,
            "limit": split.limit,
            "items": items,
            "others": _other_reviewers(accounts, principal),
        }

    @api.get(
        "/queues/{queue_id}/splits/{number}/items/{task_id}",
        tags=["review"],
        summary="Get sampled work to judge; its scores follow the verdict",
    )
    def item(queue_id: str, number: PathNumber, task_id: str, principal: Reviewer) -> ReviewItemView:
        found = projects.get_review_item(queue_id, number, task_id, principal.name)
        record = results.get_solution(found.work.solution_id)
        names = accounts.get_display_names()
        view = _item_view(found, record, image_refs(images, record.problem.images), names)
        if found.work.verdict is not None and record.scoring is not None:
            labelling.mark_solution_seen(record.solution.id, principal.name)
            scores = step_scores(len(record.solution.steps), record.scoring)
            view = {**view, "scores": scores, "predicted": predictions(scores)}
        return {**view, "own": found.work.annotator == principal.name}


def add_verdicts(api: FastAPI, projects: ProjectRepository) -> None:
    """Add the routes of verdicts and of what becomes of a split."""

    @api.post("/queues/{queue_id}/splits/{number}/verdicts", tags=["review"], summary="Judge sampled work")
    def judge(queue_id: str, number: PathNumber, body: VerdictBody, principal: Reviewer) -> Empty:
        shown = FinishedWork(task_id=body.task, annotator=body.name, labels=tuple(body.labels))
        questioned = tuple(QuestionedStep(step=each.step, should_be=each.should_be) for each in body.questioned)
        judgement = WorkJudgement(
            by=principal.name, shown=shown, verdict=body.verdict, note=body.note, questioned=questioned
        )
        projects.add_verdict(queue_id, number, judgement)
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


def iter_reviewed_queues(projects: ProjectRepository) -> Iterator[Queue]:
    """Iterate over the queues of projects in work that are reviewed, the newest project first. A run's queue is not."""
    for project in projects.list_projects():
        if project.options.review_share > 0:
            yield from projects.list_queues(project.id)


def _other_reviewers(accounts: AccountRepository, principal: Principal) -> list[str]:
    """Return who with an account may judge besides the asker, as they are shown."""
    found, page = [], accounts.list_people()
    while page:
        reviewers = (each for each in page if each.active and each.role in (Role.REVIEWER, Role.ADMIN))
        found += [each.display_name for each in reviewers if each.name != principal.name]
        page = accounts.list_people(after=page[-1].name)
    return found


def _split_view(split: ReviewSplit, is_judgeable: bool) -> SplitView:
    return {
        "split": split.number,
        "state": split.state,
        "round": split.round,
        "done": split.done,
        "total": split.total,
        "reviewed": split.reviewed,
        "sample": split.sample,
        "wrong": split.wrong,
        "judgeable": is_judgeable,
    }


def _sampled_item(sampled: SampledWork, record: SolutionRecord, names: Mapping[str, str], reviewer: str) -> SampledItem:
    problem = record.problem
    return {
        "task": sampled.task_id,
        "solution": sampled.solution_id,
        "question": problem.question,
        "image": problem.images[0] if problem.images else None,
        "annotator": names.get(sampled.annotator, sampled.annotator),
        "name": sampled.annotator,
        "own": sampled.annotator == reviewer,
        "labels": list(sampled.labels),
        "verdict": sampled.verdict,
        "note": sampled.note,
        "questioned": questioned_view(sampled.questioned),
    }


def _item_view(
    found: ReviewItem, record: SolutionRecord, images: list[ImageRef], names: Mapping[str, str]
) -> ReviewItemView:
    """Return the item without its scores."""
    work, said, problem, solution = found.work, found.said, record.problem, record.solution
    return {
        "task": work.task_id,
        "solution": solution.id,
        "annotator": names.get(work.annotator, work.annotator),
        "name": work.annotator,
        "own": False,
        "question": problem.question,
        "images": images,
        "data_source": problem.data_source,
        "reference": problem.answer,
        "model_answer": solution.answer,
        "steps": list(solution.steps),
        "labels": list(work.labels),
        "details": [detail_view(each) for each in said.details] or None,
        "first_error": said.first_error,
        "flagged": said.flagged,
        "remark": said.note,
        "skip_reason": said.skip_reason,
        "verdict": work.verdict,
        "note": work.note,
        "questioned": questioned_view(work.questioned),
        "before": _former_view(found, names),
        "scores": None,
        "predicted": None,
    }


def _former_view(found: ReviewItem, names: Mapping[str, str]) -> FormerVerdictView | None:
    before = found.before
    if before is None:
        return None
    return {**verdict_view(before, names), "at": before.at.isoformat(), "labels": list(before.labels)}
