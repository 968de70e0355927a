"""What is being made from steps of runs on: each has a thread that stores what the engine finishes, as a run has.

A branch belongs to the server, not to a tab. Rollouts are counted once all of them have ended: those that end first are the short
ones, so that what a stopped measurement found says nothing. Knows the store and the engine; knows no widget.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from engine import InvalidRequest, Job
from engine.domain import FinishReason, Problem, Run, RunRecord, RunState, Sampling, Solution
from engine.events import Event, RunEnded, RunStarted, ScoringFailed, SolutionFinished, SolutionScored
from engine.metering.usage import ServerWait
from engine.outcomes.tally import tally
from storage import Continuation, NotFound, Rollout, RunRepository, StoreError
from storage.runs.targets import Target, TargetKind
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.live_runs import ABANDONED_SECONDS, DEFECT, outcome, scoring_failure
from visualprm_ui.use_cases.problem_source import StepChecker
from visualprm_ui.use_cases.run_progress import Card, apply_event, start_progress

log = logging.getLogger(__name__)

RUN_IS_GONE = "The run was deleted in the meantime."
MOST_ENDED = 64  # branches that ended early and are remembered, so that pages can say why
OTHER_MODELS = (
    "Other models are loaded than those that made this run, so nothing was made from its step: it would be mixed with "
    "theirs. Load them again under Models, or sample the question anew."
)


class BranchKind(StrEnum):
    """What is made from a step on."""

    ROLLOUTS = "rollouts"  # completions, which are counted and not kept
    SOLUTIONS = "solutions"  # which are kept and scored


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPlan:
    """What is to be made from a step on."""

    id: str
    kind: BranchKind
    run: Run
    problem: Problem
    parent: Solution
    step: int  # of the parent, 0-based: the last that is kept, or the edited one
    edit: str | None  # what a person made of that step; None: it is the parent's
    sampling: Sampling

    @property
    def beginning(self) -> tuple[str, ...]:
        """The steps that it goes on from."""
        kept = self.parent.steps[: self.step + 1]
        return kept if self.edit is None else (*kept[:-1], self.edit)


class LiveBranch:
    """One branch that is being made. Its lock guards what pages see, and is never held while waiting for the engine."""

    def __init__(
        self, runs: RunRepository, job: Job, plan: BranchPlan, starter: Principal, checker: StepChecker | None
    ) -> None:
        self.plan = plan
        self.starter = starter
        self._runs = runs
        self._job = job
        self._lock = threading.Lock()
        # the cards are those of a run of its own, which is not stored
        self._progress = start_progress(replace(plan.run, sampling=plan.sampling), plan.problem, checker)
        self._record: RunRecord | None = None
        self._stored: set[str] = set()
        self._failures: list[str] = []
        self._seconds = 0.0
        self._seen = time.monotonic()  # when a page last asked how it goes
        self.state = RunState.RUNNING
        self.message: str | None = None

    @property
    def ahead(self) -> int | None:
        """Requests served before this one; None once it has started."""
        with self._lock:
            return self._progress.ahead

    @property
    def waiting(self) -> ServerWait | None:
        """What a model server asks to wait; None: it goes on."""
        with self._lock:
            return self._progress.waiting

    def progress(self) -> tuple[int, list[Card]]:
        """Return how many have ended, and a copy of the cards; told that a page looks."""
        with self._lock:
            self._seen = time.monotonic()
            cards = [
                replace(card, steps=[*card.steps], step_scores=[*card.step_scores]) for card in self._progress.cards
            ]
        return sum(card.solution is not None for card in cards), cards

    def stop(self) -> None:
        """Ask the engine to stop."""
        self._job.cancel()

    def consume(self) -> None:
        """Apply and store every event of the job until its end; the body of the branch's thread."""
        try:
            for event in self._events():
                self._store_event(event)
                with self._lock:
                    apply_event(self._progress, event)
        except InvalidRequest as error:
            self._fail(str(error))
        except NotFound:  # nobody waits for it any more
            log.info("branch=%s ended: its run is gone", self.plan.id)
            self._fail(RUN_IS_GONE)
        except StoreError as error:
            log.exception("branch=%s could not be stored", self.plan.id)
            self._fail(f"It was ended because it could not be stored: {error}")
        except Exception:  # a defect must not leave pages waiting
            log.exception("branch=%s could not be followed", self.plan.id)
            self._fail(DEFECT)

    def _events(self) -> Iterator[Event]:
        """Iterate over the job's events; meanwhile end what nobody who is a stranger waits for any more."""
        for events in self._job.batches(timeout=1.0):
            yield from events
            if self.starter.is_stranger and time.monotonic() - self._seen > ABANDONED_SECONDS:
                self._job.cancel()

    def _store_event(self, event: Event) -> None:
        match event:
            case RunStarted():
                require_same_models(self.plan, event.record)
                self._record = event.record
            case SolutionFinished() if self.plan.kind is BranchKind.SOLUTIONS:
                self._store_solution(event.solution)
            case SolutionScored() if event.scoring.solution_id in self._stored:
                self._runs.add_scoring(self.plan.run.id, event.scoring)
            case ScoringFailed():
                self._failures.append(scoring_failure(event))
            case RunEnded():
                self._seconds = event.seconds
                if event.usage:
                    self._runs.add_branch_usage(self.plan.id, self.plan.parent.id, event.usage)
                state, message = outcome(event)
                if state is RunState.DONE and self.plan.kind is BranchKind.ROLLOUTS:
                    self._store_rollout()
                self.message = " ".join(self._failures) or message
                self.state = state
            case _:
                pass

    def _store_solution(self, solution: Solution) -> None:
        if solution.finish is FinishReason.CANCELLED:
            return
        plan = self.plan
        where = Continuation(
            solution_id=solution.id,
            parent_id=plan.parent.id,
            step=plan.step,
            edit=plan.edit,
            press=plan.id,
            position=solution.draw or 0,
            sampling=plan.sampling,
            made_by=self.starter.viewer.name,
        )
        self._runs.add_continuation(plan.run.id, replace(solution, draw=None), where)
        self._stored.add(solution.id)

    def _store_rollout(self) -> None:
        plan, record = self.plan, self._record
        with self._lock:
            found = [card.solution for card in self._progress.cards if card.solution is not None]
        self._runs.add_rollout(
            Rollout(
                id=plan.id,
                solution_id=plan.parent.id,
                first=plan.step,
                last=plan.step,
                policy_model=record.policy_model if record is not None else "",
                policy_revision=record.policy_revision if record is not None else "",
                sampling=plan.sampling,
                tally=tally(found, plan.problem.question, plan.problem.answer),
                tokens=sum(each.tokens or 0 for each in found),
                seconds=self._seconds,
                made_by=self.starter.viewer.name,
            )
        )

    def _fail(self, message: str) -> None:
        self._job.cancel()
        self.message = message
        self.state = RunState.FAILED


