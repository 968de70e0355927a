"""Runs as people use them: start one, follow it, stop it, look at it, label it. Scores stay hidden where labels must be blind.

Errors that people can act on are raised as ``InvalidRequest`` or as errors of the store; everything else is a defect.
Knows the engine, stored runs and who may see scores; knows neither widgets nor HTTP.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL.Image import Image

from engine import Engine, EngineError, EngineState, Examination, InvalidRequest
from engine.domain import Person, Problem, Role, Run, RunState, now
from engine.engine import NO_MODEL
from engine.serving.run import RunRequest
from storage import (
    EVERYTHING,
    ImageAccess,
    ImageRepository,
    LabellingRepository,
    NotFound,
    NotSubmitted,
    RunRepository,
    RunSummary,
)
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.independent_run import IndependentRun, as_independent_run
from visualprm_ui.use_cases.live_branches import LiveBranches
from visualprm_ui.use_cases.live_runs import LiveRuns
from visualprm_ui.use_cases.other_scores import OtherModelScores, other_scores
from visualprm_ui.use_cases.problem_drawing import ProblemDrawing
from visualprm_ui.use_cases.run_places import Place, RunPlaces
from visualprm_ui.use_cases.run_progress import restore_progress, start_progress
from visualprm_ui.use_cases.run_view import RunView, as_run_view
from visualprm_ui.use_cases.sample_form import (
    MAX_QUESTION,
    SampleForm,
    check_count,
    check_form,
    check_search,
    clean_text,
)

ELSEWHERE_SECONDS = 1.0  # between two looks at a run that another process works on
MOST_PIXELS_OF_STRANGERS = 25_000_000  # of all pictures of a question: as many as one upload may have
ANSWER_SECONDS = 5.0  # that a page waits for what the models say before a run
SEALED = "Solutions of this run wait for blind labels. Submit yours first, then look at the scores."
SEALED_FOR_GUESTS = (
    "People are labelling solutions of this run and must not see its scores meanwhile, so guests do not see them either. "
    "Look again once the labels are in, or sign in if you have labelled your part."
)
DATA_SOURCE = "workbench"  # of problems that people typed in here


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """A run in a list."""

    summary: RunSummary
    is_blinded: bool  # its scores, and what they choose, must be hidden from the principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Whether a run is shared, and whether the principal may change that."""

    is_shared: bool
    may_change: bool


class NotOwner(InvalidRequest):
    """A run belongs to somebody else."""


