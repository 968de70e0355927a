"""Imports as people do them: a file is received and read, what would happen is said, and only when somebody asks is it stored.

A job has two phases: ``check`` unpacks the file, tells its format and reads all of it without storing anything; ``import`` stores
it and queues its solutions in a project. Both run in the background and can be cancelled; what was stored stays, and importing the
file once more goes on from there. The file is removed once it is imported. ``storage/transfer`` reads and stores the rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from engine import InvalidRequest
from engine.domain import Sampling, new_id
from engine.limits import FORM_LIMITS
from storage import BadSetting, NotFound, Selection, Store
from storage.files.private import FILE_MODE, make_private_folder
from storage.formats.lines import BadLine
from storage.transfer import full_rows
from storage.transfer.columns import check_columns
from storage.transfer.full_import import import_full
from storage.transfer.hub_download import check_name, download_data_set
from storage.transfer.import_preview import list_imports, preview_import
from storage.transfer.import_report import ImportReport
from storage.transfer.importing import ImportOptions, check_source, import_file
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from storage.transfer.registry import FORMATS
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.dataset_upload import MAX_UNPACKED, receive, unpack_all, unpack_inside
from visualprm_ui.use_cases.import_files import (
    ERRORS,
    PREVIEW,
    REPORT,
    ROWS,
    UPLOAD,
    choose_file,
    discard,
    read_errors,
    read_json,
    tidy,
    write_json,
    write_report,
)
from visualprm_ui.use_cases.model_job_request import Wanted
from visualprm_ui.use_cases.model_jobs import JobOptions, ModelJobs
from visualprm_ui.use_cases.transfer_jobs import Tell, TransferJobs

MOST_UPLOADS = 20  # files kept at once: each may have 2 GiB, and four times as much when it is unpacked
CHECK, IMPORT = "check", "import"  # phases
SHOWN_ERRORS = 100  # bad lines in an answer; the saved list has all
MAX_NAME = 200  # characters of a file's name that are kept
_BEGUN = ".begun"  # rows may be stored: what is there already may be this import's own
_ITEMS = "items.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChoice:
    """How a file is to be read and where its solutions go."""

    file: str | None = None  # path within the archive; None: the likeliest
    format: str | None = None  # None: the one that its first rows are of
    columns: Mapping[str, str] | None = None  # our name of a field -> the file's
    source: str | None = None  # whose labels the file's are; None: the name of each row's format
    project: str | None = None  # id of the project whose queue its solutions join; None: none
    solutions: int | None = None  # that the model is to write for each problem without any, for that queue; None: none


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedItems:
    """What an import found in its file, new or known."""

    solutions: tuple[str, ...]  # ids
    problems: tuple[str, ...]  # ids of those without a solution in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A job with what is known of its file."""

    job: TransferJob
    choice: ImportChoice
    files: tuple[str, ...]  # that can be imported, the likeliest first
    other_files: int  # in the upload, pictures among them
    preview: Mapping[str, object] | None  # of ImportPreview; None: not read yet
    report: Mapping[str, object] | None  # of the dry run, and then of the import; None: neither has ended
    errors: tuple[BadLine, ...]  # the first bad lines


