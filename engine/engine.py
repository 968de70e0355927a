"""The engine: one worker thread owns the device and serves requests in turns, one forward step each.

Requests are admitted by priority, then first come first served, up to ``max_active`` at a time and as memory allows; a person
waiting beats a batch run, which rests meanwhile. The models can be changed at any time: runs in progress finish with those they
began with. What a model computes for several runs at once is its own affair.
Knows time, queues and cancellation; what a step does is ``run.py``'s. Holds no lock while a model computes.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL.Image import Image

from engine.domain import Problem, Sampling, Solution
from engine.errors import EngineClosed, EngineError, LoadError, OutOfMemory
from engine.events import Event, RolloutsStarted, RunEnded, RunStarted
from engine.protocols import HoldsConnection, KnowsRoom, Models
from engine.serving.examination import Examination, Inquiry
from engine.serving.job import Job, Priority
from engine.serving.owner_turns import OwnerTurns
from engine.serving.rollout_run import RolloutRequest, check_any, serve
from engine.serving.run import RunRequest, Steps
from engine.serving.scoring_queue import ScorePlan
from engine.serving.search import search_refusal
from engine.serving.status import EngineState, EngineStatus, describe
from engine.system.process import stand_back

log = logging.getLogger(__name__)

MAX_INQUIRIES = 16  # that wait for an answer; more are not taken
MAX_ACTIVE = 16  # runs of one priority served in turns, whose tokens a local policy writes together
NO_MODEL = (
    "No model is loaded, so nothing can be sampled or scored. Load a policy and a reward model under Models on Explore."
)

Load = Callable[[], Models | None]  # called in the worker's thread; None: serve no models from now on


@dataclass(slots=True)
class _ActiveJob:
    """A job being served."""

    job: Job
    steps: Steps
    has_begun: bool = False  # whether anything was computed for it


class Engine:
    """Serves solve and score requests with one pair of models at a time. Thread-safe."""

    def __init__(self, load: Load, *, max_active: int = MAX_ACTIVE) -> None:
        """Start the worker, which calls ``load`` first. Requests are accepted at once and wait until it is done."""
        self._max_active = max_active
        self._most_now: int | None = None  # runs that memory proved to be enough for, until one of them ends
        self._models: Models | None = None
        self._changed = threading.Condition()  # guards everything below
        self._next_load: Load | None = load  # to be called once no run is active
        self._state = EngineState.LOADING
        self._failure: EngineError | None = None
        self._waiting: list[Job] = []
        self._turns = OwnerTurns()
        self._active: deque[_ActiveJob] = deque()
        self._inquiries: deque[Inquiry] = deque()
        self._worker = threading.Thread(target=self._work, name="engine", daemon=True)
        self._worker.start()

    def solve(
        self,
        problem: Problem,
        images: Sequence[Image],
        sampling: Sampling,
        plan: ScorePlan | None = None,
        priority: Priority = Priority.PERSON,
        owner: str = "",
    ) -> Job:
        """Sample solutions and score every step. ``images``: decoded RGB, in the problem's order. ``owner``: takes fair turns.

        Raises InvalidRequest for what no model could serve; everything later is RunEnded's error.
        """
        request = RunRequest(problem=problem, images=tuple(images), sampling=sampling, plan=plan or ScorePlan())
        return self.submit(request, priority, owner)

    def score(
        self,
        problem: Problem,
        images: Sequence[Image],
        solutions: Sequence[Solution],
        plan: ScorePlan | None = None,
        priority: Priority = Priority.PERSON,
    ) -> Job:
        """Score given solutions of one problem; events speak of them by their index as ``draw``. Raises as :meth:`solve`."""
        request = RunRequest(
            problem=problem, images=tuple(images), solutions=tuple(solutions), plan=plan or ScorePlan()
        )
        return self.submit(request, priority)

    def submit(
        self, request: RunRequest | RolloutRequest, priority: Priority = Priority.PERSON, owner: str = ""
    ) -> Job:
        """Serve any request, also one that goes on from a beginning: events tell its steps first. Raises as :meth:`solve`."""
        check_any(request)
        job = Job(request, priority, owner, self._wake)
        with self._changed:
            if self._state in (EngineState.CLOSED, EngineState.FAILED, EngineState.EMPTY):
                job.send([RunEnded(seconds=0.0, stopped=False, error=self._refusal())])
                return job
            self._waiting.append(job)
            self._order_waiting()
            if not (self._has_slot(job) and self._has_room(job)):
                self._report_positions()
            self._changed.notify_all()
        return job

    def takes_inquiries(self) -> bool:
        """Return whether :meth:`examine` would ask the models now: what it needs is not worth preparing otherwise."""
        with self._changed:  # an RLock
            return self._state is EngineState.READY and len(self._inquiries) < MAX_INQUIRIES

    def examine(self, images: Sequence[Image], question: str, timeout: float) -> Examination | None:
        """Return what the models say of an input before a run, answered between two forward steps.

        None: there are no models, too many ask at once, or there was no answer within ``timeout`` seconds.
        """
        inquiry = Inquiry(images, question)
        with self._changed:
            if not self.takes_inquiries():
                return None
            self._inquiries.append(inquiry)
            self._changed.notify_all()
        return inquiry.wait(timeout)

    def switch(self, load: Load) -> None:
        """Serve what ``load`` returns, once the runs in progress have finished with the models they began with.

        Waiting requests are served by the new models. When ``load`` raises, the models before stay and ``status`` says why.
        Returns at once; a later call replaces one that has not begun. Raises EngineClosed.
        """
        with self._changed:
            if self._state is EngineState.CLOSED:
                raise EngineClosed("The engine is closed.")
            self._next_load = load
            self._state = EngineState.LOADING
            self._changed.notify_all()

    def status(self) -> EngineStatus:
        """Return the current status. Never waits for a model."""
        with self._changed:
            models = self._models
            return EngineStatus(
                state=self._state,
                message=str(self._failure) if self._failure is not None else None,
                policy=models.policy.card.name if models and models.policy else None,
                reward_model=models.reward_model.card.name if models else None,
                waiting=len(self._waiting),
                active=len(self._active),
                served=describe(models),
                in_turns=models is not None and models.in_turns,
                search_refusal=None if models is None else search_refusal(models.policy),
            )

    def wait_ready(self, timeout: float | None = None) -> EngineStatus:
        """Wait until the models are loaded or failed to; return the status then."""
        with self._changed:
            self._changed.wait_for(lambda: self._state is not EngineState.LOADING, timeout)
        return self.status()

    def close(self) -> None:
        """End every run with EngineClosed (partial results delivered), close the models, join the worker. May be called twice."""
        with self._changed:
            self._state = EngineState.CLOSED
            self._changed.notify_all()
        if threading.current_thread() is not self._worker:
            self._worker.join()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # ---- the worker's thread ----

    def _work(self) -> None:
        stand_back()  # whoever saves a label or opens a page meanwhile has the CPU first
        while (task := self._next_task()) is not None:
            if isinstance(task, _ActiveJob):
                self._serve(task)
            elif isinstance(task, Inquiry):
                task.answer(self._models)
            else:
                self._take_models(task)
        self._end_everything()
        _close(self._models, kept=None)

    def _take_models(self, load: Load) -> None:
        """Replace the models. No lock is held while they load."""
        before = self._models
        failure: EngineError | None = None
        try:
            models = load()
        except EngineError as error:
            log.error("loading failed: %s", error)
            models, failure = before, error
        except Exception as error:  # a loader may fail in any way; the page must say so and stay up
            log.exception("loading failed")
            models, failure = before, LoadError(f"The models could not be loaded: {error!r}.")
        with self._changed:
            self._models, self._failure = models, failure
            if self._state is EngineState.LOADING and self._next_load is None:
                self._state = _state_with(models, failure)
            if self._state in (EngineState.FAILED, EngineState.EMPTY):
                self._end_waiting()
            self._changed.notify_all()
        _close(before, kept=models)

    def _next_task(self) -> _ActiveJob | Inquiry | Load | None:
        """Wait for work; return what is asked, or the run that takes the next step, or what is to be loaded; None: the end."""
        with self._changed:
            while self._state is not EngineState.CLOSED:
                if self._inquiries:
                    return self._inquiries.popleft()
                self._end_cancelled()
                self._admit()
                if self._next_load is not None and not self._active:
                    load, self._next_load = self._next_load, None
                    return load
                if self._active:
                    first = min(active.job.priority for active in self._active)
                    while self._active[0].job.priority != first:
                        self._active.rotate(-1)
                    self._active.rotate(-1)
                    return self._active[-1]
                self._changed.wait()
            return None

    def _serve(self, active: _ActiveJob) -> None:
        """Do one forward step of one job. No lock is held."""
        try:
            events = next(active.steps)
            if self._lacks_memory_beside_others(active, events):
                return
            active.has_begun = active.has_begun or any(
                not isinstance(event, RunStarted | RolloutsStarted) for event in events
            )
            if not any(isinstance(event, RunEnded) for event in events):
                active.job.send(events)
                return
        except Exception as error:  # run() reports its own; this keeps the worker alive whatever comes
            log.exception("run failed job=%s", active.job.id)
            events = (RunEnded(seconds=0.0, stopped=False, error=error),)
        active.steps.close()
        with self._changed:
            self._active.remove(active)
            self._most_now = None
            self._report_positions()
        active.job.send(events)  # last: whoever reads it and asks again finds the place free

    def _lacks_memory_beside_others(self, active: _ActiveJob, events: Sequence[Event]) -> bool:
        """Put a run back that ran out of memory before it began, while others hold theirs: it waits until one of them ends."""
        ended = events[-1] if events else None
        if active.has_begun or not isinstance(ended, RunEnded) or not isinstance(ended.error, OutOfMemory):
            return False
        with self._changed:
            if len(self._active) == 1:
                return False
            self._active.remove(active)
            self._waiting.append(active.job)
            self._turns.put_back(active.job)
            self._most_now = len(self._active)
            self._report_positions()
        active.steps.close()
        return True

    def _order_waiting(self) -> None:
        self._waiting = self._turns.ordered(self._waiting, (active.job for active in self._active))

    def _admit(self) -> None:
        self._order_waiting()
        for job in tuple(self._waiting):
            if not self._has_slot(job):
                continue
            if not self._has_room(job):
                break  # there is none for those behind it either
            self._waiting.remove(job)
            self._turns.begin(job)
            assert self._models is not None
            self._active.append(_ActiveJob(job, serve(job.request, self._models, job.is_stop_asked)))
        self._report_positions()  # of those that came while nothing was being served, and were not let in

    def _beside(self, job: Job) -> list[_ActiveJob]:
        """Return those in whose turns this job would be served. Runs of lower priority do not count: they pause."""
        return [active for active in self._active if active.job.priority <= job.priority]

    def _has_slot(self, job: Job) -> bool:
        """Whether so few are served now that this job may be too."""
        if self._state is not EngineState.READY or self._models is None:
            return False
        ahead = self._beside(job)
        # two runs would send models that take turns on the device back and forth at every step
        if len(ahead) < (1 if self._models.in_turns else self._max_active):
            return True
        # whoever comes for the first time does not wait for several long runs of one owner
        owners = Counter(active.job.owner or active.job.id for active in ahead)
        is_first = bool(job.owner) and job.owner not in owners
        return is_first and not self._models.in_turns and len(owners) < self._max_active

    def _has_room(self, job: Job) -> bool:
        """Whether memory allows this job beside those that are served: their prompts count once they are read.

        What runs of lower priority hold is given up where there is not enough.
        """
        if self._most_now is not None and len(self._active) >= self._most_now:
            return False
        policy = self._models.policy if self._models is not None else None
        ahead = self._beside(job)
        if not ahead or not isinstance(policy, KnowsRoom):
            return True
        return all(active.has_begun for active in ahead) and policy.has_room()

    def _report_positions(self) -> None:
        for place, job in enumerate(self._waiting):
            ahead = place + sum(active.job.priority <= job.priority for active in self._active)
            job.report_position(ahead)

    def _end_cancelled(self) -> None:
        cancelled = [job for job in self._waiting if job.is_stop_asked()]
        for job in cancelled:
            self._waiting.remove(job)
            job.send([RunEnded(seconds=0.0, stopped=True, error=None)])
        if cancelled:
            self._report_positions()

    def _end_waiting(self) -> None:
        for job in self._waiting:
            job.send([RunEnded(seconds=0.0, stopped=False, error=self._refusal())])
        self._waiting.clear()

    def _refusal(self) -> EngineError:
        """Return why no request can be served."""
        if self._state is EngineState.CLOSED:
            return EngineClosed("The engine was shut down.")
        return self._failure or LoadError(NO_MODEL)

    def _end_everything(self) -> None:
        """End all jobs when the engine closes."""
        with self._changed:
            cut_short = tuple(self._active)
            self._active.clear()
            while self._inquiries:
                self._inquiries.popleft().answer(None)
            self._end_waiting()
            error = self._refusal()
        for active in cut_short:
            active.job.send(_last_events(active.steps, error))


def _state_with(models: Models | None, failure: EngineError | None) -> EngineState:
    if models is not None:
        return EngineState.READY
    return EngineState.EMPTY if failure is None else EngineState.FAILED


def _close(models: Models | None, kept: Models | None) -> None:
    """Close the models that are no longer served."""
    if models is None:
        return
    served = (kept.policy, kept.reward_model) if kept is not None else ()
    for model in (models.policy, models.reward_model):
        if isinstance(model, HoldsConnection) and not any(model is other for other in served):
            try:
                model.close()
            except Exception:  # the models that replace it must serve all the same
                log.exception("a model could not be closed")


def _last_events(steps: Steps, error: EngineError) -> tuple[Event, ...]:
    """Return the last events of a run that is cut short, with its partial results."""
    try:
        return tuple(steps.throw(error))
    except Exception as caught:  # it had not begun, so there is nothing to deliver
        return (RunEnded(seconds=0.0, stopped=False, error=caught),)
    finally:
        steps.close()
