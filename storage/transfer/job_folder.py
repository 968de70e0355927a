"""Long work in the background, as folders of the data folder: what was asked for, how far it is, what came of it.

A job's folder holds ``job.json`` and whatever it works with: an upload, the unpacked rows, the archive to download, reports. It is
readable by its owner only. Whatever process works on it holds its lock, which the kernel drops when that process dies, however it
dies: what is unfinished and unlocked goes on where somebody takes it up. Knows files; knows no format and does none of the work.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.domain import new_id, now
from storage.errors import BadFile, DiskError, NotFound
from storage.files.atomic import translated_disk_errors, write_atomically
from storage.files.private import FILE_MODE, make_private_folder

RECORD = "job.json"
_LOCK, _CANCEL, _REMOVE = ".lock", ".cancel", ".remove"
_ID = re.compile(r"[0-9a-f]{32}")

log = logging.getLogger(__name__)


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    SCORE = "score"  # solutions that are there, with the loaded reward model
    SAMPLE = "sample"  # solutions of problems, and score them
    LABEL = "label"  # solutions that are there, by rollouts of the loaded policy
    SAMPLE_AND_LABEL = "sample_and_label"  # solutions of problems, and label them by rollouts
    STEP_BENCHMARK = "step_benchmark"  # an evaluation: a reward model's step scores against labels
    BEST_OF_N = "best_of_n"  # an evaluation: what choosing by a reward model adds

    @property
    def samples(self) -> bool:
        """Whether a job of the models samples solutions of problems; else it works on solutions that are there."""
        return self in (JobKind.SAMPLE, JobKind.SAMPLE_AND_LABEL)


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"  # an upload that was read, and waits for somebody to import it
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody works on it, or ought to."""
        return self in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferJob:
    """A job in the background: an import, an export, work of the loaded models, or an evaluation."""

    kind: JobKind
    title: str  # for people: the file's name, or the format's
    by: str  # who asked for it
    asked: Mapping[str, object]  # what was asked for, as JSON values
    phase: str = ""  # of several, the one it is in
    state: JobState = JobState.WAITING
    done: int = 0  # rows, or what else it counts
    share: float | None = None  # of the phase, in [0, 1]; None: not known
    before: float = 0.0  # share that was found done when its seconds began to be counted
    seconds: float = 0.0  # the phase has taken
    seconds_left: float | None = None  # None: not known
    message: str | None = None  # why it failed, or what it waits for while it runs, for people
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


