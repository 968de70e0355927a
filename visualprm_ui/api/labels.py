"""Routes of labelling: queues, tasks, label events, reveal, guideline. A task's scores are served only after its submission.

Saves go through REST and not through Gradio events: a save costs a twelfth of the server time, and the page controls its retries.
"""

from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import HTTPException
from pydantic import Field

from engine.domain import ErrorType, Label, LabelTask, SkipReason, StepDetail, now
from storage import Blocked, EventKind, ImageRepository, LabelEvent, LabellingRepository
from visualprm_ui.api.access import WAY_OUT_HEADER, Annotator, IdentifiedAnnotator
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body, PathNumber
from visualprm_ui.api.shapes.labelling import GuidelineView, LabelTaskView, QueueList, Receipt, Reveal, TaskAnswer
from visualprm_ui.api.shapes.values import StepDetailView
from visualprm_ui.use_cases.guideline import read_guideline
from visualprm_ui.use_cases.pictures import image_refs
from visualprm_ui.use_cases.scores import predictions, solution_score, step_scores

MAX_EVENTS = 500  # in one request


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


def add_tasks(api: FastAPI, labelling: LabellingRepository, images: ImageRepository) -> None:
    """Add the routes of queues and their tasks."""

    @api.get("/queues", tags=["labels"], summary="List queues with your progress")
    def queues(principal: Annotator) -> QueueList:
        return {
            "queues": [
                {"queue": row.queue.id, "title": row.queue.title, "done": row.done, "total": row.mine}
                for row in labelling.list_queues(principal.name)
            ]
        }

    def answer(queue_id: str, task: LabelTask | Blocked | None, annotator: str) -> TaskAnswer:
        progress = labelling.get_queue(queue_id, annotator)
        blocked = task if isinstance(task, Blocked) else None
        return {
            "task": _task_view(images, task) if isinstance(task, LabelTask) else None,
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

    @api.get("/guideline", tags=["labels"], summary="Get the labelling guideline")
    def guideline(_: Annotator) -> GuidelineView:
        found = read_guideline(data_dir)
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


def _task_view(images: ImageRepository, task: LabelTask) -> LabelTaskView:
    """Return what the label board draws. A LabelTask holds no score, so this cannot leak one."""
    options = task.options
    return {
        "id": task.id,
        "queue": task.queue_id,
        "position": task.sequence_no,
        "total": task.total,
        "question": task.problem.question,
        "images": image_refs(images, task.problem.images),
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
        "is_quiz": task.is_quiz,
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
        },
    }
