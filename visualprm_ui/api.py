"""REST beside the pages: images, runs, label events, reveal, export. One small application, mounted at ``/api``.

Label saves go here and not through Gradio events: a save costs a twelfth of the server time and the page controls its retries.
Every write needs the header ``X-VP: 1``, which no foreign page can send, and every error is ``{"error": one sentence}``.
Knows the use cases and who is asking; a route that gives out a score checks that the person has submitted first.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from engine import InvalidRequest
from engine.domain import Label, LabelTask, SkipReason
from storage import (
    BadImage,
    DatasetSummary,
    DiskError,
    EventKind,
    ImageTooLarge,
    LabelEvent,
    NotFound,
    NothingToLabel,
    NotSubmitted,
    StoreError,
    UnsupportedImage,
)
from visualprm_ui.flows import Workbench, solution_score, step_scores
from visualprm_ui.identity import Identity

log = logging.getLogger(__name__)

Answer = dict[str, Any]  # JSON; docs/api.md has the shapes

MAX_UPLOAD = 20 * 1024 * 1024  # bytes
MAX_EVENTS = 500  # in one request
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}  # of stored pictures
WRITE_HEADER = "X-VP"


class EventBody(BaseModel):
    """One change an annotator made; ``uuid`` makes sending it twice harmless."""

    uuid: str = Field(min_length=8, max_length=64)
    ts: float = Field(ge=0, le=4e12, description="When it happened on the annotator's clock, milliseconds since 1970.")
    task: str = Field(max_length=64)
    type: EventKind
    step: int | None = Field(default=None, ge=0)
    value: Label | None = None
    text: str | None = Field(default=None, max_length=10_000)
    flagged: bool | None = None
    reason: SkipReason | None = None
    seconds: float | None = Field(default=None, ge=0, le=1e7)


class EventsBody(BaseModel):
    """A batch of changes, in the order they were made."""

    events: list[EventBody] = Field(max_length=MAX_EVENTS)


def build_api(workbench: Workbench, identity: Identity) -> FastAPI:
    """Return the REST application."""
    api = FastAPI(title="VisualPRM Workbench", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    _add_errors(api)
    _add_guard(api)
    _add_runs(api, workbench, identity)
    _add_images(api, workbench)
    _add_labels(api, workbench, identity)
    _add_dataset(api, workbench, identity)
    return api


def _add_guard(api: FastAPI) -> None:
    @api.middleware("http")
    async def refuse_foreign_writes(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method not in ("GET", "HEAD", "OPTIONS") and request.headers.get(WRITE_HEADER) != "1":
            return _error(403, f"Writes need the header {WRITE_HEADER}: 1.")
        return await call_next(request)


def _add_errors(api: FastAPI) -> None:
    statuses: tuple[tuple[type[Exception], int], ...] = (
        (NotFound, 404),
        (NotSubmitted, 403),
        (ImageTooLarge, 413),
        (UnsupportedImage, 415),
        (BadImage, 400),
        (NothingToLabel, 409),
        (DiskError, 507),
        (InvalidRequest, 400),
        (StoreError, 503),
    )
    for kind, status in statuses:
        api.add_exception_handler(kind, lambda _, error, status=status: _error(status, str(error)))

    @api.exception_handler(Exception)
    async def unknown(_: Request, error: Exception) -> Response:
        reference = secrets.token_hex(3)
        log.error("error=%s", reference, exc_info=error)
        return _error(500, f"Something went wrong; the log names it as {reference}.")

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return _error(422, f"{where}: {first['msg']}.")


def _add_runs(api: FastAPI, workbench: Workbench, identity: Identity) -> None:
    @api.get("/status")
    def status(request: Request) -> Answer:
        engine = workbench.status()
        return {
            "engine": {
                "state": engine.state.value,
                "policy": engine.policy,
                "reward_model": engine.reward_model,
                "message": engine.message,
                "waiting": engine.waiting,
            },
            "annotator": identity.who(request),
        }

    @api.get("/runs")
    def runs(limit: Annotated[int, Query(ge=1, le=100)] = 20, before: str | None = None) -> Answer:
        return {
            "runs": [
                {
                    "run": summary.run.id,
                    "question": summary.problem.question,
                    "image": summary.problem.images[0] if summary.problem.images else None,
                    "answer": summary.best_answer,
                    "state": summary.run.state.value,
                    "n": summary.run.sampling.n,
                    "created_at": summary.run.created_at.isoformat(),
                }
                for summary in workbench.list_runs(limit, before)
            ]
        }

    @api.get("/runs/{run_id}")
    def run(run_id: str) -> Answer:
        return workbench.view_run(run_id)

    @api.post("/runs/{run_id}/stop")
    def stop(run_id: str) -> Answer:
        return {"stopped": workbench.stop_run(run_id)}

    @api.post("/runs/{run_id}/queue")
    def label_run(run_id: str) -> Answer:
        return {"queue": workbench.label_run(run_id)}


def _add_images(api: FastAPI, workbench: Workbench) -> None:
    async def body(request: Request) -> bytes:
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_UPLOAD:
                raise ImageTooLarge(f"The file is larger than {MAX_UPLOAD // 2**20} MB. Choose a smaller picture.")
        return bytes(data)

    @api.post("/images")
    def add_image(data: Annotated[bytes, Depends(body)]) -> Answer:
        image = workbench.add_image(data)
        return {"sha": image.sha, "width": image.width, "height": image.height, "notice": image.notice}

    @api.get("/images/{sha}")
    def image(sha: str, edge: Annotated[int | None, Query(ge=16, le=1024)] = None) -> Response:
        images = workbench.store.images
        # Content-addressed: the bytes behind an address never change.
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        if edge is not None:
            return Response(images.thumbnail(sha, edge), media_type="image/webp", headers=headers)
        path = images.path(sha)
        # said here: what mimetypes knows depends on the machine, and nosniff makes a wrong guess a broken picture
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=headers)


def _add_labels(api: FastAPI, workbench: Workbench, identity: Identity) -> None:
    store = workbench.store

    @api.get("/queues")
    def queues(request: Request) -> Answer:
        rows = workbench.list_queues(identity.who(request))
        return {
            "queues": [
                {"queue": row.queue.id, "title": row.queue.title, "done": row.done, "total": row.queue.total}
                for row in rows
            ]
        }

    def answer(queue_id: str, task: LabelTask | None, annotator: str) -> Answer:
        progress = store.get_queue(queue_id, annotator)
        return {
            "task": _task_json(workbench, task) if task else None,
            "progress": {"done": progress.done, "total": progress.queue.total},
            "title": progress.queue.title,
        }

    @api.get("/queues/{queue_id}/next")
    def next_task(queue_id: str, request: Request) -> Answer:
        annotator = identity.who(request)
        return answer(queue_id, store.next_task(queue_id, annotator), annotator)

    @api.get("/queues/{queue_id}/tasks/{position}")
    def task_at(queue_id: str, position: int, request: Request) -> Answer:
        annotator = identity.who(request)
        return answer(queue_id, store.task_at(queue_id, position, annotator), annotator)

    @api.post("/events")
    def save_events(body: EventsBody, request: Request) -> Answer:
        receipt = store.save_events(identity.who(request), [_as_event(event) for event in body.events])
        return {
            "acknowledged": list(receipt.acknowledged),
            "rejected": [{"uuid": rejection.uuid, "reason": rejection.reason} for rejection in receipt.rejected],
        }

    @api.get("/tasks/{task_id}/reveal")
    def reveal(task_id: str, request: Request) -> Answer:
        task, scoring = workbench.reveal(task_id, identity.who(request))
        return {
            "scores": list(step_scores(task, scoring)),
            "solution_score": solution_score(scoring),
            "reward_model": scoring.reward_model if scoring else None,
        }


def _dataset_json(summary: DatasetSummary) -> Answer:
    return {
        "labelled": summary.labelled,
        "solutions": summary.solutions,
        "annotators": summary.annotators,
        "queues": [
            {
                "queue": row.mine.queue.id,
                "title": row.mine.queue.title,
                "image": row.image,
                "run": row.mine.run_id,
                "mine": row.mine.done,
                "done": row.done,
                "total": row.mine.queue.total,
            }
            for row in summary.queues
        ],
    }


def _add_dataset(api: FastAPI, workbench: Workbench, identity: Identity) -> None:
    @api.get("/dataset")
    def dataset(request: Request) -> Answer:
        return _dataset_json(workbench.store.summarise_dataset(identity.who(request)))

    @api.get("/export/visualprocessbench")
    def export() -> Response:
        held = ExitStack()  # the archive lives until its last byte is sent
        archive = held.enter_context(workbench.export_archive())
        name = f"visualprocessbench-{datetime.now(UTC):%Y%m%d-%H%M}.zip"
        return FileResponse(archive, filename=name, background=BackgroundTask(held.close))


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
        at_client=datetime.fromtimestamp(body.ts / 1000, UTC),
    )


def _task_json(workbench: Workbench, task: LabelTask) -> Answer:
    """Return what the label board draws. LabelTask has no score in it, so this cannot leak one."""
    images = []
    for sha in task.problem.images:
        width, height = workbench.store.images.size(sha)
        images.append({"sha": sha, "width": width, "height": height})
    return {
        "id": task.id,
        "queue": task.queue_id,
        "position": task.position,
        "total": task.total,
        "question": task.problem.question,
        "images": images,
        "data_source": task.problem.data_source,
        "reference": task.problem.answer,
        "model_answer": task.model_answer,
        "steps": list(task.steps),
        "labels": [None if label is None else int(label) for label in task.labels],
        "flagged": task.flagged,
        "note": task.note,
        "skip_reason": task.skip_reason.value if task.skip_reason else None,
        "submitted": task.submitted,
        "revealed": task.revealed,
    }


def _error(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status)
