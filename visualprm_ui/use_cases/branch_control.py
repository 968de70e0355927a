"""Branches as people use them: count completions from a step, go on from it, change it first; follow and stop that.

Errors that people can act on are raised as ``InvalidRequest`` or as errors of the store. Knows the engine, stored runs and who may
see scores; knows neither widgets nor HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import Engine, EngineError, EngineState, InvalidRequest, Job, RunEnded, RunStarted, SolutionScored
from engine.domain import Problem, Run, RunState, Sampling, Solution, new_id
from engine.engine import NO_MODEL
from engine.limits import MAX_SOLUTIONS
from engine.rollouts import COMPLETIONS
from engine.serving.run import RunRequest
from engine.solution_text.steps import split_clean_steps
from storage import NotFound, RunBranches, RunRepository
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.branch_view import BranchesView, ScoreReading, as_branches_view, live_views
from visualprm_ui.use_cases.live_branches import BranchKind, BranchPlan, is_own_reward_model
from visualprm_ui.use_cases.problem_drawing import ProblemDrawing
from visualprm_ui.use_cases.run_control import NotOwner, RunControl, may_change, may_stop
from visualprm_ui.use_cases.run_places import Place
from visualprm_ui.use_cases.sample_form import clean_text

MOST_CHARACTERS = 8_000  # of an edited step
MOST_CONTINUATIONS = 2_048  # solutions that go on from steps of one run: each look at the run reads all of them
MOST_COMPLETIONS = 16_384  # counted from steps of one run, likewise
SCORE_SECONDS = 8.0  # that a page waits for the score of an edited step
STILL_RUNNING = "This run is still going on. Wait until it ends, or stop it; then go on from its steps."
SOMEBODY_ELSES = "This run is somebody else's: whoever started it can go on from its steps, or an admin."
OF_A_JOB = "This run was made by a background job and is nobody's own: an admin can go on from its steps."
OTHER_REWARD_MODEL = (
    "Another reward model is loaded than the one that scored this run, so its score of the edited step could not be compared with "
    "the others. Load the run's own again under Models."
)
GREEDY = 0.0
SEEDS = 2**53  # as many as JavaScript counts exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchForm:
    """What somebody asks to be made from a step on."""

    kind: BranchKind
    solution: str  # id
    step: int  # 0-based
    edit: str | None = None  # what the step is to say instead; None: what it says
    n: int = COMPLETIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredEdit:
    """The score of a step with another text."""

    score: float | None  # None: the models did not say it in time
    reward_model: str | None  # that said it; None where there is no score


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """A step of a stored solution."""

    run: Run
    problem: Problem
    parent: Solution
    made: RunBranches  # from steps of the run on


class BranchControl:
    """Starts, follows and stops what is made from steps of one store's runs on."""

    def __init__(self, engine: Engine, runs: RunRepository, control: RunControl, problems: ProblemDrawing) -> None:
        self._engine = engine
        self._runs = runs
        self._control = control
        self._problems = problems
        self._live = control.branches

    def view(self, run_id: str, principal: Principal) -> BranchesView:
        """Return what was made from steps of a run on. Raises as ``RunControl.require_visible``."""
        run = self._control.require_visible(run_id, principal)
        problem = self._runs.get_problem(run.problem_id)
        scores = ScoreReading(
            checker=self._problems.checker_of(problem), calibration=self._runs.get_calibration_of(run.record)
        )
        live = live_views(self._live.of_run(run_id), scores)  # before the store: what ends meanwhile is in one of them
        stored = self._runs.get_branches(run_id)
        return as_branches_view(run_id, problem, stored, live, scores, self._refusal(run, principal))

    def start(self, run_id: str, form: BranchForm, principal: Principal) -> str:
        """Have something made from a step on; return its id at once.

        Raises:
            InvalidRequest: it cannot be made from that step, or there are too many in progress.
            NotOwner: the run is somebody else's.
            NotFound, NotSubmitted: there is no such run or solution, or the principal may not see it.
        """
        at = self._find(run_id, form.solution, principal)
        edit = _checked(form, at.parent)
        self._require_room(at, form)
        with self._control.places.hold(principal) as place:
            return self._start(at, form, edit, principal, place)

    def _start(self, at: _Origin, form: BranchForm, edit: str | None, principal: Principal, place: Place) -> str:
        """Hand what was checked to the engine and return its id."""
        branch_id = new_id()
        plan = BranchPlan(
            id=branch_id,
            kind=form.kind,
            run=at.run,
            problem=at.problem,
            parent=at.parent,
            step=form.step,
            edit=edit,
            sampling=_sampling(at.run, form, branch_id),
        )
        images = self._control.open_pictures(at.problem.images, None)  # of a run that they may open
        request = RunRequest(
            problem=at.problem,
            images=tuple(images),
            sampling=plan.sampling,
            beginning=plan.beginning,
            is_scored=form.kind is BranchKind.SOLUTIONS,
        )
        checker = self._problems.checker_of(at.problem)
        try:
            place.fill(
                lambda: self._live.start(
                    plan, lambda: self._engine.submit(request, owner=principal.owner), principal, checker
                )
            )
        except EngineError as error:
            raise InvalidRequest(str(error)) from error
        return plan.id

    def stop(self, run_id: str, branch_id: str, principal: Principal) -> bool:
        """Stop what is being made; what is finished of solutions stays. Return False when it had already ended.

        Raises:
            NotOwner: run and branch are somebody else's, and the principal is no admin.
            NotFound: there is no such run, or the principal may not open it.
        """
        run = self._runs.get_open_run(run_id, principal.viewer)
        live = self._live.get(branch_id)
        if live is None or live.plan.run.id != run_id:
            return False
        if not may_change(principal, run) and not may_stop(principal, live.starter):
            raise NotOwner(SOMEBODY_ELSES)
        live.stop()
        return True

    def score_edit(self, run_id: str, solution_id: str, step: int, text: str, principal: Principal) -> ScoredEdit:
        """Return the score that a step would have with another text. It counts as a run in progress meanwhile.

        Raises as :meth:`start`, and InvalidRequest where another reward model is loaded than the run's own.
        """
        at = self._find(run_id, solution_id, principal)
        form = BranchForm(kind=BranchKind.SOLUTIONS, solution=solution_id, step=step, edit=text, n=1)
        edit = _checked(form, at.parent)
        steps = (*at.parent.steps[:step], edit or "")
        asked = Solution(problem_id=at.problem.id, steps=steps, policy_model=at.parent.policy_model)
        with self._control.places.hold(principal):
            images = self._control.open_pictures(at.problem.images, None)
            request = RunRequest(problem=at.problem, images=tuple(images), solutions=(asked,))
            job = self._engine.submit(request, owner=principal.owner)
            try:
                return _read_score(job, at.run)
            finally:
                job.cancel()

    def _find(self, run_id: str, solution_id: str, principal: Principal) -> _Origin:
        run = self._control.require_visible(run_id, principal)
        if (refusal := self._refusal(run, principal)) is not None:
            raise (InvalidRequest if may_branch(run, principal) else NotOwner)(refusal)
        result = self._runs.get_run(run_id)
        made: RunBranches = self._runs.get_branches(run_id)
        known: Sequence[Solution] = (*result.solutions, *(each.solution for each in made.solutions))
        parent = next((each for each in known if each.id == solution_id), None)
        if parent is None:
            raise NotFound(f"The run has no solution {solution_id!r}. It may have been deleted: load the page again.")
        return _Origin(run=result.run, problem=result.problem, parent=parent, made=made)

    def _require_room(self, at: _Origin, form: BranchForm) -> None:
        """Raise InvalidRequest where as much was made from steps of the run, or is being made, as there may be."""
        live = {each.plan.id: each.plan for each in self._live.of_run(at.run.id) if each.state is RunState.RUNNING}
        if form.kind is BranchKind.ROLLOUTS:
            most, what = MOST_COMPLETIONS, "completions were counted from"
            stored = sum(each.tally.drawn for each in at.made.rollouts)
        else:
            most, what = MOST_CONTINUATIONS, "solutions go on from"
            stored = sum(each.continuation.press not in live for each in at.made.solutions)
        made = stored + sum(each.sampling.n for each in live.values() if each.kind is form.kind)
        if made + form.n > most:
            raise InvalidRequest(
                f"{made:,} {what} steps of this run; {most:,} is the most. Sample the question anew to go on."
            )

    def _refusal(self, run: Run, principal: Principal) -> str | None:
        """Return why nothing can be made from the steps of a run on by a principal; None where it can."""
        if not may_branch(run, principal):
            return OF_A_JOB if _is_of_job(run) else SOMEBODY_ELSES
        if run.state is RunState.RUNNING:
            return STILL_RUNNING
        return NO_MODEL if self._engine.status().state is EngineState.EMPTY else None


