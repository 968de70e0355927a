"""Long work in the background: of each kind one job after the other, with their progress, ended and taken up again.

A job belongs to the server: closing the page stops nothing, and what a killed server left goes on when it is started again. Knows
jobs; what a kind of job does is told it by its use case (``import_jobs.py``, ``export_jobs.py``, ``sampling_jobs.py``,
``model_jobs.py``).
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engine.process import stand_back
from engine.progress import Pace
from storage import NotFound, StoreError
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob

SAVE_SECONDS = 0.5  # between two records of the progress: other processes read them
KEPT_SECONDS = 24 * 3600.0  # that an upload nobody imports, an archive, or the report of a job is kept

log = logging.getLogger(__name__)


class Tell(Protocol):
    """Told how far a job is; raises where it is to end."""

    def __call__(self, done: int, share: float | None, before: float = 0.0) -> None:
        """``done``: rows; ``share`` and ``before``: as :meth:`engine.progress.Pace.update` has them."""


Work = Callable[[TransferJob, Path, Tell], JobState]  # in the job's folder; returns what has become of it


class CannotGoOn(Exception):
    """A job has to end for a reason that its message says to people; asked for again, it goes on from there."""


class _Cancelled(Exception):
    """Somebody ended the job."""


class _Closing(Exception):
    """The server ends; the job goes on when it is started again."""


class TransferJobs:
    """The background jobs of one folder. Safe to use from many threads."""

    def __init__(self, jobs: JobFolder) -> None:
        self._jobs = jobs
        self._works: dict[JobKind, Work] = {}
        self._guard = threading.Lock()
        self._mine: set[str] = set()  # waiting here, or worked on here
        self._live: dict[str, TransferJob] = {}  # as they are now, of those worked on here
        self._lanes: dict[JobKind, queue.SimpleQueue[str | None]] = {}  # what waits, of each kind that was asked for
        self._threads: list[threading.Thread] = []
        self._is_closing = False

    def register(self, kind: JobKind, work: Work) -> None:
        """Say how jobs of a kind are done."""
        self._works[kind] = work

    def resume(self) -> None:
        """Take up what a process that is gone has left."""
        for job in self._jobs.list():
            self._adopt(job)

    def submit(self, job: TransferJob) -> TransferJob:
        """Record a job as waiting and have it done; return it. Raises DiskError."""
        self._jobs.forget_cancel(job.id)
        fresh = replace(job, done=0, share=None, seconds=0.0, seconds_left=None, message=None)
        saved = self._jobs.save(replace(fresh, state=JobState.WAITING))
        self._take(saved)
        return saved

    def get(self, job_id: str, kind: JobKind) -> TransferJob:
        """Return a job as it is now. Raises NotFound, also for one of another kind."""
        found = self._adopt(self._jobs.get(job_id))
        if found.kind is not kind:
            raise NotFound(f"There is no {kind} {job_id!r}.")
        return found

    def list(self, kind: JobKind) -> list[TransferJob]:
        """Return the jobs of a kind as they are now, the newest first."""
        return [self._adopt(job) for job in self._jobs.list() if job.kind is kind]

    def cancel(self, job_id: str, kind: JobKind) -> TransferJob:
        """End a job; one that has ended stays as it is. Raises NotFound."""
        if self.get(job_id, kind).state.is_unfinished:
            self._jobs.ask_to_cancel(job_id)
        return self.get(job_id, kind)

    def close(self) -> None:
        """Stop working; what is unfinished goes on when the server is started again."""
        with self._guard:
            self._is_closing = True
            threads = list(self._threads)
            for lane in self._lanes.values():
                lane.put(None)
        for thread in threads:
            thread.join()

    def _adopt(self, job: TransferJob) -> TransferJob:
        """Return a job as it is now, and take it up where it is nobody's."""
        with self._guard:
            if (live := self._live.get(job.id)) is not None:
                return live
            is_mine = job.id in self._mine
        if job.state.is_unfinished and not is_mine and not self._jobs.is_held(job.id):
            self._take(job)
        return job

    def _take(self, job: TransferJob) -> None:
        with self._guard:
            if self._is_closing or job.id in self._mine:
                return
            self._mine.add(job.id)
            if (lane := self._lanes.get(job.kind)) is None:
                lane = self._lanes[job.kind] = queue.SimpleQueue()
                thread = threading.Thread(target=self._work, args=(lane,), name=job.kind.value, daemon=True)
                self._threads.append(thread)
                thread.start()
            lane.put(job.id)

    def _work(self, lane: queue.SimpleQueue[str | None]) -> None:
        stand_back()
        while (job_id := lane.get()) is not None and not self._is_closing:
            try:
                with self._jobs.hold(job_id) as is_held:
                    if is_held:
                        self._do(self._jobs.get(job_id))
            except StoreError as error:  # it was removed, or the disk is full
                log.warning("job=%s %s", job_id, error)
            finally:
                with self._guard:
                    self._mine.discard(job_id)
                    self._live.pop(job_id, None)
            with suppress(StoreError):
                self._adopt(self._jobs.get(job_id))  # asked for again just when it ended

    def _do(self, job: TransferJob) -> None:
        """Do a job, unless another process has, and record what came of it."""
        if not job.state.is_unfinished:
            return
        message = None
        try:
            state = self._works[job.kind](job, self._jobs.path(job.id), self._teller(job))
        except _Cancelled:
            state = JobState.CANCELLED
        except _Closing:
            return
        except (StoreError, CannotGoOn) as error:
            state, message = JobState.FAILED, str(error)
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("error=%s job=%s", reference, job.id)
            state, message = JobState.FAILED, f"Something went wrong; the log names it as {reference}."
        with self._guard:
            last = self._live.get(job.id, job)
        is_whole = state in (JobState.DONE, JobState.READY)
        self._jobs.save(
            replace(last, state=state, message=message, share=1.0 if is_whole else last.share, seconds_left=None)
        )

    def _teller(self, job: TransferJob) -> Tell:
        pace, saved_at = Pace(), 0.0

        def tell(done: int, share: float | None, before: float = 0.0) -> None:
            nonlocal saved_at
            if self._is_closing:
                raise _Closing
            if self._jobs.is_cancel_asked(job.id):
                raise _Cancelled
            pace.update(done, share, before)
            running = replace(
                job,
                state=JobState.RUNNING,
                done=done,
                share=pace.share,
                seconds=pace.seconds,
                seconds_left=pace.seconds_left,
            )
            with self._guard:
                self._live[job.id] = running
            if time.monotonic() - saved_at >= SAVE_SECONDS:
                saved_at = time.monotonic()
                self._jobs.save(running)

        return tell
