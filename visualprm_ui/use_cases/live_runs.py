"""Runs in progress: each has a thread that stores what the engine finishes and updates the view that pages follow.

A run belongs to the server, not to a tab: a closed or reloaded page loses nothing, and several pages can follow one run.
Knows the store and the engine; knows no widget.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from engine import EngineError, Job, LoadError
from engine.domain import RunState
from engine.events import Event, RunEnded, RunStarted, ScoringFailed, SolutionFinished, SolutionScored, ThoughtAdded
from engine.outcomes.guided_search import SearchRound
from storage import RunRepository, StoreError
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.run_progress import RunProgress, apply_event
from visualprm_ui.use_cases.run_view import RunView, as_run_view
from visualprm_ui.use_cases.server_addresses import without_addresses

log = logging.getLogger(__name__)

DEFECT = "Something went wrong here; the log has the details. What is finished was kept."
NOT_LOADED = "No model is loaded, so nothing could be sampled or scored. Models on Explore says why, and loads others."
UPDATE_SECONDS = (
    1 / 12
)  # between two views; people see no faster one, and it makes a tab lag (measured, docs/decisions)
ABANDONED_SECONDS = 30.0  # after which the run of a stranger ends that no page follows: time to reload, or to wake up
CARDS_PER_SECOND = 256  # a view grows with its solutions: 128 of them are 190 KiB, built in 40 ms
CHARACTERS_PER_SECOND = (
    400_000  # and with their thoughts and what a search tried, of which each view has all: as many as those KiB
)


class LiveRun:
    """One run in progress. Its lock guards the progress and is never held while waiting for the engine."""

    def __init__(self, runs: RunRepository, job: Job, progress: RunProgress, starter: Principal | None = None) -> None:
        self._repository = runs
        self._job = job
        self.starter = starter  # None: the app itself
        self._followed = time.monotonic()  # when a page last asked how it goes
        self._progress = progress
        self._changed = threading.Condition()
        self._version = 0
        self._started = time.monotonic()
        self._scoring_failures: dict[int, str] = {}  # by draw, a sentence per solution that could not be scored

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._progress.run.id

    @property
    def is_going_on(self) -> bool:
        """Whether its end is still to be told."""
        return self._progress.run.state is RunState.RUNNING

    def stop(self) -> bool:
        """Ask the engine to stop; what is finished stays. Return False when the run has already ended."""
        with self._changed:
            if self._progress.run.state is not RunState.RUNNING:
                return False
        self._job.cancel()
        return True

    def view(self) -> RunView:
        """Return the run as the page shows it now; whoever asks follows it."""
        with self._changed:
            self._followed = time.monotonic()
            return as_run_view(self._progress, time.monotonic() - self._started)

    def follow(self) -> Iterator[RunView]:
        """Yield the view at every change, at most twelve times a second, until the run has ended; the end comes at once."""
        seen = -1
        while True:
            self._wait_for_change(seen)
            with self._changed:
                self._followed = time.monotonic()
                seen = self._version
                ended = self._progress.run.state is not RunState.RUNNING
                view = as_run_view(self._progress, time.monotonic() - self._started)
            yield view
            if ended:
                return
            pause = update_interval(view)
            with self._changed:
                self._changed.wait_for(lambda: self._progress.run.state is not RunState.RUNNING, timeout=pause)

    def _wait_for_change(self, seen: int) -> None:
        """Return at the next change, or after a second, so that the clock on the page moves."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen, timeout=1.0)

    def consume(self) -> None:
        """Apply and store every event of the job until its end; the body of the run's thread."""
        try:
            for event in self._events():
                self._store_event(event)
                with self._changed:
                    apply_event(self._progress, event)
                    self._version += 1
                    self._changed.notify_all()
        except StoreError as error:
            log.exception("run=%s could not be stored", self.run_id)
            self._fail(f"The run was stopped because it could not be stored: {error}")
        except Exception:  # a defect must not leave the run running and the pages that follow it waiting
            log.exception("run=%s could not be followed", self.run_id)
            self._fail(DEFECT)

    def _events(self) -> Iterator[Event]:
        """Iterate over the job's events; meanwhile end a run that is to stop, or a stranger's whose page is gone."""
        for events in self._job.batches(timeout=1.0):
            yield from events
            is_strangers = self.starter is not None and self.starter.is_stranger
            if (is_strangers and self._is_abandoned()) or self._repository.is_stop_requested(self.run_id):
                self._job.cancel()

    def _is_abandoned(self) -> bool:
        with self._changed:
            return time.monotonic() - self._followed > ABANDONED_SECONDS

    def _fail(self, message: str) -> None:
        self._job.cancel()
        self._end(RunState.FAILED, message)

    def _store_event(self, event: Event) -> None:
        match event:
            case RunStarted():
                calibration = self._repository.get_calibration_of(event.record)
                with self._changed:
                    self._progress.calibration = calibration
                self._update(record=event.record)
            case SolutionFinished():
                self._repository.add_solution(self.run_id, event.solution)
            case SolutionScored():
                self._repository.add_scoring(self.run_id, event.scoring)
            case SearchRound():
                self._repository.add_round(self.run_id, event)
            case ScoringFailed():
                self._scoring_failures[event.draw] = scoring_failure(event)
            case ThoughtAdded(restarts=True):
                self._scoring_failures.pop(event.draw, None)  # it was of what turned out to be thought
            case RunEnded():
                state, message = outcome(event)
                if (record := self._progress.run.record) is not None and event.usage:
                    self._progress.run = replace(self._progress.run, record=replace(record, usage=event.usage))
                self._end(state, " ".join(self._scoring_failures.values()) or message, event.seconds)
            case _:
                pass

    def _end(self, state: RunState, message: str | None, seconds: float | None = None) -> None:
        elapsed = time.monotonic() - self._started if seconds is None else seconds
        try:
            self._update(state=state, message=message, seconds=elapsed)
        except StoreError:
            log.exception("run=%s its end could not be stored", self.run_id)

    def _update(self, **changes: object) -> None:
        run = replace(self._progress.run, **changes)  # type: ignore[arg-type]  # fields of Run, checked by its callers
        try:
            self._repository.update_run(run)
        finally:
            with self._changed:
                self._progress.run = run
                self._version += 1
                self._changed.notify_all()