def seed_of(branch_id: str) -> int:
    """Return the seed of a branch, which follows from its id: however many are asked for at once, each has its own."""
    return int(branch_id, 16) % SEEDS


def may_branch(run: Run, principal: Principal) -> bool:
    """Return whether a principal may add to a run: whoever may change it, and everybody to a press of nobody who can be told."""
    return (run.made_by is None and not _is_of_job(run)) or may_change(principal, run)


def _is_of_job(run: Run) -> bool:
    return run.record is not None and run.record.job is not None


def _sampling(run: Run, form: BranchForm, branch_id: str) -> Sampling:
    """Return how a branch is sampled: as its run, with a seed of its own.

    A greedy run goes on with the usual temperature, or everything would be what it was; an edited step may be gone on from greedily
    once.
    """
    sampling = replace(run.sampling, n=form.n, seed=seed_of(branch_id))
    is_new = form.edit is not None and form.n == 1
    if sampling.temperature == GREEDY and not is_new:
        return replace(sampling, temperature=Sampling().temperature)
    return sampling


def _read_score(job: Job, run: Run) -> ScoredEdit:
    """Return the score of a solution's last step. Raises InvalidRequest where another reward model is asked than the run's own."""
    end, reward_model = time.monotonic() + SCORE_SECONDS, None
    while (left := end - time.monotonic()) > 0:
        for event in job.take(left):
            match event:
                case RunStarted():
                    if not is_own_reward_model(run, event.record):
                        raise InvalidRequest(OTHER_REWARD_MODEL)
                    reward_model = event.record.reward_model
                case SolutionScored():
                    return ScoredEdit(score=event.scoring.step_scores[-1].score, reward_model=reward_model)
                case RunEnded():
                    return ScoredEdit(score=None, reward_model=None)
                case _:
                    pass
    return ScoredEdit(score=None, reward_model=None)