class ImportJobs:
    """The imports of one store."""

    def __init__(self, store: Store, jobs: JobFolder, runner: TransferJobs, model_jobs: ModelJobs) -> None:
        self._store = store
        self._model_jobs = model_jobs
        self._jobs = jobs
        self._runner = runner
        runner.register(JobKind.IMPORT, self._work, tidy)

    async def upload(self, stream: AsyncIterator[bytes], name: str, by: str, choice: ImportChoice) -> Import:
        """Receive a file and begin to read it; nothing of it is stored.

        Args:
            stream: its bytes.
            name: of the file.
            by: who sends it.
            choice: what is known already.

        Raises:
            BadFile: the file is too large or empty.
            BadSetting: there are too many files already, or the choice cannot be made.
            NotFound: there is no such project.
            DiskError: the disk is full.
        """
        await run_in_threadpool(self._prepare, choice)
        job_id = new_id()
        folder = await run_in_threadpool(self._jobs.make, job_id)
        try:
            await receive(stream, folder / UPLOAD)
        except BaseException:
            self._jobs.remove(job_id)
            raise
        title = "".join(sign for sign in name if sign.isprintable()).strip()[:MAX_NAME] or "file"
        asked = {"name": title, **asdict(choice)}
        job = TransferJob(id=job_id, kind=JobKind.IMPORT, title=title, by=by, asked=asked, phase=CHECK)
        return self._look(await run_in_threadpool(self._runner.submit, job))

    def fetch(self, name: str, by: str, choice: ImportChoice) -> Import:
        """Begin to read a data set of the model hub, as :meth:`upload` does a file. Raises BadSetting, NotFound, DiskError."""
        check_name(name)
        self._prepare(choice)
        asked = {"name": name, "hub": name, **asdict(choice)}
        job = TransferJob(kind=JobKind.IMPORT, title=name, by=by, asked=asked, phase=CHECK)
        self._jobs.make(job.id)
        return self._look(self._runner.submit(job))

    def get(self, job_id: str) -> Import:
        """Return an import as it is now. Raises NotFound."""
        return self._look(self._runner.get(job_id, JobKind.IMPORT))

    def list(self) -> list[Import]:
        """Return all imports, the newest first."""
        found = []
        for each in self._runner.list(JobKind.IMPORT):
            with suppress(NotFound):  # removed meanwhile
                found.append(self._look(each))
        return found

    def change(self, job_id: str, changes: Mapping[str, Any]) -> Import:
        """Read the file again in another way: ``changes`` are of fields of ImportChoice. Raises NotFound, BadSetting."""
        job = self._resting(job_id)
        choice = replace(_choice_of(job), **changes)
        self._check(choice)
        if job.state is JobState.DONE:
            raise BadSetting("This file has been imported. Send it again to read it in another way.")
        for name in (PREVIEW, REPORT, ERRORS, _BEGUN):
            (self._jobs.path(job_id) / name).unlink(missing_ok=True)
        asked = {**job.asked, **asdict(choice)}
        return self._look(self._runner.submit(replace(job, asked=asked, phase=CHECK)))

    def start(self, job_id: str, project: str | None = None, solutions: int | None = None) -> Import:
        """Store what was read; one that was cancelled or failed goes on.

        Args:
            job_id: of an import whose file was read.
            project: whose queue its solutions join; None: as was chosen before.
            solutions: that the model writes for each problem alone, for that queue; None: as was chosen before.

        Raises:
            NotFound: there is no such import or project.
            BadSetting: its file is not read yet, or of no known format, or imported already.
        """
        job = self._resting(job_id)
        found = self._look(job)
        if job.state is JobState.DONE:
            raise BadSetting("This file has been imported already.")
        if found.preview is None or found.preview["format"] is None or found.report is None:
            raise BadSetting("What the file holds is not known yet. Choose its format or columns, then import it.")
        choice = found.choice
        choice = replace(choice, project=project or choice.project, solutions=solutions or choice.solutions)
        if found.preview["format"] == full_rows.NAME and choice.project is not None:
            raise BadSetting("An export of everything brings its own projects. Import it without choosing a project.")
        self._check(choice)
        asked = {**job.asked, **asdict(choice)}
        return self._look(self._runner.submit(replace(job, asked=asked, phase=IMPORT)))

    def cancel(self, job_id: str) -> Import:
        """End what is going on. What was stored stays. Raises NotFound."""
        return self._look(self._runner.cancel(job_id, JobKind.IMPORT))

    def remove(self, job_id: str) -> None:
        """Forget an import and its file, ending what it does; what was stored stays. Raises NotFound."""
        self._runner.remove(job_id, JobKind.IMPORT)

    def get_items(self, job_id: str) -> ImportedItems:
        """Return what an import brought. Raises NotFound, and BadSetting where nothing was imported yet."""
        self._runner.get(job_id, JobKind.IMPORT)
        found = read_json(self._jobs.path(job_id) / _ITEMS)
        if found is None:
            raise BadSetting(
                "This file has not been imported completely, or it was an export of everything. Use another filter."
            )
        return ImportedItems(solutions=tuple(found["solutions"]), problems=tuple(found["problems"]))

    def list_errors(self, job_id: str) -> Iterator[BadLine]:
        """Return all bad lines, to be read once. Raises NotFound."""
        self._runner.get(job_id, JobKind.IMPORT)
        return read_errors(self._jobs.path(job_id))

    def _work(self, job: TransferJob, folder: Path, tell: Tell) -> JobState:
        """Do what a job's phase asks for. Raises StoreError, and what ``tell`` raises."""
        tell(0, None)
        choice = _choice_of(job)
        if job.phase == CHECK:
            return self._read(job, choice, folder, tell)
        checked = read_json(folder / REPORT)
        if checked is not None and not checked["dry_run"]:
            return JobState.DONE  # by a server that was killed before it could record so
        report = self._import_once_more(folder, choice, tell, int(checked["unchanged"]) if checked else 0)
        joined: dict[str, object] = {}
        if choice.project is not None:
            queue = project_queue(self._store.projects, choice.project)
            # a selection of no solutions would be a selection of all
            if report.solutions:
                filled = self._store.projects.add_items(queue.id, Selection(solutions=report.solutions))
                left_out = {"present": filled.left_out.present, "unusable": filled.left_out.unusable}
                joined = {"queue": queue.id, "queued": filled.added, "total": filled.total, **left_out}
            else:
                joined = {"queue": queue.id, "queued": 0, "total": queue.total}
        if choice.project is not None and choice.solutions is not None:
            joined |= self._have_sampled(job, report.problem_ids, choice.project, choice.solutions)
        write_json(folder / _ITEMS, {"solutions": report.solutions, "problems": report.problem_ids})
        write_report(folder, report, joined)  # last: where it is there, all is done
        return JobState.DONE

    def _have_sampled(self, job: TransferJob, problems: Sequence[str], project: str, n: int) -> dict[str, object]:
        """Start the job in which the loaded models write solutions of an import's problems that have none, once for an import."""
        job_id = sha256(f"sampling of {job.id}".encode()).hexdigest()[:32]
        with suppress(NotFound):
            return {"sampling": self._model_jobs.get(job_id).job.id}
        if not (unsolved := self._store.runs.list_unsolved(problems)):
            return {}
        try:
            started = self._model_jobs.start(
                Wanted(problems=unsolved),
                replace(Sampling(), n=n),
                job.by,
                options=JobOptions(project=project, title=job.title),
                job_id=job_id,
            )
        except (BadSetting, InvalidRequest) as error:
            return {"sampling_refused": str(error)}
        return {"sampling": started.job.id}

    def _read(self, job: TransferJob, choice: ImportChoice, folder: Path, tell: Tell) -> JobState:
        """Unpack a file and say what it is and what would happen."""
        rows = folder / ROWS
        if not rows.is_dir():
            part = folder / "unpacking"
            discard(part)
            if job.asked.get("hub"):
                make_private_folder(part)
                download_data_set(str(job.asked["hub"]), part, MAX_UNPACKED, tell)
                unpack_inside(part, lambda: tell(0, None))
            else:
                unpack_all(folder / UPLOAD, part, str(job.asked["name"]), lambda: tell(0, None))
            part.rename(rows)
        tell(0, None)
        path = choose_file(rows, choice.file)
        preview = preview_import(path, choice.format, choice.columns)
        files = tuple(each.relative_to(rows).as_posix() for each in list_imports(rows))
        others = sum(each.is_file() for each in rows.rglob("*")) - len(files)
        write_json(folder / PREVIEW, {"files": files, "other_files": others, **asdict(preview)})
        if preview.format is not None:
            write_report(folder, self._import(path, choice, tell, dry_run=True), {})
        return JobState.READY

    def _import_once_more(self, folder: Path, choice: ImportChoice, tell: Tell, known: int) -> ImportReport:
        """Store the rows, counting those as added that this import stored before it was cut off.

        ``known``: rows that were there, unchanged, before the import.
        """
        path = choose_file(folder / ROWS, choice.file)
        is_again = (folder / _BEGUN).exists()
        (folder / _BEGUN).touch(FILE_MODE)
        report = self._import(path, choice, tell, dry_run=False)
        mine = max(0, report.unchanged - known) if is_again else 0
        return replace(report, added=report.added + mine, unchanged=report.unchanged - mine)

    def _import(self, path: Path, choice: ImportChoice, tell: Tell, *, dry_run: bool) -> ImportReport:
        if full_rows.is_full(path):
            full = import_full(self._store, path, dry_run=dry_run, on_progress=tell)
            return ImportReport(
                added=full.added,
                unchanged=full.unchanged,
                conflicting=full.conflicting,
                errors=full.errors,
                format=full_rows.NAME,
                dry_run=dry_run,
            )
        options = ImportOptions(source=choice.source, columns=choice.columns or {}, dry_run=dry_run, on_progress=tell)
        return import_file(self._store, path, choice.format, options)

    def _prepare(self, choice: ImportChoice) -> None:
        self._check(choice)
        kept = [each for each in self._jobs.list() if each.kind is JobKind.IMPORT and each.state is not JobState.DONE]
        count = len(kept) + self._jobs.count_unrecorded()  # those being received too
        if count >= MOST_UPLOADS:
            raise BadSetting(
                f"{count} files are waiting to be imported, which is the most. Import or remove one first."
            )

    def _check(self, choice: ImportChoice) -> None:
        """Raise BadSetting or NotFound for a choice that cannot be made."""
        check_source(choice.source)
        check_columns(choice.columns or {})
        if choice.format is not None and choice.format not in (*FORMATS, full_rows.NAME):
            raise BadSetting(
                f"{choice.format[:100]!r} is not a known format. Choose one of {', '.join(sorted(FORMATS))}."
            )
        if choice.project is not None:
            self._store.projects.get_project(choice.project)
        if choice.solutions is not None:
            if choice.project is None:
                raise BadSetting("Also name the project whose queue the solutions should join.")
            FORM_LIMITS.check(replace(Sampling(), n=choice.solutions))

    def _resting(self, job_id: str) -> TransferJob:
        """Return a job that nobody works on. Raises NotFound, BadSetting."""
        job = self._runner.get(job_id, JobKind.IMPORT)
        if job.state.is_unfinished:
            raise BadSetting("This import is in progress. Cancel it first, or wait until it ends.")
        return job

    def _look(self, job: TransferJob) -> Import:
        folder = self._jobs.path(job.id)
        preview = read_json(folder / PREVIEW)
        files = () if preview is None else tuple(preview.pop("files"))
        return Import(
            job=job,
            choice=_choice_of(job),
            files=files,
            other_files=0 if preview is None else preview.pop("other_files"),
            preview=preview,
            report=read_json(folder / REPORT),
            errors=tuple(islice(read_errors(folder), SHOWN_ERRORS)),
        )


def _choice_of(job: TransferJob) -> ImportChoice:
    return ImportChoice(**{each.name: job.asked.get(each.name) for each in dataclasses.fields(ImportChoice)})  # type: ignore[arg-type]
