"""Routes of imports: a file is sent, looked at and only then stored, in the background. For admins."""

import json
from collections.abc import Iterator
from typing import Annotated, cast

from fastapi import FastAPI, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from engine.limits import MAX_SOLUTIONS
from storage.transfer.columns import NAMES
from storage.transfer.exporting import ALWAYS_LEFT_OUT
from storage.transfer.job_folder import TransferJob
from visualprm_ui.api.access import Admin
from visualprm_ui.api.downloads import attached
from visualprm_ui.api.requests import Body, raw_answer, raw_body
from visualprm_ui.api.shapes.transfer import (
    FormatList,
    FormatView,
    ImportList,
    ImportReportView,
    ImportView,
    JobView,
    RecognisedView,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.import_jobs import Import, ImportChoice, ImportJobs
from visualprm_ui.use_cases.transfer_formats import list_formats

Name = Annotated[str, Query(max_length=1000)]


class ImportChoiceBody(Body):
    """How to read a file instead; fields left out stay, null means: as it is by itself."""

    file: str | None = Field(default=None, max_length=1000)
    format: str | None = Field(default=None, max_length=100)
    columns: dict[str, str] | None = Field(default=None, description="Our name of a field -> the file's.")
    source: str | None = Field(default=None, max_length=1000)
    project: str | None = Field(default=None, max_length=100)


class HubBody(Body):
    """A data set of the model hub."""

    dataset: str = Field(max_length=200, description="OWNER/NAME")
    source: str | None = Field(default=None, max_length=1000)
    project: str | None = Field(default=None, max_length=100)


class ImportStartBody(Body):
    """Where the solutions go."""

    project: str | None = Field(default=None, max_length=100, description="Null: as was chosen before.")
    solutions: int | None = Field(
        default=None, ge=1, le=MAX_SOLUTIONS, description="The model writes so many for each problem alone."
    )


def add_imports(api: FastAPI, imports: ImportJobs) -> None:
    """Add the routes of imports."""

    @api.get("/imports", tags=["dataset"], summary="List imports, the newest first")
    def list_imports(_: Admin) -> ImportList:
        return {"imports": [import_view(each) for each in imports.list()]}

    @api.post(
        "/imports",
        tags=["dataset"],
        summary="Send a file and have it looked at; nothing of it is stored",
        openapi_extra=raw_body("application/octet-stream"),
    )
    async def upload(
        request: Request, principal: Admin, name: Name = "", source: str | None = None, project: str | None = None
    ) -> ImportView:
        choice = ImportChoice(source=source, project=project)
        return import_view(await imports.upload(request.stream(), name, principal.name, choice))

    @api.post("/imports/hub", tags=["dataset"], summary="Have a data set of the model hub fetched and looked at")
    def fetch(body: HubBody, principal: Admin) -> ImportView:
        choice = ImportChoice(source=body.source, project=body.project)
        return import_view(imports.fetch(body.dataset, principal.name, choice))

    @api.get("/imports/{import_id}", tags=["dataset"], summary="Get an import: its file and its progress")
    def get_import(import_id: str, _: Admin) -> ImportView:
        return import_view(imports.get(import_id))

    @api.patch(
        "/imports/{import_id}",
        tags=["dataset"],
        summary="Preview a file again, in another format or with other columns",
    )
    def change(import_id: str, body: ImportChoiceBody, _: Admin) -> ImportView:
        return import_view(imports.change(import_id, body.model_dump(include=body.model_fields_set)))

    @api.post("/imports/{import_id}/start", tags=["dataset"], summary="Store what a file holds")
    def start(import_id: str, _: Admin, body: ImportStartBody | None = None) -> ImportView:
        asked = body or ImportStartBody()
        return import_view(imports.start(import_id, asked.project, asked.solutions))

    @api.post("/imports/{import_id}/cancel", tags=["dataset"], summary="Cancel what an import is doing")
    def cancel(import_id: str, _: Admin) -> ImportView:
        return import_view(imports.cancel(import_id))

    @api.delete("/imports/{import_id}", tags=["dataset"], summary="Forget an import and its file")
    def remove(import_id: str, _: Admin) -> Empty:
        imports.remove(import_id)
        return {}


def add_import_reports(api: FastAPI, imports: ImportJobs, store_options: str) -> None:
    """Add the routes of what there is to say beside: the formats, and the whole report of an import.

    ``store_options``: by which a command opens this store.
    """

    @api.get("/formats", tags=["dataset"], summary="List the formats of imports and exports")
    def formats(_: Admin) -> FormatList:
        return {
            "formats": [cast(FormatView, each) for each in list_formats()],
            "fields": list(NAMES),
            "left_out": list(ALWAYS_LEFT_OUT),
            "store_options": store_options,
        }

    @api.get(
        "/imports/{import_id}/report",
        tags=["dataset"],
        summary="Download the report of an import, with every bad line",
        response_class=Response,
        responses=raw_answer("application/json"),
    )
    def report(import_id: str, _: Admin) -> Response:
        found = import_view(imports.get(import_id))
        bad = imports.list_errors(import_id)

        def parts() -> Iterator[str]:
            shown = {name: value for name, value in found.items() if name != "errors"}
            yield json.dumps(shown, ensure_ascii=False, indent=1)[:-2] + ',\n "errors": ['
            for number, each in enumerate(bad):
                row = {"line": each.line, "reason": each.reason}
                yield (",\n  " if number else "\n  ") + json.dumps(row, ensure_ascii=False)
            yield "\n ]\n}\n"

        headers = attached(f"import-{import_id[:8]}.json")
        return StreamingResponse(parts(), media_type="application/json", headers=headers)


def job_view(job: TransferJob) -> JobView:
    """Return how far an import or an export is."""
    return {
        "id": job.id,
        "state": job.state,
        "title": job.title,
        "by": job.by,
        "created_at": job.created_at.isoformat(),
        "rows": job.done,
        "share": job.share,
        "seconds": job.seconds,
        "seconds_left": job.seconds_left,
        "message": job.message,
    }


_COUNTS = tuple(ImportReportView.__annotations__)  # those that an earlier version did not count are null


def import_view(found: Import) -> ImportView:
    """Return an import as REST sends it."""
    choice, report = found.choice, found.report
    return {
        **job_view(found.job),
        "phase": found.job.phase,
        "file": choice.file,
        "files": list(found.files),
        "other_files": found.other_files,
        "format": choice.format,
        "columns": dict(choice.columns or {}),
        "source": choice.source,
        "project": choice.project,
        "solutions": choice.solutions,
        "recognised": cast("RecognisedView | None", found.preview),
        "report": None if report is None else cast(ImportReportView, {each: report.get(each) for each in _COUNTS}),
        "errors": [{"line": bad.line, "reason": bad.reason} for bad in found.errors],
    }