class RunControl:
    """Starts, follows and stops the runs of one engine and one store."""

    def __init__(
        self,
        engine: Engine,
        runs: RunRepository,
        labelling: LabellingRepository,
        images: ImageRepository,
        image_access: ImageAccess,
        problems: ProblemDrawing,
    ) -> None:
        self._engine = engine
        self._runs = runs
        self._labelling = labelling
        self._images = images
        self._image_access = image_access
        self._problems = problems
        self._live = LiveRuns(runs)
        self.branches = LiveBranches(runs)
        self.places = RunPlaces(self._live.count_of, self.branches.count_of)

    def start(self, form: SampleForm, principal: Principal | None = None) -> str:
        """Start sampling and scoring for a principal (None: for the app itself); return the run's id at once.

        Raises:
            InvalidRequest: a value of the form cannot be used, or the models could not be loaded.
            NotFound: there is no such picture, or the principal may not see it.
        """
        question = clean_text(form.question)
        answer = clean_text(form.answer or "") or None
        check_form(question, answer, form.images, form.sampling)
        status = self._engine.status()
        if status.state is EngineState.EMPTY:
            raise InvalidRequest(NO_MODEL)
        if form.search is not None:
            check_search(form.search, form.sampling)
            if status.search_refusal is not None:
                raise InvalidRequest(status.search_refusal)
        with self.places.hold(principal) as place:
            return self._start(replace(form, question=question, answer=answer), principal, place)

    def _start(self, form: SampleForm, principal: Principal | None, place: Place) -> str:
        """Store a run of a form that was checked, hand it to the engine and return its id."""
        viewer = EVERYTHING if principal is None else principal.viewer
        images = self.open_pictures(form.images, principal)
        typed = Problem(images=form.images, question=form.question, answer=form.answer, data_source=DATA_SOURCE)
        problem = form.problem or self._problems.find_unchanged(form) or typed
        # nobody could come back to a run of somebody who cannot be told from others
        shared_at = now() if viewer.name is None else None
        sampling = form.sampling if form.search is None else replace(form.sampling, n=form.search.width)
        run = Run(problem_id=problem.id, sampling=sampling, made_by=viewer.name, shared_at=shared_at)
        self._runs.add_problem(problem)
        self._runs.add_run(run, form.search)
        try:
            progress = start_progress(run, problem, self._problems.checker_of(problem), form.search)
            owner = principal.owner if principal is not None else ""
            request = RunRequest(problem=problem, images=tuple(images), sampling=run.sampling, search=form.search)
            place.fill(lambda: self._live.start(progress, lambda: self._engine.submit(request, owner=owner), principal))
        except EngineError as error:
            self._runs.update_run(replace(run, state=RunState.FAILED, message=str(error)))
            raise InvalidRequest(str(error)) from error
        return run.id

    def examine(self, question: str, shas: Sequence[str], principal: Principal) -> Examination:
        """Return what the models say of a question and its pictures before a run; nothing where they say nothing.

        Raises:
            InvalidRequest: a run of them would be refused before any model is asked.
            NotFound: a picture is not in the store.
        """
        check_count(shas)
        if (not shas and not clean_text(question)) or not self._engine.takes_inquiries():
            return Examination()
        images = self.open_pictures(shas, principal)
        return self._engine.examine(images, clean_text(question)[:MAX_QUESTION], ANSWER_SECONDS) or Examination()

    def follow(self, run_id: str) -> Iterator[RunView]:
        """Yield the view of a run at every change until it ends; a finished run is yielded once. Raises NotFound."""
        live = self._live.get(run_id)
        if live is None:
            yield from self._follow_stored(run_id)
        else:
            yield from live.follow()

    def _follow_stored(self, run_id: str) -> Iterator[RunView]:
        """Yield the view of a run that has ended, or that another process works on until it, or that process, ends."""
        seen: RunView | None = None
        while True:
            view = self.view(run_id)
            if view != seen:
                yield view
            if view["state"] != RunState.RUNNING:
                return
            seen = view
            time.sleep(ELSEWHERE_SECONDS)
            self._runs.stop_orphaned_runs()

    def view(self, run_id: str) -> RunView:
        """Return a run as the page shows it now. Raises NotFound."""
        live = self._live.get(run_id)
        if live is not None:
            return live.view()
        result = self._runs.get_run(run_id)
        checker = self._problems.checker_of(result.problem)
        progress = restore_progress(
            result.run, result.problem, result.solutions, result.scorings, checker, result.search
        )
        progress.calibration = self._runs.get_calibration_of(result.run.record)
        return as_run_view(progress)

    def look_at(self, run_id: str, principal: Principal) -> RunView:
        """Return a run for a principal and record that they saw its scores. Raises as :meth:`require_visible` does."""
        self.require_visible(run_id, principal)
        return self.view(run_id)

    def require_visible(self, run_id: str, principal: Principal) -> Run:
        """Return a run, and record that a principal sees its scores, whichever model's.

        Raises:
            NotSubmitted: the scores would spoil labels that the principal still has to give blind.
            NotFound: there is no such run, or the principal may not open it.
        """
        run = self._runs.get_open_run(run_id, principal.viewer)
        if self._blinded([run_id], principal):
            raise NotSubmitted(SEALED if principal.person is not None else SEALED_FOR_GUESTS)
        self._labelling.mark_run_seen(run_id, principal.name)
        return run

    def other_scores(self, run_id: str) -> list[OtherModelScores]:
        """Return other reward models' scores of a run's solutions, for whom :meth:`require_visible` lets. Raises NotFound."""
        return other_scores(self._runs, run_id)

    def beside(self, run_id: str, principal: Principal) -> IndependentRun | None:
        """Return Best-of-N of the newest run that a guided search can be compared with; None where there is none.

        That run is in the principal's list (everybody's for reviewers), asked the same of models of the same names, and its
        solutions are independent. No other counts as seen.
        Raises as :meth:`require_visible` does.
        """
        self.require_visible(run_id, principal)
        search = self.view(run_id)
        if search["search"] is None:
            return None
        for other in self._runs.independent_runs(run_id, principal.viewer):
            try:
                view = self.view(other)
                if view["models"] != search["models"]:
                    continue
                self.require_visible(other, principal)  # last: it records that they saw the run's scores
            except (NotFound, NotSubmitted):  # deleted meanwhile, or sealed
                continue
            return as_independent_run(view, search["search"]["how"])
        return None

    def sample_beside(self, run_id: str, principal: Principal) -> str:
        """Start the run that a guided search can be compared with; return its id.

        It asks the same problem with the same sampling for as many independent solutions as a step of the search has tries.
        Raises as :meth:`require_visible` and :meth:`start` do, and InvalidRequest for a run that is no search.
        """
        self.require_visible(run_id, principal)
        found = self._runs.get_run(run_id)
        if found.search is None:
            raise InvalidRequest("This run is no guided search, so there is nothing to sample beside it.")
        problem, sampling = found.problem, replace(found.run.sampling, n=found.search.plan.tries)
        form = SampleForm(images=problem.images, question=problem.question, answer=problem.answer, sampling=sampling)
        return self.start(replace(form, problem=problem), principal)

    def is_own(self, run_id: str, principal: Principal) -> bool:
        """Whether the principal started a run. Raises NotFound."""
        maker = self._runs.get_run(run_id).run.made_by
        return maker is not None and maker == principal.viewer.name

    def list_for(self, principal: Principal, limit: int = 20, before: str | None = None) -> list[ListedRun]:
        """Return the principal's earlier runs, everybody's for reviewers, the newest first.

        ``before``: the last run of the page before. Raises NotFound where it is none of them.
        """
        found = self._runs.list_runs(limit=limit, before=before, viewer=principal.viewer)
        blinded = self._blinded([summary.run.id for summary in found], principal)
        return [ListedRun(summary=summary, is_blinded=summary.run.id in blinded) for summary in found]

    def newest_of(self, principal: Principal) -> str | None:
        """Return the newest run of their own whose scores a principal may see; None where there is none."""
        made_by = principal.viewer.name
        found = [] if made_by is None else list(self._runs.newest_made_by(made_by, limit=20))
        blinded = self._blinded(found, principal)
        return next((run_id for run_id in found if run_id not in blinded), None)

    def stop(self, run_id: str, principal: Principal | None = None) -> bool:
        """Stop a run; what is finished stays. Return False when it had already ended.

        Raises:
            NotOwner: the run is somebody else's, and the principal is no admin.
            NotFound: there is no such run, or the principal may not open it.
        """
        run = self._runs.get_open_run(run_id, EVERYTHING if principal is None else principal.viewer)
        live = self._live.get(run_id)
        is_theirs = may_change(principal, run) or (live is not None and may_stop(principal, live.starter))
        if not is_theirs and run.state is RunState.RUNNING:
            raise NotOwner("This run is somebody else's: whoever started it can stop it, or an admin.")
        if live is None:
            return is_theirs and self._runs.request_stop(run_id)  # another process works on it, if any does
        return live.stop()

    def get_sharing(self, run_id: str, principal: Principal) -> Sharing:
        """Return whether a run is shared. Raises NotFound: there is no such run, or the principal may not open it."""
        run = self._runs.get_open_run(run_id, principal.viewer)
        return Sharing(is_shared=run.shared_at is not None, may_change=may_change(principal, run))

    def set_shared(self, run_id: str, principal: Principal, *, shared: bool) -> None:
        """Share a run, or stop sharing it. Raises NotFound, NotOwner where it is somebody else's, BadSetting: it has gold items."""
        if not self.get_sharing(run_id, principal).may_change:
            raise NotOwner("This run is somebody else's: whoever started it can share it or stop that, or an admin.")
        self._runs.set_shared(run_id, shared=shared)

    def open_queue(self, run_id: str, principal: Principal) -> str:
        """Put a run's solutions in a queue and return its id; a run keeps its queue.

        Raises:
            NotFound: there is no such run, or the principal may not open it.
            NothingToLabel: it has no finished solution.
        """
        self._runs.get_open_run(run_id, principal.viewer)
        title = self._runs.get_run(run_id).problem.question.strip().split("\n")[0]
        return self._labelling.open_run_queue(run_id, title).id

    def open_pictures(self, shas: Sequence[str], principal: Principal | None) -> list[Image]:
        """Return stored pictures, decoded.

        Raises:
            NotFound: one of them is not there, or the principal may not see it.
            InvalidRequest: a stranger asks for too much memory.
        """
        self._image_access.require(shas, EVERYTHING if principal is None else principal.viewer)
        if principal is not None and principal.is_stranger:
            pixels = sum(math.prod(self._images.size(sha)) for sha in shas)
            if pixels > MOST_PIXELS_OF_STRANGERS:
                raise InvalidRequest(
                    f"The pictures have {pixels / 1e6:.0f} megapixels together; without an account the most is "
                    f"{MOST_PIXELS_OF_STRANGERS / 1e6:.0f}. Make them smaller, remove some, or sign in."
                )
        return [self._images.open(sha) for sha in shas]

    def give(self, before: Principal, person: Person) -> None:
        """Make the runs and uploads of a guest those of the person that they sign in as; those in progress go on without a page.

        ``before``: who the browser was. A person, and a guest whom no cookie tells from others, have nothing to give.
        """
        if before.person is not None or before.is_anonymous:
            return
        taker = Principal(name=person.name, display_name=person.display_name, role=person.role, person=person)
        self._runs.give(before.name, person.name)
        self._live.give(before, taker)
        self.branches.give(before, taker)

    def _blinded(self, run_ids: list[str], principal: Principal) -> frozenset[str]:
        """Return those of the runs whose scores must be hidden.

        Reviewers may see other people's labels, and therefore every run. A guest may be an annotator who is signed out, so a
        guest sees no run that anybody labels blind.
        """
        if principal.may(Role.REVIEWER):
            return frozenset()
        return self._labelling.blinded_runs(run_ids, None if principal.person is None else principal.name)


def may_change(principal: Principal | None, run: Run) -> bool:
    """Return whether a run is the principal's, or they are an admin."""
    return (
        principal is None
        or principal.may(Role.ADMIN)
        or (run.made_by is not None and run.made_by == principal.viewer.name)
    )


def may_stop(principal: Principal | None, starter: Principal | None) -> bool:
    """Return whether a principal may stop what ``starter`` started, a run or a branch; None: the app itself."""
    if principal is None or principal.may(Role.ADMIN):
        return True
    if starter is None or principal.name != starter.name:
        return False
    # browsers without a cookie share one name
    return not principal.is_anonymous or principal.address == starter.address
