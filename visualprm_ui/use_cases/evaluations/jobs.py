"""Evaluations as people ask for them: started, followed, ended, taken up again, removed.

All of them share one lane: they want the same models. They are kept until somebody removes them. What a kind does is in the module
that ``KINDS`` names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from pathlib import Path

from engine import Engine, EngineState, ModelRole
from engine.domain import new_id
from storage import BadSetting, NotFound, Store, StoreError
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from visualprm_ui.use_cases.batch_requests import require_model
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles, EvaluationState
from visualprm_ui.use_cases.evaluations.nano_benchmark import NanoBenchmark
from visualprm_ui.use_cases.evaluations.pool_work import BEST_OF_N
from visualprm_ui.use_cases.evaluations.request import (
    Asked,
    EvaluationRequest,
    SetChoice,
    as_asked,
    as_request,
    name_of,
    new_request,
)
from visualprm_ui.use_cases.evaluations.step_work import STEP_BENCHMARK
from visualprm_ui.use_cases.evaluations.work import (
    AwaitsModel,
    CommandSources,
    EvaluationExtent,
    EvaluationKind,
    EvaluationTask,
    MadeOf,
)
from visualprm_ui.use_cases.model_job_files import Failure
from visualprm_ui.use_cases.model_job_request import model_id
from visualprm_ui.use_cases.transfer_jobs import Cancelled, CannotGoOn, TellJob, TransferJobs, reason_of

KINDS: Mapping[JobKind, EvaluationKind] = {
    JobKind.STEP_BENCHMARK: STEP_BENCHMARK,
    JobKind.BEST_OF_N: BEST_OF_N,
}
SHOWN_FAILURES = 100  # in an answer
CANCELLED = "It was cancelled."  # why an addition, or trying again, came to nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation with what is known of it."""

    job: TransferJob
    request: EvaluationRequest
    state: EvaluationState
    waits_behind: int | None  # evaluations before it; None: it does not wait
    failed: int
    failures: tuple[Failure, ...]  # the first

    is_retried: (
        bool  # whether it was done, and is worked on again: for an addition, or to try again what it could not do
    )
    has_figures: bool  # whether they are there: also those of before while it is worked on again
    made_of: MadeOf  # what its figures are of

    @property
    def threshold(self) -> float | None:
        """What a step is predicted correct above; None: it is not about steps, or the threshold is not tuned yet."""
        return self.request.threshold if self.state.tuned is None else self.state.tuned.threshold

    @property
    def is_done(self) -> bool:
        """Whether nothing is done for it any more, and its figures are there."""
        return self.job.state is JobState.DONE

    @property
    def fresh(self) -> int:
        """Rows done in the job's seconds: without those that were found done when these began."""
        return max(0, self.job.done - round(self.job.before * (self.state.total or 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What an evaluation would be about, before it is started."""

    request: EvaluationRequest
    extent: EvaluationExtent
    waits_behind: int  # evaluations before it
    scores_known: bool  # whether a threshold would be chosen after scores of these steps, or figures, were there to see


class EvaluationJobs:
    """The evaluations of one store with one engine's models."""

    def __init__(self, store: Store, engine: Engine, benchmark: NanoBenchmark | None = None) -> None:
        self._store = store
        self._engine = engine
        self._benchmark = benchmark or NanoBenchmark(store, None)
        self._folder = JobFolder(store.data_dir / "evaluations")
        self._runner = TransferJobs(self._folder, kept_seconds=inf, one_lane=True)
        self._is_closing = False
        self._changing = threading.Lock()  # from looking at one that has ended until it is asked for again
        for kind in KINDS:
            self._runner.register(kind, self._work)

    def take_up(self) -> None:
        """Go on with what a process that is gone has left."""
        for job in self._folder.list():
            with self._folder.hold(job.id) as is_held, suppress(StoreError):
                if is_held:
                    self._settle(self._folder.get(job.id))
        self._runner.resume()

    def _settle(self, job: TransferJob) -> None:
        """Have an evaluation as it was where its process died just when it was asked to work on it again, or gave that up."""
        if job.state.is_unfinished:
            return
        files = self.files(job.id)
        if files.is_retried and job.state in (JobState.DONE, JobState.CANCELLED):
            self._folder.save(replace(job, state=JobState.DONE, message=None))
            files.undo_retry()
        files.discard_leftovers()

    def close(self) -> None:
        """Stop working; what is unfinished goes on when the server is started again."""
        self._is_closing = True
        self._runner.close()

    def measure(self, asked: Asked) -> Prospect:
        """Return what an evaluation would be about; starts nothing. Raises NotFound, BadSetting, InvalidRequest."""
        request = self._request_of(asked)
        extent = self._benchmark.expect(request) or KINDS[request.kind].measure(self._store, request)
        there = self.list()
        is_scored = extent.already == extent.counts.solutions
        return Prospect(
            request=request,
            extent=extent,
            waits_behind=sum(each.job.state.is_unfinished for each in there),
            scores_known=request.threshold is not None and (is_scored or _was_measured(request, there)),
        )

    def start(self, asked: Asked, by: str, title: str = "") -> Evaluation:
        """Have something evaluated with the models that are loaded now.

        Args:
            asked: what.
            by: who asks.
            title: for people; "": the name of the set.

        Raises:
            BadSetting: no model is loaded, nothing is labelled so, or what is asked does not fit the kind.
            InvalidRequest: the sampling is out of its limits.
            NotFound: what is named is not there.
        """
        request = self._request_of(asked)
        if self._benchmark.expect(request) is None:
            KINDS[request.kind].check(self._store, request)
        job = TransferJob(
            kind=request.kind, title=title or request.set_name, by=by, asked=as_asked(request), id=new_id()
        )
        files = EvaluationFiles(self._folder.make(job.id))
        files.update_state(scores_known=request.threshold is not None and _was_measured(request, self.list()))
        if asked.repeats is not None:
            asked_before, repeated = self.get(asked.repeats).request, self.files(asked.repeats)
            repeated.read_shown(lambda: KINDS[request.kind].repeat(repeated.shown, asked_before, files))
        return self._look(self._runner.submit(job))

    def get(self, evaluation_id: str) -> Evaluation:
        """Return an evaluation as it is now. Raises NotFound."""
        return self._look(self._get(evaluation_id))

    def get_done(self, evaluation_id: str, kind: JobKind) -> Evaluation:
        """Return an evaluation of a kind whose figures are there. Raises NotFound, BadSetting."""
        found = self.get(evaluation_id)
        if found.request.kind is not kind:
            raise NotFound(f"There is no {kind.value} {evaluation_id[:40]!r}.")
        if not found.has_figures:
            raise BadSetting(
                f"{found.job.title!r} is not done, so it has no figures yet. Wait until it is done, or resume it."
            )
        return found

    def list(self) -> list[Evaluation]:
        """Return all evaluations, the newest first."""
        found = [each for kind in KINDS for each in self._runner.list(kind)]
        return [self._look(each) for each in sorted(found, key=lambda each: each.created_at, reverse=True)]

    def cancel(self, evaluation_id: str) -> Evaluation:
        """End an evaluation; what was scored stays. An addition that waits for a model is given up. Raises NotFound."""
        with self._changing:
            job = self._runner.cancel(evaluation_id, self._get(evaluation_id).kind)
            files = self.files(evaluation_id)
            if job.state in (JobState.CANCELLED, JobState.FAILED) and files.is_retried:  # nobody is at it
                job = self._folder.save(replace(job, state=JobState.DONE, message=None))
                files.undo_retry(CANCELLED)
            return self._look(job)

    def resume(self, evaluation_id: str) -> Evaluation:
        """Go on with one that was cancelled or failed, or try again what it could not do.

        One that is done keeps its figures until there are new ones, and stays done where trying again comes to nothing.

        Raises:
            BadSetting: it is in progress, nothing is left to do, or what failed is another model's than those that are loaded.
            NotFound: it is gone.
        """
        with self._changing:
            job = self._get_ended(evaluation_id)
            files = self.files(evaluation_id)
            if files.is_retried:  # an addition waits for a model, or the server ended just when it was asked for
                self._require_models(job, (ModelRole.REWARD_MODEL,))
            elif job.state is not JobState.DONE:
                files.forget_failures()
            else:
                if next(files.iter_failures(), None) is None:
                    raise BadSetting(
                        "This evaluation is done: nothing is left to do. To measure changed labels, start a new one."
                    )
                self._require_models(job, tuple(ModelRole))
                with _beginning(files, is_addition=False):
                    job = self._runner.submit(job)
                return self._look(job)
            return self._look(self._runner.submit(job))

    def extend(
        self, evaluation_id: str, prepare: Callable[[EvaluationRequest, EvaluationFiles], Callable[[], None]]
    ) -> Evaluation:
        """Have more done for an evaluation that has ended: what is there is not done again.

        One that is done keeps its figures until there are new ones, and is as it was where the addition comes to nothing.
        ``prepare``: looks at what was asked for and what is kept, refuses what does not fit it, and returns what writes down the
        addition. Nothing else changes the evaluation meanwhile. Raises NotFound, BadSetting, and what ``prepare`` raises.
        """
        with self._changing:
            job = self._get_ended(evaluation_id)
            files = self.files(evaluation_id)
            write_down = prepare(as_request(job.asked), files)
            if job.state is JobState.DONE and not files.is_retried:
                with _beginning(files, is_addition=True):
                    write_down()
                    job = self._runner.submit(job)
                return self._look(job)
            files.forget_failures()
            write_down()
            return self._look(self._runner.submit(job))

    def remove(self, evaluation_id: str) -> None:
        """Forget an evaluation with its figures, ending what it does; scores that it stored stay. Raises NotFound."""
        self._runner.remove(evaluation_id, self._get(evaluation_id).kind)

    def command_of(self, request: EvaluationRequest, sources: CommandSources) -> str:
        """Return what gives the figures of an evaluation again in a terminal."""
        return KINDS[request.kind].command(request, sources)

    def files(self, evaluation_id: str) -> EvaluationFiles:
        """Return what an evaluation keeps. Raises NotFound."""
        return EvaluationFiles(self._folder.path(evaluation_id))

    def _work(self, job: TransferJob, folder: Path, tell: TellJob) -> JobState:
        """Do an evaluation. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        request = as_request(job.asked)

        def tell_all(done: int, share: float | None, before: float = 0.0) -> None:
            tell(done, share, before, work.waiting)

        task = EvaluationTask(
            store=self._store,
            engine=self._engine,
            job=job,
            request=request,
            files=EvaluationFiles(folder),
            tell=tell_all,
        )
        try:
            self._benchmark.make_for(request, task.files, tell)
            work = KINDS[request.kind].work(task)
            work.run()
            task.files.end_retry()
        except Exception as error:
            if not task.files.is_retried or self._is_closing:
                raise
            if isinstance(error, AwaitsModel) and task.files.read_state().is_addition:
                raise  # figures of before stand until that model had its turn
            reason = CANCELLED if isinstance(error, Cancelled) else reason_of(error, job.id)
            task.files.undo_retry(reason)
        return JobState.DONE

    def _require_models(self, job: TransferJob, roles: Collection[ModelRole]) -> None:
        """Refuse to go on with other models than an evaluation is of. Raises BadSetting."""
        status = self._engine.status()
        if status.state is EngineState.LOADING:
            raise BadSetting(
                "The models are still being loaded. Wait until they are ready, then resume the evaluation."
            )
        request = as_request(job.asked)
        models = self._made_of(job, self.files(job.id)).reward_models
        served = model_id(status, ModelRole.REWARD_MODEL)
        try:
            if served not in models:
                require_model(models[0], served)
            if request.policy is not None and ModelRole.POLICY in roles:
                require_model(request.policy, model_id(status, ModelRole.POLICY))
        except CannotGoOn as error:
            raise BadSetting(str(error)) from error

    def _request_of(self, asked: Asked) -> EvaluationRequest:
        """Return what is asked for, of the models that are loaded. Raises NotFound, BadSetting, InvalidRequest."""
        if asked.repeats is not None:
            return self._repeated(asked, asked.repeats)
        dev = "" if asked.tune_on is None else name_of(self._store, asked.tune_on)
        return new_request(self._engine.status(), asked, name_of(self._store, asked.set), dev)

    def _repeated(self, asked: Asked, evaluation_id: str) -> EvaluationRequest:
        """Return what asks for the same as an earlier evaluation. Raises NotFound, and BadSetting where other models are loaded."""
        found = self.get(evaluation_id)
        if asked != Asked(kind=found.request.kind, set=SetChoice(), repeats=evaluation_id):
            raise BadSetting(
                "A repeated evaluation asks for the same as before. Leave out everything but its kind and a title."
            )
        status, models = self._engine.status(), found.made_of.reward_models
        policy, loaded = found.request.policy, model_id(status, ModelRole.REWARD_MODEL)
        if loaded not in models or (policy is not None and policy != model_id(status, ModelRole.POLICY)):
            wanted = [f"{each.name} ({each.revision})" for each in (policy, models[0]) if each is not None]
            raise BadSetting(
                f"This repeats an evaluation of {' and '.join(wanted)}, but other models are loaded. Load those under Models on "
                "Explore, or choose anew what to evaluate."
            )
        sampling, n = found.request.sampling, found.made_of.n
        if sampling is None or n is None:
            return found.request
        return replace(found.request, sampling=replace(sampling, n=n))

    def _get(self, evaluation_id: str) -> TransferJob:
        return self._runner.get(evaluation_id, self._folder.get(evaluation_id).kind)

    def _get_ended(self, evaluation_id: str) -> TransferJob:
        """Return an evaluation that nobody works on. Raises NotFound, and BadSetting for one in progress."""
        job = self._get(evaluation_id)
        if job.state.is_unfinished:
            raise BadSetting("This evaluation is in progress. Wait until it ends, or cancel it first.")
        return job

    def _look(self, job: TransferJob) -> Evaluation:
        files = self.files(job.id)
        return files.read_shown(lambda: self._read(job, files))

    def _read(self, job: TransferJob, files: EvaluationFiles) -> Evaluation:
        state = files.read_state()
        if files.is_retried:
            before = files.shown.read_state()
            state = replace(state, counts=before.counts, dev=before.dev)  # of what the figures are of
        failures = files.iter_failures()
        first = tuple(islice(failures, SHOWN_FAILURES))
        return Evaluation(
            job=job,
            request=as_request(job.asked),
            state=state,
            waits_behind=self._runner.waits_behind(job.id),
            failed=len(first) + sum(1 for _each in failures),
            failures=first,
            is_retried=files.is_retried,
            has_figures=job.state is JobState.DONE or files.shown.has_figures,
            made_of=self._made_of(job, files.shown),
        )

    def _made_of(self, job: TransferJob, files: EvaluationFiles) -> MadeOf:
        request = as_request(job.asked)
        return KINDS[request.kind].made_of(files, request)


@contextmanager
def _beginning(files: EvaluationFiles, *, is_addition: bool) -> Iterator[None]:
    """Begin to work on a finished evaluation again; where it cannot be asked for, all is as it was."""
    files.begin_retry(is_addition=is_addition)
    try:
        yield
    except BaseException:
        files.undo_retry()
        raise


def _was_measured(request: EvaluationRequest, there: Iterable[Evaluation]) -> bool:
    """Return whether there are figures of the same model on the same set."""
    return any(
        each.has_figures
        for each in there
        if (each.request.kind, each.request.set, each.request.reward_model)
        == (request.kind, request.set, request.reward_model)
    )
