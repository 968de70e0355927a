"""The work of a job of the loaded models: problem by problem, each stored whole.

What is done is known by the store, so a job that was killed goes on with what is missing. What cannot be done is kept with its
reason and ends nothing; ``batch_requests.py`` says what does. Knows the store and the job's files; knows no thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import ClassVar, TypeVar

from engine import Engine, ModelRole, ScorePlan
from engine.domain import Sampling, Solution
from storage import Selection, Store
from storage.transfer.job_folder import JobState
from visualprm_ui.use_cases.batch_requests import BatchRequests, CannotServe
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.model_job_files import Failure, Item, ModelJobFiles, Report
from visualprm_ui.use_cases.model_job_request import ModelJobRequest, Wanted
from visualprm_ui.use_cases.transfer_jobs import Tell

AT_ONCE = 32  # solutions of a problem that are scored and stored together
PAGE = 100  # problems, of which the store is asked at once what is missing
Value = TypeVar("Value")


class ModelJobWork:
    """One job at work. ``tell`` is told its progress and raises where it is to end."""

    requests_type: ClassVar[type[BatchRequests]] = BatchRequests  # what asks the engine

    def __init__(
        self, store: Store, engine: Engine, job_id: str, request: ModelJobRequest, files: ModelJobFiles, tell: Tell
    ) -> None:
        self._store = store
        asked = {ModelRole.REWARD_MODEL: request.reward_model, ModelRole.POLICY: request.policy}
        self._models = {role: model for role, model in asked.items() if model is not None}
        self._requests = self.requests_type(store, engine, job_id, self._models, self._tell)
        self._job_id = job_id
        self._request = request
        self._files = files
        self._tell_job = tell
        self._total = self._done = self._before = 0
        self._failed: set[str] = set()  # ids of solutions, or of problems where nothing could be done

    @property
    def waiting(self) -> str | None:
        """What a model server asks to wait for just now, for people; None: nothing."""
        return self._requests.waiting

    def run(self) -> JobState:
        """Do what is missing; return what has become of the job. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        with closing(self._requests):
            return self._run()

    def _run(self) -> JobState:
        self._begin()
        report = self._files.read_report()
        assert report is not None
        self._total = report.total
        if self._request.sampling is None:
            self._score_all()
        else:
            self._sample_all(self._request.sampling)
            self._fill_queue(report)
        self._tell()  # what was found done at the end, too
        return JobState.DONE

    # ---- what there is to do ----

    def _begin(self) -> None:
        """Wait for the models, and write down what there is to do where it is not known yet."""
        self._tell_job(0, None)
        self._requests.await_models(self._models)
        if not self._files.has_items:
            self._note_items()
        self._failed = {each.solution or each.problem for each in self._files.iter_failures()}

    def _note_items(self) -> None:
        """Write down what there is to do, without what this model scored before."""
        request = self._request
        named = self._files.read_named()
        wanted = replace(request.wanted, solutions=named["solutions"], problems=named["problems"])
        if request.sampling is not None:
            problems = self._store.projects.list_problems(wanted.as_problem_selection())
            report = Report(total=len(problems), benchmark=self._count_left_out(wanted))
            self._files.write_items((Item(problem=each) for each in problems), report)
            return
        found = self._store.projects.list_selected(wanted.as_selection())
        items: list[Item] = []
        for page in batched(found, PAGE):
            self._tell_job(0, None)
            _known, missing = self._missing([one for each in page for one in each.solutions])
            left = set(missing)
            todo = (Item(problem=e.problem_id, solutions=tuple(filter(left.__contains__, e.solutions))) for e in page)
            items += [each for each in todo if each.solutions]
        total = sum(len(each.solutions) for each in items)
        already = sum(len(each.solutions) for each in found) - total
        report = Report(total=total, already=already, benchmark=self._count_left_out(wanted))
        self._files.write_items(items, report)

    def _count_left_out(self, wanted: Wanted) -> int:
        """Return how many solutions, or problems, of the built-in benchmark are left out."""
        return self._store.projects.count_left_out(wanted.as_items(samples=self._request.kind.samples))

    def _missing(self, solution_ids: Sequence[str]) -> tuple[dict[str, Solution], tuple[str, ...]]:
        """Return those of the solutions that are stored, and which of them this model has not scored."""
        known = dict(self._store.runs.read_solutions(solution_ids))
        model = self._request.reward_model
        assert model is not None  # a job that scores has one
        steps = {each: len(known[each].steps) for each in solution_ids if each in known}
        return known, self._store.runs.list_unscored(steps, model.name, model.revision, model.prompt_version)

    # ---- scoring ----

    def _score_all(self) -> None:
        for page in batched(self._files.iter_items(), PAGE):
            known, missing = self._missing([one for each in page for one in each.solutions])
            left = set(missing)
            for item in page:
                for solution_id in item.solutions:
                    if solution_id not in known:
                        self._fail(item.problem, solution_id, "It was deleted meanwhile.")
                todo = [known[each] for each in item.solutions if each in left and each not in self._failed]
                unknown = sum(each not in known for each in item.solutions)
                self._skip(len(item.solutions) - len(todo) - unknown)
                for some in batched(todo, AT_ONCE):
                    self._score(item.problem, some)

    def _score(self, problem_id: str, solutions: Sequence[Solution]) -> None:
        """Score solutions of one problem and store what came of it."""
        plan = ScorePlan(max_steps=None)  # steps that are given are never merged: docs/numbers.md
        try:
            scored, failed = self._requests.score(problem_id, solutions, plan)
        except CannotServe as error:
            scored, failed = {}, dict.fromkeys((each.id for each in solutions), str(error))
        self._done += len(scored)
        for solution_id, reason in failed.items():
            self._fail(problem_id, solution_id, reason)
        self._end_problem(None if scored else next(iter(failed.values())))

    # ---- sampling ----

    def _sample_all(self, sampling: Sampling) -> None:
        for page in batched(self._files.iter_items(), PAGE):
            known = self._store.runs.list_known_runs([self._run_id(each.problem) for each in page])
            todo = [e.problem for e in page if self._run_id(e.problem) not in known and e.problem not in self._failed]
            self._skip(len(page) - len(todo))
            for place, problem_id in enumerate(todo):
                self._sample(problem_id, sampling, todo[place + 1 :])

    def _sample(self, problem_id: str, sampling: Sampling, then: Sequence[str]) -> None:
        """Sample and score solutions of one problem and store them."""
        reason = None
        try:
            unscored = self._requests.sample(problem_id, self._run_id(problem_id), sampling, then)
        except CannotServe as error:
            reason = str(error)
            self._fail(problem_id, None, reason)
        else:
            for solution_id, why in unscored.items():
                self._files.add_failure(Failure(problem=problem_id, solution=solution_id, reason=why))
            self._done += 1
        self._end_problem(reason)

    def _run_id(self, problem_id: str) -> str:
        """Return the id of this job's run of a problem: whoever takes the job up again finds it."""
        return sha256(f"{self._job_id}/{problem_id}".encode()).hexdigest()[:32]

    def _fill_queue(self, report: Report) -> None:
        """Put what was sampled in the project's queue; what is there already stays once."""
        if self._request.project is None:
            return
        queue = project_queue(self._store.projects, self._request.project)
        runs = [self._run_id(each.problem) for each in self._files.iter_items()]
        solutions = self._store.runs.list_solutions_of_runs(runs)
        if not solutions:  # a selection of none would be one of all
            self._files.write_report(replace(report, queue=queue.id, queued=0, queue_total=queue.total))
            return
        filled = self._store.projects.add_items(queue.id, Selection(solutions=solutions))
        queued = filled.added + (report.queued or 0)
        self._files.write_report(replace(report, queue=queue.id, queued=queued, queue_total=filled.total))

    # ---- counts ----

    def _skip(self, count: int) -> None:
        """Count what was done, or failed, before the job was taken up again."""
        self._done += count
        self._before += count

    def _fail(self, problem_id: str, solution_id: str | None, reason: str) -> None:
        key = solution_id or problem_id
        if key not in self._failed:
            self._failed.add(key)
            self._files.add_failure(Failure(problem=problem_id, solution=solution_id, reason=reason))
        self._done += 1

    def _end_problem(self, failure: str | None) -> None:
        """Note what servers were asked for a problem, and whether anything of it could be done. Raises CannotGoOn, DiskError."""
        if usage := self._requests.take_usage():
            self._files.add_usage(usage)
        self._requests.count_problem(failure)

    def _tell(self, share: float = 0.0) -> None:
        """Tell how far the job is. ``share``: of what is being done."""
        if not self._total:
            self._tell_job(0, None)
            return
        self._tell_job(self._done, min(1.0, (self._done + share) / self._total), self._before / self._total)


def batched(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Iterate over lists of up to ``size`` values."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some
