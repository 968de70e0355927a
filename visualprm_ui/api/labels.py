"""Routes of labelling: queues, tasks, label events, reveal, guideline. A task's scores are served only after its submission.

Saves go through REST and not through Gradio events: a save costs a twelfth of the server time, and the page controls its retries.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import HTTPException
from pydantic import Field

from engine.domain import ErrorType, Label, LabelTask, SkipReason, StepDetail, now
from storage import (
    AccountRepository,
    Blocked,
    EventKind,
    ImageRepository,
    ItemState,
    LabelEvent,
    LabellingRepository,
    MappedItem,
    QuestionedStep,
    QueueSummary,
    WrongVerdict,
)
from visualprm_ui.api.access import WAY_OUT_HEADER, Annotator, IdentifiedAnnotator
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, PathNumber
from visualprm_ui.api.shapes.labelling import (
    GuidelineView,
    ItemMap,
    LabelTaskView,
    MappedItemView,
    QueueList,
    QueueProgress,
    Receipt,
    Reveal,
    TaskAnswer,
)
from visualprm_ui.api.shapes.projects import Released
from visualprm_ui.api.shapes.review import QuestionedStepView, WrongVerdictView
from visualprm_ui.api.shapes.values import StepDetailView
from visualprm_ui.use_cases.guideline import read_guideline, resolve_guideline
from visualprm_ui.use_cases.pictures import ImageRef, image_refs
from visualprm_ui.use_cases.scores import predictions, solution_score, step_scores

MAX_EVENTS = 500  # in one request
MAX_GIVEN_BACK = 50  # tasks in one request; a person holds three


class EventBody(Body):
    """One change that an annotator made; its ``uuid`` makes sending it twice harmless."""

    uuid: str = Field(min_length=8, max_length=64)
    ts: float = Field(ge=0, le=4e12, description="When it happened on the annotator's clock, milliseconds since 1970.")
    task: str = Field(max_length=64)
    type: EnumField[EventKind]
    step: int | None = Field(default=None, ge=0, le=1_000_000)
    value: EnumField[Label] | None = None
    text: str | None = Field(default=None, max_length=10_000)
    flagged: bool | None = None
    reason: EnumField[SkipReason] | None = None
    seconds: float | None = Field(default=None, ge=0, le=1e7)
    error_type: EnumField[ErrorType] | None = None


class EventsBody(Body):
    """A batch of changes, in the order they were made."""

    events: list[EventBody] = Field(max_length=MAX_EVENTS)
    annotator: str | None = Field(
        default=None, max_length=200, description="Whose changes they are; refused where somebody else is signed in."
    )


class GiveBackBody(Body):
    """Tasks that their annotator has done nothing on."""

    tasks: list[str] = Field(min_length=1, max_length=MAX_GIVEN_BACK)


def add_tasks(
    api: FastAPI, labelling: LabellingRepository, images: ImageRepository, accounts: AccountRepository
) -> None:
    """Add the routes of queues and their tasks."""

    def review_of(task: LabelTask, annotator: str) -> WrongVerdictView | None:
        if task.send_back_note is None:
            return None  # asked only where there is something to find: this is on the way of every item
        found = labelling.find_wrong_verdict(task.id, annotator)
        return None if found is None else verdict_view(found, accounts.get_display_names())

    @api.get("/queues", tags=["labels"], summary="List queues with your progress")
    def queues(principal: Annotator) -> QueueList:
        return {"queues": [_queue_view(each) for each in labelling.list_queues(principal.name)]}

    @api.get("/queues/{queue_id}/items", tags=["labels"], summary="List the items of your assignment list")
    def items(queue_id: str, principal: IdentifiedAnnotator) -> ItemMap:
        found = labelling.list_items(queue_id, principal.name)
        names = accounts.get_display_names() if any(each.sent_back_by for each in found) else {}
        return {"items": [_item_view(each, names) for each in found]}

    def answer(queue_id: str, task: LabelTask | Blocked | None, annotator: str) -> TaskAnswer:
        progress = labelling.get_queue(queue_id, annotator)
        blocked = task if isinstance(task, Blocked) else None
        view = None
        if isinstance(task, LabelTask):
            view = _task_view(task, image_refs(images, task.problem.images), review_of(task, annotator))
        return {
            "task": view,
            "progress": {"done": progress.done, "total": progress.mine, "taken_over": progress.taken_over},
            "title": progress.queue.title,
            "waiting": blocked is not None,
            "blocked": None if blocked is None else {"why": blocked.why, "text": blocked.text},
        }

    @api.get("/queues/{queue_id}/next", tags=["labels"], summary="Get your first task that is not submitted")
    def next_task(queue_id: str, principal: IdentifiedAnnotator) -> TaskAnswer:
        return answer(queue_id, labelling.next_task(queue_id, principal.name), principal.name)

    @api.get(
        "/queues/{queue_id}/tasks/{position}",
        tags=["labels"],
        summary="Get the task at a position of your assignment list",
    )
    def task_at(queue_id: str, position: PathNumber, principal: IdentifiedAnnotator) -> TaskAnswer:
        return answer(queue_id, labelling.task_at(queue_id, position, principal.name), principal.name)

    @api.post(
        "/queues/{queue_id}/give-back",
        tags=["labels"],
        summary="Let others have tasks that you have done nothing on; they stay on your list",
    )
    def give_back(queue_id: str, body: GiveBackBody, principal: IdentifiedAnnotator) -> Released:
        return {"released": labelling.give_back(queue_id, body.tasks, principal.name)}


def add_labels(api: FastAPI, labelling: LabellingRepository, data_dir: Path) -> None:
    """Add the routes of saving labels, of the scores afterwards, and of the guideline. ``data_dir``: may hold a guideline."""

    @api.post("/events", tags=["labels"], summary="Save changes; those acknowledged are on disk")
    def save_events(body: EventsBody, principal: IdentifiedAnnotator) -> Receipt:
        if body.annotator not in (None, principal.name):
            # Another person signed in while a tab still held these: they wait on the device for their own annotator.
            # A guest cannot become an earlier guest again; after a reload the page goes on as the present one.
            way_out = {WAY_OUT_HEADER: "reload"} if principal.person is None else None
            raise HTTPException(
                401, f"These changes are {body.annotator!r}'s; {principal.name!r} is signed in.", way_out
            )
        receipt = labelling.save_events(principal.name, [_as_event(event) for event in body.events])
        return {
            "acknowledged": list(receipt.acknowledged),
            "rejected": [{"uuid": each.uuid, "reason": each.reason, "gone": each.gone} for each in receipt.rejected],
            "late": list(receipt.late),
        }

    @api.get("/tasks/{task_id}/reveal", tags=["labels"], summary="Get the scores of a task you have submitted")
    def reveal(task_id: str, principal: Annotator) -> Reveal:
        scoring = labelling.reveal(task_id, principal.name)
        task = labelling.get_task(task_id, principal.name)
        scores = step_scores(len(task.steps), scoring)
        return {
            "scores": scores,
            "predicted": predictions(scores),
            "solution_score": solution_score(scoring),
            "reward_model": scoring.reward_model if scoring else None,
        }

    @api.get(
        "/guideline", tags=["labels"], summary="Get the labelling guideline, of a queue's project where it has its own"
    )
    def guideline(principal: Annotator, queue: str | None = None) -> GuidelineView:
        if queue is None:
            found = read_guideline(data_dir)
        else:
            found = resolve_guideline(data_dir, labelling.get_guideline(queue, principal.name))
        return {"version": found.version, "text": found.text}


def detail_view(detail: StepDetail | None) -> StepDetailView | None:
    """Return what an annotator said about a step besides its label."""
    if detail is None:
        return None
    return {"note": detail.note, "correction": detail.correction, "error_type": detail.error_type}


def _as_event(body: EventBody) -> LabelEvent:
    return LabelEvent(
        uuid=body.uuid,
        task_id=body.task,
        kind=body.type,
        step=body.step,
        value=body.value,
        text=body.text,
        flagged=body.flagged,
        skip_reason=body.reason,
        seconds=body.seconds,
        error_type=body.error_type,
        at_client=datetime.fromtimestamp(body.ts / 1000, UTC),
    )


def _item_view(item: MappedItem, names: Mapping[str, str]) -> MappedItemView:
    by = item.sent_back_by
    return {
        "position": item.position,
        "state": item.state,
        "flagged": item.flagged,
        "is_quiz": item.is_quiz,
        "skip_reason": item.skip_reason,
        "note": item.note,
        "returned": item.send_back_note if item.state is ItemState.RETURNED else None,
        "returned_by": None if by is None else names.get(by, by),
        "found_wrong": item.found_wrong,
        "seconds": item.seconds,
        "done_at": None if item.done_at is None else item.done_at.isoformat(),
    }


def verdict_view(verdict: WrongVerdict, names: Mapping[str, str]) -> WrongVerdictView:
    """Return why labels were found wrong."""
    by = names.get(verdict.by, verdict.by)
    return {"by": by, "note": verdict.note, "questioned": questioned_view(verdict.questioned)}


def questioned_view(questioned: Iterable[QuestionedStep]) -> list[QuestionedStepView]:
    """Return the steps whose labels a reviewer does not share."""
    return [{"step": each.step, "should_be": each.should_be} for each in questioned]


def _queue_view(row: QueueSummary) -> QueueProgress:
    return {
        "queue": row.queue.id,
        "title": row.queue.title,
        "done": row.done,
        "total": row.mine,
        "returned": row.returned,
        "project": row.project_id is not None,
        "paused": row.paused,
    }


def _task_view(task: LabelTask, images: list[ImageRef], review: WrongVerdictView | None) -> LabelTaskView:
    """Return what the label board draws. A LabelTask holds no score, so this cannot leak one."""
    options = task.options
    return {
        "id": task.id,
        "queue": task.queue_id,
        "position": task.sequence_no,
        "total": task.total,
        "question": task.problem.question,
        "images": images,
        "data_source": task.problem.data_source,
        "reference": task.problem.answer,
        "model_answer": task.model_answer,
        "steps": list(task.steps),
        "labels": list(task.labels),
        "details": [detail_view(detail) for detail in task.details],
        "first_error": task.first_error,
        "flagged": task.flagged,
        "note": task.note,
        "skip_reason": task.skip_reason,
        "submitted": task.submitted,
        "revealed": task.revealed,
        "returned": task.send_back_note,
        "review": review,
        "is_quiz": task.is_quiz,
        "quiz_passed": task.quiz_passed,
        # a duration, not a time of day: the clocks of page and server may differ
        "held_seconds": None if task.leased_until is None else max(0.0, (task.leased_until - now()).total_seconds()),
        "taken_over": task.taken_over,
        "guideline_version": task.guideline_version,
        # without `order`: how solutions are ordered would say something about their scores
        "options": {
            "blind": options.blind,
            "first_error": options.first_error,
            "error_types": options.error_types,
            "step_notes": options.step_notes,
            "quiz_pass": options.quiz_pass if task.is_quiz else None,
        },
    }
