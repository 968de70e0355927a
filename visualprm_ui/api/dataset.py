"""Routes of the dataset as a whole: how much is labelled, and the export."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from engine.domain import Role, now
from storage import BadSetting, QueueOverview, ResultRepository
from storage.runs.targets import Target, TargetKind
from storage.transfer.label_choice import read_label_choice
from visualprm_ui.api.access import Admin, Annotator, Reviewer
from visualprm_ui.api.requests import raw_answer
from visualprm_ui.api.shapes.results import DatasetQueue, DatasetSummaryView, WeekView
from visualprm_ui.use_cases.dataset_transfer import DatasetTransfer


def add_dataset(api: FastAPI, results: ResultRepository, transfer: DatasetTransfer) -> None:
    """Add the routes of the dataset's counts and export."""

    @api.get("/dataset", tags=["dataset"], summary="Count what is labelled, queue by queue")
    def dataset(principal: Annotator) -> DatasetSummaryView:
        summary = results.summarise_dataset(principal.name)
        # a count over everybody that does not move at one's own submission would reveal a gold item
        sees_all = principal.may(Role.REVIEWER)
        return {
            "labelled": summary.labelled if sees_all else summary.labelled_by_me,
            "exportable": summary.exportable if sees_all else None,
            "solutions": summary.solutions,
            "annotators": summary.annotators if sees_all else None,
            "queues": [_queue_view(each, sees_all) for each in summary.queues],
        }

    @api.get("/dataset/week", tags=["dataset"], summary="Count what people labelled in the last seven days")
    def week(_: Reviewer) -> WeekView:
        found = results.count_recent(now() - timedelta(days=7))
        return {"labels": found.labels, "people": found.people}

    @api.get(
        "/export/visualprocessbench",
        tags=["dataset"],
        summary="Download the labels as VisualProcessBench",
        response_class=Response,
        responses=raw_answer("application/zip"),
    )
    def export(
        _: Admin,
        queue: str | None = None,
        evaluation: bool = False,
        labels: str = "final",
        kind: TargetKind | None = None,
        of: str | None = None,
    ) -> Response:
        choice, target = read_label_choice(labels), _read_target(kind, of)
        held = ExitStack()  # the archive lives until its last byte is sent
        archive = held.enter_context(
            transfer.export_archive(queue, evaluation=evaluation, choice=choice, target=target)
        )
        name = f"visualprocessbench-{datetime.now(UTC):%Y%m%d-%H%M}.zip"
        return FileResponse(archive, filename=name, background=BackgroundTask(held.close))


def _read_target(kind: TargetKind | None, of: str | None) -> Target | None:
    if (kind is None) != (of is None):
        raise BadSetting("Give both kind (run, problem or picture) and of (its id), or neither.")
    return None if kind is None or of is None else Target(kind=kind, id=of)


def _queue_view(row: QueueOverview, sees_all: bool) -> DatasetQueue:
    return {
        "queue": row.mine.queue.id,
        "title": row.mine.queue.title,
        "image": row.image,
        "run": row.mine.run_id,
        "mine": row.labelled_by_me,
        "skipped": row.skipped_by_me,
        "done": row.labelled if sees_all else None,
        "total": row.mine.queue.total,
    }
