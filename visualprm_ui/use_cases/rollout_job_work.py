"""The work of a job that labels by rollouts: problem by problem, each stored whole.

Only problems with a reference answer are worked on. A solution that was measured in just this way has these labels already and is
left out. The first problems, ``SAMPLE_SECONDS`` of them, say what all will take; a job that was asked for the plan first waits
then, and goes on behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from engine import Engine
from engine.domain import Sampling, Solution
from engine.outcomes.rollout_labels import RolloutRecord
from engine.prompts.style import PROMPT_VERSION
from engine.rollouts import RolloutPlan
from storage import Store
from storage.transfer.job_folder import JobState
from visualprm_ui.use_cases.batch_requests import CannotServe
from visualprm_ui.use_cases.model_job_files import Item, ModelJobFiles, Report, RolloutFigures
from visualprm_ui.use_cases.model_job_request import ModelId, ModelJobRequest, RolloutSettings, plan_of
from visualprm_ui.use_cases.model_job_work import PAGE, ModelJobWork, batched
from visualprm_ui.use_cases.rollout_requests import GONE, RolloutRequests
from visualprm_ui.use_cases.transfer_jobs import Tell

SAMPLE_SECONDS = 5.0  # of labelling, from which it is computed what all takes
AT_ONCE = 8  # solutions of a problem in one session: their beginnings are held at once
NO_STEPS = "It has no steps, so there is nothing to label."


class RolloutJobWork(ModelJobWork):
    """One job at work. One that makes the plan tells which share of that is done, not of all."""

    requests_type = RolloutRequests
    _requests: RolloutRequests

    def __init__(
        self, store: Store, engine: Engine, job_id: str, request: ModelJobRequest, files: ModelJobFiles, tell: Tell
    ) -> None:
        super().__init__(store, engine, job_id, request, files, tell)
        assert request.rollouts is not None
        assert request.sampling is not None
        assert request.policy is not None
        self._settings: RolloutSettings = request.rollouts
        self._sampling: Sampling = request.sampling
        self._plan: RolloutPlan = plan_of(self._settings.completions, self._settings.mode, self._sampling.seed)
        self._record = record_of(request.policy, self._settings, self._sampling)
        self._plans_only = False
        self._weight_done = self._weight_before = 0  # completions at most, or problems where it samples
        self._weight = 0  # of all
        self._current = 0  # of what is being done
        self._measured_seconds = self._measured_before = 0.0  # of which before the job was taken up again

    def plan(self) -> JobState:
        """Do a few problems and return READY, or DONE where nothing is left. Raises as :meth:`run`."""
        self._plans_only = True
        return self.run()

    def _run(self) -> JobState:
        """Do what is missing; return READY where only the plan was asked for and there is more to do."""
        self._begin()
        report = self._files.read_report()
        assert report is not None
        self._weight = report.weight
        self._measured_seconds = self._measured_before = self._files.sum_figures().seconds
        for page in batched(self._files.iter_items(), PAGE):
            done = self._done_of(page)
            for item in page:
                if self._is_planned:
                    return JobState.READY
                self._do(item, done)
        if self._settings.samples:
            self._fill_queue(report)
        self._tell()
        return JobState.DONE

    @property
    def _is_planned(self) -> bool:
        """Whether it is known what all takes, and no more is to be done now."""
        return self._plans_only and self._measured_seconds >= SAMPLE_SECONDS

    # ---- what there is to do ----

    def _note_items(self) -> None:
        """Write down what there is to do: of problems with a reference answer, without what was measured in this way."""
        named = self._files.read_named()
        wanted = replace(self._request.wanted, solutions=named["solutions"], problems=named["problems"])
        if self._settings.samples:
            problems = self._store.projects.list_problems(wanted.as_problem_selection())
            answered = self._store.runs.list_answered(problems)
            items = [Item(problem=each) for each in problems if each in answered]
            left_out = self._count_left_out(wanted)
            without = len(problems) - len(items)
            report = Report(total=len(items), unanswered=without, benchmark=left_out, weight=len(items))
            self._files.write_items(items, report)
            return
        found = self._store.projects.list_selected(wanted.as_selection())
        answered = self._store.runs.list_answered([each.problem_id for each in found])
        items, already, unanswered = [], 0, 0
        for page in batched(found, PAGE):
            self._tell_job(0, None)
            ids = [one for each in page for one in each.solutions]
            measured, steps = self._store.runs.list_measured(ids, self._record), self._store.runs.count_steps(ids)
            for each in page:
                if each.problem_id not in answered:
                    unanswered += len(each.solutions)
                    continue
                todo = tuple(one for one in each.solutions if one not in measured)
                already += len(each.solutions) - len(todo)
                weight = sum(weight_of(steps.get(one, 0), self._settings) for one in todo)
                if todo:
                    items.append(Item(problem=each.problem_id, solutions=todo, weight=weight))
        total, weight = sum(len(each.solutions) for each in items), sum(each.weight for each in items)
        left_out = self._count_left_out(wanted)
        report = Report(total=total, already=already, unanswered=unanswered, benchmark=left_out, weight=weight)
        self._files.write_items(items, report)

    # ---- labelling ----

    def _done_of(self, page: Sequence[Item]) -> frozenset[str]:
        """Return the ids of the page's runs or labels that are stored."""
        if self._settings.samples:
            return self._store.runs.list_known_runs([self._run_id(each.problem) for each in page])
        solutions = [one for each in page for one in each.solutions]
        found = self._store.runs.list_rollout_labels(solutions)
        return frozenset(each.id for labels in found.values() for each in labels)

    def _do(self, item: Item, done: frozenset[str]) -> None:
        if self._settings.samples:
            is_done = self._run_id(item.problem) in done or item.problem in self._failed
            left, share = int(not is_done), float(is_done)
            self._skip(int(is_done))
        else:
            todo = [each for each in item.solutions if self._label_id(each) not in done and each not in self._failed]
            left, share = len(todo), 1 - len(todo) / len(item.solutions)
            self._skip(len(item.solutions) - left)
        before = round(item.weight * share)
        self._weight_done += before
        self._weight_before += before
        self._current = item.weight - before
        if left:
            if self._settings.samples:
                self._sample_and_label(item.problem)
            else:
                self._label_item(item.problem, todo)
        self._weight_done += self._current
        self._current = 0

    def _label_item(self, problem_id: str, todo: Sequence[str]) -> None:
        known: Mapping[str, Solution] = self._store.runs.read_solutions(todo)
        for one in todo:
            if one not in known:
                self._fail(problem_id, one, GONE)
            elif not known[one].steps:
                self._fail(problem_id, one, NO_STEPS)
        usable = [known[one] for one in todo if one in known and known[one].steps]
        share = self._current / max(1, len(usable))
        for some in batched(usable, AT_ONCE):
            reason = None
            self._current = round(share * len(some))
            try:
                found = self._requests.label(problem_id, some, self._sampling, self._plan, self._label_id)
            except CannotServe as error:
                reason = str(error)
                for each in some:
                    self._fail(problem_id, each.id, reason)
            else:
                self._done += len(some)
                self._note(replace(found, weight=self._current))
            self._weight_done += self._current
            self._current = 0
            self._end_problem(reason)

    def _sample_and_label(self, problem_id: str) -> None:
        reason = None
        try:
            found = self._requests.sample_and_label(
                problem_id, self._run_id(problem_id), self._sampling, self._plan, self._label_id
            )
        except CannotServe as error:
            reason = str(error)
            self._fail(problem_id, None, reason)
        else:
            self._done += 1
            self._note(replace(found, weight=1))
        self._weight_done += self._current
        self._current = 0
        self._end_problem(reason)

    def _note(self, figures: RolloutFigures) -> None:
        self._files.add_figures(figures)
        self._measured_seconds += figures.seconds

    def _label_id(self, solution_id: str) -> str:
        """Return the id of this job's labels of a solution: whoever takes the job up again finds them."""
        return sha256(f"{self._job_id}/{solution_id}".encode()).hexdigest()[:32]

    def _tell(self, share: float = 0.0) -> None:
        """Tell how far the job is. ``share``: of what is being done."""
        if not self._weight:
            self._tell_job(self._done, None)
            return
        done = (self._weight_done + share * self._current) / self._weight
        before = self._weight_before / self._weight
        if self._plans_only:  # it waits once it has measured enough, or when all is done
            done = max(done, _share_of_plan(self._measured_seconds))
            before = max(before, _share_of_plan(self._measured_before))
        self._tell_job(self._done, min(1.0, done), before)


def _share_of_plan(seconds: float) -> float:
    return seconds / SAMPLE_SECONDS if seconds < SAMPLE_SECONDS else 1.0


def weight_of(steps: int, settings: RolloutSettings) -> int:
    """Return how many completions a solution takes at most; one that takes none is some work too."""
    return max(1, (steps - 1) * settings.completions)


def record_of(policy: ModelId, settings: RolloutSettings, sampling: Sampling) -> RolloutRecord:
    """Return what labels are recorded with that are drawn in this way, as far as it is known before."""
    return RolloutRecord(
        policy_model=policy.name,
        policy_revision=policy.revision,
        prompt_version=policy.prompt_version or PROMPT_VERSION,  # not recorded by jobs of before
        mode=settings.mode,
        completions=settings.completions,
        sampling=replace(sampling, n=1),
    )