def update_interval(view: RunView) -> float:
    """Return the seconds from a view of a run to the next: longer for more solutions, and for longer ones."""
    characters = sum(
        len(card["thought"] or "") + len(card["open"]) + sum(len(step["text"]) for step in card["steps"])
        for card in view["cards"]
    )
    rounds = [] if view["search"] is None else view["search"]["rounds"]
    characters += sum(len(tried["text"]) for each in rounds for tried in each["tries"])
    return max(UPDATE_SECONDS, len(view["cards"]) / CARDS_PER_SECOND, characters / CHARACTERS_PER_SECOND)


class LiveRuns:
    """All runs in progress, by id. Its lock guards the dictionary only."""

    def __init__(self, runs: RunRepository) -> None:
        self._repository = runs
        self._runs: dict[str, LiveRun] = {}
        self._lock = threading.Lock()

    def start(self, progress: RunProgress, submit: Callable[[], Job], starter: Principal | None = None) -> LiveRun:
        """Hand a stored run to the engine and follow it on a thread of its own."""
        live = LiveRun(self._repository, submit(), progress, starter)
        with self._lock:
            self._runs[live.run_id] = live
        threading.Thread(target=self._consume, args=(live,), name=f"run-{live.run_id[:8]}", daemon=True).start()
        return live

    def get(self, run_id: str) -> LiveRun | None:
        """Return a run in progress, ``None`` when it has ended or never was."""
        with self._lock:
            return self._runs.get(run_id)

    def count_of(self, owner: str) -> int:
        """Return how many runs in progress are counted under this owner."""
        with self._lock:
            going_on = [each for each in self._runs.values() if each.is_going_on]
            return sum(each.starter is not None and each.starter.owner == owner for each in going_on)

    def give(self, giver: Principal, taker: Principal) -> None:
        """Take the runs in progress that ``giver`` started for those of ``taker``, who is the same person."""
        with self._lock:
            for each in self._runs.values():
                if each.starter is not None and each.starter.name == giver.name:
                    each.starter = taker

    def _consume(self, live: LiveRun) -> None:
        try:
            live.consume()
        finally:
            with self._lock:
                self._runs.pop(live.run_id, None)


def scoring_failure(event: ScoringFailed) -> str:
    """Return why a solution could not be scored, in a sentence for people."""
    return f"Solution {event.draw + 1} could not be scored: {without_addresses(event.message)}"


def outcome(event: RunEnded) -> tuple[RunState, str | None]:
    """Return what became of a run by its last event, and why, in a sentence for people."""
    if event.error is not None:
        if isinstance(event.error, LoadError):
            return RunState.FAILED, NOT_LOADED  # the reason names folders of the server, and everybody can read a run
        if isinstance(event.error, EngineError):
            log.warning("a run failed: %s", event.error)
            return RunState.FAILED, without_addresses(str(event.error))
        log.error("a run failed", exc_info=event.error)
        return (
            RunState.FAILED,
            "Something went wrong inside the engine; the log has the details. What is finished was kept.",
        )
    if event.stopped:
        return RunState.STOPPED, "Stopped. What was finished by then is kept."
    return RunState.DONE, None