def _checked(form: BranchForm, parent: Solution) -> str | None:
    """Return the edited step as it is used. Raises InvalidRequest for what cannot be made from a step on."""
    if not 1 <= form.n <= MAX_SOLUTIONS:
        raise InvalidRequest(f"{form.n} solutions cannot be written from one step; choose from 1 to {MAX_SOLUTIONS}.")
    if not 0 <= form.step < len(parent.steps):
        raise InvalidRequest(
            f"The solution has {len(parent.steps)} steps, so it has no step {form.step + 1} to go on from."
        )
    if form.edit is None:
        if form.step == len(parent.steps) - 1:
            raise InvalidRequest(
                "This is the solution's last step, so nothing follows it. Go on from a step before it, or edit it."
            )
        return None
    if form.kind is BranchKind.ROLLOUTS:
        raise InvalidRequest("Only a step as it was written can be rolled out. Continue from the edited step instead.")
    edit = clean_text(form.edit)
    if not edit:
        raise InvalidRequest("The edited step is empty. Write what it should say, or leave it as it was.")
    if len(edit) > MOST_CHARACTERS:
        raise InvalidRequest(f"The edited step has {len(edit):,} characters; the most is {MOST_CHARACTERS:,}.")
    if len(split_clean_steps(edit)) > 1:
        raise InvalidRequest("The edited step has a blank line, which would split it into two steps. Remove the line.")
    return edit