class JobFolder:
    """The jobs of one data folder. Safe to use from many threads and processes; the folder is made by the first job."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, job_id: str) -> Path:
        """Return the folder that a job works in. Raises NotFound: there is no such job, it is not recorded yet, or is to go."""
        folder = self._folder / job_id
        if not _ID.fullmatch(job_id) or not (folder / RECORD).is_file() or (folder / _REMOVE).exists():
            raise _none(job_id)
        return folder

    def make(self, job_id: str) -> Path:
        """Make the folder of a new job, to be filled before the job is recorded. Raises DiskError."""
        with translated_disk_errors("the folder of a job"):
            make_private_folder(self._folder / job_id)
        return self._folder / job_id

    def save(self, job: TransferJob) -> TransferJob:
        """Record a job as it is now, and return it. Raises DiskError."""
        values = asdict(job) | {"created_at": job.created_at.isoformat()}
        write_atomically(self._folder / job.id / RECORD, json.dumps(values).encode())
        return job

    def get(self, job_id: str) -> TransferJob:
        """Return a job. Raises NotFound, and BadFile for a record that is damaged or of another version of the program."""
        try:
            values = json.loads((self.path(job_id) / RECORD).read_text(encoding="utf-8"))
            kind, state = JobKind(values["kind"]), JobState(values["state"])
            created_at = datetime.fromisoformat(values["created_at"])
            return TransferJob(**{**values, "kind": kind, "state": state, "created_at": created_at})
        except FileNotFoundError:  # removed just now
            raise _none(job_id) from None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise BadFile(
                f"The record of job {job_id} cannot be read ({type(error).__name__}): it is damaged, or of another version "
                "of the program."
            ) from error

    def list(self) -> list[TransferJob]:
        """Return all jobs, the newest first; one whose record cannot be read is passed over, and the log says so."""
        found = []
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            try:
                found.append(self.get(path.name))
            except NotFound:
                continue  # not recorded yet, or removed meanwhile
            except BadFile as error:
                log.warning("%s", error)
        return sorted(found, key=lambda job: job.created_at, reverse=True)

    def remove(self, job_id: str) -> None:
        """Remove a job with all its files; one that is gone is no error."""
        if _ID.fullmatch(job_id):
            shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def count_unrecorded(self) -> int:
        """Return how many folders hold no recorded job: what is being received, or was left when it was."""
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        return sum(_ID.fullmatch(path.name) is not None and not (path / RECORD).exists() for path in paths)

    def remove_older(self, seconds: float) -> None:
        """Remove what has ended and nobody has touched for so long, unrecorded folders among it; and what was to be removed.

        What is unfinished stays, however old: somebody is to take it up. With ``math.inf`` only what was to be removed goes.
        """
        before = time.time() - seconds
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if not self._is_old(path, before):
                continue
            with self.hold(path.name) as is_held:
                if is_held and not self._is_unfinished(path.name):  # read under the lock: it may have begun again
                    self.remove(path.name)

    def _is_old(self, path: Path, before: float) -> bool:
        try:
            record = path / RECORD if (path / RECORD).exists() else path
            return (path / _REMOVE).exists() or record.stat().st_mtime < before
        except OSError:
            return False

    def _is_unfinished(self, job_id: str) -> bool:
        try:
            return self.get(job_id).state.is_unfinished
        except (NotFound, BadFile):
            return False

    @contextmanager
    def hold(self, job_id: str) -> Iterator[bool]:
        """Hold the lock of a job; give whether it is ours: somebody else may have it, or the job may be gone."""
        try:
            handle = os.open(self._folder / job_id / _LOCK, os.O_WRONLY | os.O_CREAT, FILE_MODE)
        except OSError:
            yield False
            return
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def is_held(self, job_id: str) -> bool:
        """Return whether a living process works on a job."""
        if not (self._folder / job_id / _LOCK).exists():
            return False
        with self.hold(job_id) as is_free:
            return not is_free

    def ask_to_cancel(self, job_id: str) -> None:
        """Have whoever works on a job stop; also whoever takes it up later. Raises NotFound, DiskError."""
        self._mark(job_id, _CANCEL)

    def is_cancel_asked(self, job_id: str) -> bool:
        """Return whether a job is to stop."""
        return (self._folder / job_id / _CANCEL).exists() or self.is_removal_asked(job_id)

    def ask_to_remove(self, job_id: str) -> None:
        """Have a job stop and go with all its files: now where nobody works on it, else by whoever does.

        From now on it is not found any more. On a full disk a job goes that nobody works on: its files may be what fills it.
        Raises NotFound, and DiskError for one that is worked on.
        """
        refused = None
        try:
            self._mark(job_id, _REMOVE)
        except DiskError as error:
            refused = error
        with self.hold(job_id) as is_held:
            if is_held:
                self.remove(job_id)
            elif refused is not None:
                raise refused

    def is_removal_asked(self, job_id: str) -> bool:
        """Return whether a job is to go."""
        return (self._folder / job_id / _REMOVE).exists()

    def forget_cancel(self, job_id: str) -> None:
        """Let a job go on that was to stop."""
        (self._folder / job_id / _CANCEL).unlink(missing_ok=True)

    def _mark(self, job_id: str, name: str) -> None:
        path = self.path(job_id) / name
        with translated_disk_errors(path):
            path.touch(FILE_MODE)


def _none(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id[:40]!r} (any more).")
