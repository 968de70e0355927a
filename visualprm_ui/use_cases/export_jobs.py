"""Exports as people do them: made in the background, and downloaded once what they hold, and cannot hold, was read.

A job writes a format's folder into one zip, with a text that says what the format left out and what became of neutral steps. The
archive is kept for a day. ``storage/transfer`` chooses and writes the rows.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from storage import BadSetting, NotFound, Store
from storage.files.atomic import translated_disk_errors, write_atomically
from storage.files.private import FILE_MODE
from storage.formats.files import list_rows
from storage.transfer import full_rows
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import WRITTEN, check_choice, export
from storage.transfer.full_export import export_full
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from visualprm_ui.use_cases.export_request import as_choice
from visualprm_ui.use_cases.transfer_jobs import Tell, TransferJobs

MOST_ARCHIVES = 20  # kept at once; the oldest go first
SAMPLE = 600  # characters of the first row that are shown
REPORT_TEXT = "export-report.txt"
_ROWS, _ARCHIVE, _REPORT = "rows", "export.zip", "report.json"
_CHUNK = 2**20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A job with what came of it."""

    job: TransferJob
    report: Mapping[str, Any] | None  # None: it is not made


class ExportJobs:
    """The exports of one store."""

    def __init__(self, store: Store, jobs: JobFolder, runner: TransferJobs) -> None:
        self._store = store
        self._jobs = jobs
        self._runner = runner
        runner.register(JobKind.EXPORT, self._work)

    def start(self, name: str, asked: Mapping[str, Any], by: str) -> Export:
        """Begin to make an archive.

        Args:
            name: of the format.
            asked: what to write, as ``export_request.as_choice`` reads it; nothing: everything, with final labels.
            by: who asks.

        Raises:
            BadSetting: there is no such format, or the choice cannot be made in it.
            NotFound: there is no such project, queue, split, run, problem or picture.
            DiskError: the disk is full.
        """
        choice = as_choice(asked)
        if name == full_rows.NAME:
            if choice != ExportChoice():
                raise BadSetting("An export of everything cannot be narrowed. Leave the other options out.")
        elif name not in WRITTEN:
            known = ", ".join(sorted((*WRITTEN, full_rows.NAME)))
            raise BadSetting(f"{name[:100]!r} is not a known format. Choose one of {known}.")
        else:
            check_choice(self._store, name, choice)
        for job in self._runner.list(JobKind.EXPORT)[MOST_ARCHIVES - 1 :]:
            if not job.state.is_unfinished:
                self._jobs.remove(job.id)
        job = TransferJob(kind=JobKind.EXPORT, title=name, by=by, asked={"format": name, **asked})
        self._jobs.make(job.id)
        return self._look(self._runner.submit(job))

    def get(self, job_id: str) -> Export:
        """Return an export as it is now. Raises NotFound."""
        return self._look(self._runner.get(job_id, JobKind.EXPORT))

    def list(self) -> list[Export]:
        """Return all exports, the newest first."""
        found = []
        for each in self._runner.list(JobKind.EXPORT):
            with suppress(NotFound):  # removed meanwhile
                found.append(self._look(each))
        return found

    def cancel(self, job_id: str) -> Export:
        """End what is going on; nothing of it is kept. Raises NotFound."""
        return self._look(self._runner.cancel(job_id, JobKind.EXPORT))

    def remove(self, job_id: str) -> None:
        """Remove an export and its archive; one that is being made is ended. Raises NotFound."""
        self._runner.remove(job_id, JobKind.EXPORT)

    def archive(self, job_id: str) -> tuple[Path, str]:
        """Return the archive and a name for it. Raises NotFound."""
        job = self._runner.get(job_id, JobKind.EXPORT)
        if job.state is not JobState.DONE:
            raise NotFound("This export is not ready. Wait until it is done, or start it again.")
        return self._jobs.path(job_id) / _ARCHIVE, f"{job.title}-{job.created_at:%Y%m%d-%H%M}.zip"

    def _work(self, job: TransferJob, folder: Path, tell: Tell) -> JobState:
        """Write the rows, then the archive. Raises StoreError, and what ``tell`` raises."""
        rows, archive = folder / _ROWS, folder / _ARCHIVE
        shutil.rmtree(rows, ignore_errors=True)  # of a server that was killed
        name = str(job.asked["format"])
        try:
            tell(0, None)
            if name == full_rows.NAME:
                report = asdict(export_full(self._store, rows, tell))
            else:
                choice = as_choice({key: value for key, value in job.asked.items() if key != "format"})
                report = asdict(export(self._store, rows, name, choice, tell))
            (rows / REPORT_TEXT).write_text("\n".join(_as_lines(name, report)) + "\n", encoding="utf-8")
            _zip(rows, archive, lambda: tell(int(report["rows"]), None))
            report |= {"bytes": archive.stat().st_size, "sample": _first_row(rows)}
            write_atomically(folder / _REPORT, json.dumps(report).encode())
        except BaseException:
            archive.unlink(missing_ok=True)
            raise
        finally:
            shutil.rmtree(rows, ignore_errors=True)
        return JobState.DONE

    def _look(self, job: TransferJob) -> Export:
        path = self._jobs.path(job.id) / _REPORT
        is_there = job.state is JobState.DONE and path.is_file()
        return Export(job=job, report=json.loads(path.read_text(encoding="utf-8")) if is_there else None)


def _as_lines(name: str, report: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over what a report says, for people."""
    yield f"format: {name}"
    for key, value in report.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{each}: {count}" for each, count in value.items()) or "nothing"
        elif isinstance(value, list | tuple):
            value = ", ".join(map(str, value)) or "nothing"
        yield f"{key.replace('_', ' ')}: {value}"


def _zip(folder: Path, target: Path, tell: Callable[[], None]) -> None:
    """Write a folder into an archive; what is packed already is not packed again."""
    with translated_disk_errors("the archive of the export"):
        file: BinaryIO = open(os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w+b")  # noqa: SIM115
        with file, zipfile.ZipFile(file, "w") as archive:
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                tell()
                is_text = path.suffix in (".jsonl", ".json", ".csv", ".md", ".txt")
                info = zipfile.ZipInfo.from_file(path, path.relative_to(folder).as_posix(), strict_timestamps=False)
                info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
                with path.open("rb") as source, archive.open(info, "w") as out:
                    while chunk := source.read(_CHUNK):
                        tell()
                        out.write(chunk)


def _first_row(folder: Path) -> str | None:
    """Return the beginning of the first row; None where the rows are no text."""
    for path in list_rows(folder):
        if path.suffix in (".jsonl", ".csv"):
            with path.open(encoding="utf-8") as file:
                if path.suffix == ".csv":
                    file.readline()
                return file.readline(SAMPLE).rstrip("\n") or None
    return None