class LiveBranches:
    """All branches in progress, and the last that ended early, by id. Its lock guards the dictionaries only."""

    def __init__(self, runs: RunRepository) -> None:
        self._repository = runs
        self._live: dict[str, LiveBranch] = {}
        self._ended: OrderedDict[str, LiveBranch] = OrderedDict()
        self._lock = threading.Lock()

    def start(
        self, plan: BranchPlan, submit: Callable[[], Job], starter: Principal, checker: StepChecker | None
    ) -> LiveBranch:
        """Hand a plan to the engine and follow it on a thread of its own. What failed at its step before is forgotten."""
        live = LiveBranch(self._repository, submit(), plan, starter, checker)
        with self._lock:
            self._live[plan.id] = live
            for other in [*self._ended.values()]:
                if (other.plan.parent.id, other.plan.step) == (plan.parent.id, plan.step):
                    del self._ended[other.plan.id]
        threading.Thread(target=self._consume, args=(live,), name=f"branch-{plan.id[:8]}", daemon=True).start()
        return live

    def get(self, branch_id: str) -> LiveBranch | None:
        """Return a branch in progress; None when it has ended or never was."""
        with self._lock:
            return self._live.get(branch_id)

    def of_run(self, run_id: str) -> list[LiveBranch]:
        """Return the branches of a run that are in progress or ended early, the oldest first."""
        with self._lock:
            return [each for each in (*self._ended.values(), *self._live.values()) if each.plan.run.id == run_id]

    def count_of(self, owner: str) -> int:
        """Return how many branches in progress are counted under this owner."""
        with self._lock:
            going_on = [each for each in self._live.values() if each.state is RunState.RUNNING]
            return sum(each.starter.owner == owner for each in going_on)

    def stop_of(self, target: Target) -> None:
        """Stop the branches in progress of a run, of a problem's runs or of a picture's, which was deleted."""
        with self._lock:
            gone = [each for each in self._live.values() if _is_of(each.plan, target)]
        for each in gone:
            each.stop()

    def give(self, giver: Principal, taker: Principal) -> None:
        """Take the branches in progress that ``giver`` started for those of ``taker``, who is the same person."""
        with self._lock:
            for each in self._live.values():
                if each.starter.name == giver.name:
                    each.starter = taker

    def _consume(self, live: LiveBranch) -> None:
        try:
            live.consume()
        finally:
            with self._lock:
                self._live.pop(live.plan.id, None)
                if live.state is not RunState.DONE or live.message is not None:
                    self._ended[live.plan.id] = live
                    while len(self._ended) > MOST_ENDED:
                        self._ended.popitem(last=False)


def _is_of(plan: BranchPlan, target: Target) -> bool:
    match target.kind:
        case TargetKind.RUN:
            return plan.run.id == target.id
        case TargetKind.PROBLEM:
            return plan.problem.id == target.id
        case TargetKind.PICTURE:
            return target.id in plan.problem.images


def require_same_models(plan: BranchPlan, record: RunRecord) -> None:
    """Raise InvalidRequest where other models serve than those that made the run; rollouts need its policy alone."""
    own = plan.run.record
    if own is None:
        return
    is_same = (own.policy_model, own.policy_revision, own.policy_prompts) == (
        record.policy_model,
        record.policy_revision,
        record.policy_prompts,
    )
    if is_same and plan.kind is BranchKind.SOLUTIONS:
        is_same = is_own_reward_model(plan.run, record)
    if not is_same:
        raise InvalidRequest(OTHER_MODELS)


def is_own_reward_model(run: Run, record: RunRecord) -> bool:
    """Return whether the reward model that serves is the one that scored a run; True where the run does not know its own."""
    own = run.record
    served = (record.reward_model, record.reward_model_revision)
    return own is None or (own.reward_model, own.reward_model_revision) == served
