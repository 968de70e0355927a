"""Long work in the background: of each kind one job after the other, with their progress, ended and taken up again.

A job belongs to the server: closing the page stops nothing, and what a killed server left goes on when it is started again. Knows
jobs; what a kind of job does is told it by its use case (``import_jobs.py``, ``export_jobs.py``, ``model_jobs.py``,
``evaluations/jobs.py``).
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

from engine.system.process import stand_back
from engine.system.progress import Pace
from storage import NotFound, StoreError
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob

SAVE_SECONDS = 0.5  # between two records of the progress: other processes read them
KEPT_SECONDS = 24 * 3600.0  # that an upload nobody imports, an archive, or the report of a job is kept
SWEEP_SECONDS = 3600.0  # between two looks for what is older
CLOSE_SECONDS = 10.0  # that the end of the server waits for its jobs: what is slower goes on at the next start

log = logging.getLogger(__name__)


class Tell(Protocol):
    """Told how far a job is; raises where it is to end."""

    def __call__(self, done: int, share: float | None, before: float = 0.0) -> None:
        """``done``: rows; ``share`` and ``before``: as :meth:`engine.system.progress.Pace.update` has them."""


class TellJob(Tell, Protocol):
    """Told likewise, and what the job waits for."""

    def __call__(self, done: int, share: float | None, before: float = 0.0, message: str | None = None) -> None:
        """``message``: what it waits for, for people; None: it works."""


Work = Callable[[TransferJob, Path, TellJob], JobState]  # in the job's folder; returns what has become of it
Tidy = Callable[[Path], None]  # removes from a job's folder what a job that is recorded as done needs no more


class CannotGoOn(Exception):
    """A job has to end for a reason that its message says to people; asked for again, it goes on from there."""


class Cancelled(Exception):
    """Somebody ended the job."""


class _Closing(Exception):
    """The server ends; the job goes on when it is started again."""


class TransferJobs:
    """The background jobs of one folder. Safe to use from many threads.

    Args:
        jobs: the folder.
        kept_seconds: that a job is kept once it has ended; ``math.inf``: until somebody removes it.
        one_lane: whether jobs of all kinds are done one after the other; else only those of one kind.
    """

    def __init__(self, jobs: JobFolder, *, kept_seconds: float = KEPT_SECONDS, one_lane: bool = False) -> None:
        self._jobs = jobs
        self._kept_seconds = kept_seconds
        self._one_lane = one_lane
        self._works: dict[JobKind, Work] = {}
        self._tidies: dict[JobKind, Tidy] = {}
        self._guard = threading.Lock()
        self._mine: dict[str, str] = {}  # waiting here, or worked on here, in the order they were taken -> the lane
        self._live: dict[str, TransferJob] = {}  # as they are now, of those worked on here
        self._lanes: dict[str, queue.SimpleQueue[str | None]] = {}  # what waits, of each lane that was asked for
        self._threads: list[threading.Thread] = []
        self._unsaved: dict[str, str] = {}  # why those ended whose end could not be recorded: nobody here takes them up
        self._closing = threading.Event()

    def register(self, kind: JobKind, work: Work, tidy: Tidy | None = None) -> None:
        """Say how jobs of a kind are done, and what goes once one is recorded as done."""
        self._works[kind] = work
        if tidy is not None:
            self._tidies[kind] = tidy

    def resume(self) -> None:
        """Take up what a process that is gone has left, and remove what is old, now and from time to time."""
        for job in reversed(self._jobs.list()):  # the oldest first, as they were asked for
            if job.state is JobState.DONE:
                self._tidy(job)
            self._adopt(job)
        self._jobs.remove_older(self._kept_seconds)
        threading.Thread(target=self._sweep, name="old transfers", daemon=True).start()

    def submit(self, job: TransferJob) -> TransferJob:
        """Record a job as waiting and have it done; return it. Raises DiskError."""
        self._jobs.forget_cancel(job.id)
        fresh = replace(job, done=0, share=None, before=0.0, seconds=0.0, seconds_left=None, message=None)
        saved = self._jobs.save(replace(fresh, state=JobState.WAITING))
        with self._guard:
            self._unsaved.pop(job.id, None)
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

    def waits_behind(self, job_id: str) -> int | None:
        """Return how many jobs of its lane are before one that waits here; None where it does not wait here."""
        with self._guard:
            if (lane := self._mine.get(job_id)) is None or job_id in self._live:
                return None
            return [each for each, of in self._mine.items() if of == lane].index(job_id)

    def cancel(self, job_id: str, kind: JobKind) -> TransferJob:
        """End a job, at once where it waits; one that has ended stays as it is. Raises NotFound, DiskError."""
        if self.get(job_id, kind).state.is_unfinished:
            self._jobs.ask_to_cancel(job_id)
            with self._jobs.hold(job_id) as is_held:  # nobody works on it
                if is_held and (job := self._jobs.get(job_id)).state.is_unfinished:
                    self._jobs.save(replace(job, state=JobState.CANCELLED, seconds_left=None))
                    with self._guard:
                        self._mine.pop(job_id, None)
        return self.get(job_id, kind)

    def remove(self, job_id: str, kind: JobKind) -> None:
        """Remove a job with its files; one that is worked on is ended first, and not found from now on. Raises NotFound."""
        self.get(job_id, kind)
        self._jobs.ask_to_remove(job_id)

    def close(self) -> None:
        """Stop working; what is unfinished goes on when the server is started again. Waits ten seconds at most."""
        self._closing.set()
        with self._guard:
            threads = list(self._threads)
            for lane in self._lanes.values():
                lane.put(None)
        until = time.monotonic() + CLOSE_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _sweep(self) -> None:
        while not self._closing.wait(SWEEP_SECONDS):
            try:
                self._jobs.remove_older(self._kept_seconds)
            except Exception:
                log.exception("Old jobs could not be removed.")

    def _tidy(self, job: TransferJob) -> None:
        """Remove what a job that is done needs no more; left over, it goes with the job."""
        if (tidy := self._tidies.get(job.kind)) is not None:
            with suppress(StoreError):
                tidy(self._jobs.path(job.id))

    def _adopt(self, job: TransferJob) -> TransferJob:
        """Return a job as it is now, and take it up where it is nobody's."""
        with self._guard:
            if (live := self._live.get(job.id)) is not None:
                return live
            if (reason := self._unsaved.get(job.id)) is not None and job.state.is_unfinished:
                return replace(job, state=JobState.FAILED, message=reason, seconds_left=None)
            is_mine = job.id in self._mine
        if job.state.is_unfinished and not is_mine and not self._jobs.is_held(job.id):
            self._take(job)
        return job

    def _take(self, job: TransferJob) -> None:
        with self._guard:
            if self._closing.is_set() or job.id in self._mine:
                return
            name = "jobs" if self._one_lane else job.kind.value
            self._mine[job.id] = name
            if (lane := self._lanes.get(name)) is None:
                lane = self._lanes[name] = queue.SimpleQueue()
                thread = threading.Thread(target=self._work, args=(lane,), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            lane.put(job.id)

    def _work(self, lane: queue.SimpleQueue[str | None]) -> None:
        stand_back()
        while (job_id := lane.get()) is not None and not self._closing.is_set():
            unsaved = None
            try:
                with self._jobs.hold(job_id) as is_held:
                    if is_held:
                        self._do_held(job_id)
            except NotFound:  # it was removed
                pass
            except StoreError as error:  # the disk is full
                log.warning("job=%s %s", job_id, error)
                unsaved = str(error)
            except Exception as error:
                unsaved = explain(error, job_id)
            with self._guard:
                self._mine.pop(job_id, None)
                self._live.pop(job_id, None)
                if unsaved is not None:
                    self._unsaved[job_id] = unsaved
            with suppress(StoreError):
                self._adopt(self._jobs.get(job_id))  # asked for again just when it ended

    def _do_held(self, job_id: str) -> None:
        try:
            self._do(self._jobs.get(job_id))
        finally:
            if self._jobs.is_removal_asked(job_id):
                self._jobs.remove(job_id)

    def _do(self, job: TransferJob) -> None:
        """Do a job, unless another process has, and record what came of it."""
        if not job.state.is_unfinished:
            return
        message = None
        try:
            state = self._works[job.kind](job, self._jobs.path(job.id), self._teller(job))
        except Cancelled:
            state = JobState.CANCELLED
        except _Closing:
            return
        except Exception as error:
            if self._closing.is_set():  # the store may be closed already: that is no fault of the job's
                return
            state, message = JobState.FAILED, reason_of(error, job.id)
        with self._guard:
            last = self._live.get(job.id, job)
        is_whole = state in (JobState.DONE, JobState.READY)
        ended = replace(last, state=state, message=message, share=1.0 if is_whole else last.share, seconds_left=None)
        self._jobs.save(ended)
        if state is JobState.DONE:
            self._tidy(ended)

    def _teller(self, job: TransferJob) -> TellJob:
        pace, saved_at = Pace(), 0.0

        def tell(done: int, share: float | None, before: float = 0.0, message: str | None = None) -> None:
            nonlocal saved_at
            if self._closing.is_set():
                raise _Closing
            if self._jobs.is_cancel_asked(job.id):
                raise Cancelled
            pace.update(done, share, before)
            running = replace(
                job,
                state=JobState.RUNNING,
                done=done,
                share=pace.share,
                before=before,
                seconds=pace.seconds,
                seconds_left=pace.seconds_left,
                message=message,
            )
            with self._guard:
                self._live[job.id] = running
            if time.monotonic() - saved_at >= SAVE_SECONDS:
                saved_at = time.monotonic()
                self._jobs.save(running)

        return tell


def reason_of(error: Exception, job_id: str) -> str:
    """Return why a job ended, for people; what nobody foresaw is logged."""
    return str(error) if isinstance(error, StoreError | CannotGoOn) else explain(error, job_id)


def explain(error: Exception, job_id: str) -> str:
    """Log an error that nobody foresaw, and return what people are told of it."""
    reference = secrets.token_hex(3)
    log.error("error=%s job=%s", reference, job_id, exc_info=error)
    return f"Something went wrong; the log names it as {reference}."
