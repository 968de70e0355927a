"""The work of a Best-of-N evaluation: problem by problem, pools are sampled, searched, scored and graded; then the figures.

Solutions are runs of the store, scores of steps its scorings; what is there is neither sampled nor scored again. A score of a whole
solution is no score of its steps, so it is kept with the evaluation and not where Dataset and step benchmarks would read it as
every step's. Figures look at the pool's own file only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from engine import ModelRole
from engine.domain import Solution
from engine.metering.usage import add_up
from engine.outcomes.guided_search import BeamPlan
from storage import NotFound
from visualprm_ui.use_cases.batch_requests import BatchRequests, CannotServe
from visualprm_ui.use_cases.evaluations.command import best_of_n_command
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool, Scores, graded
from visualprm_ui.use_cases.evaluations.pool_extent import count_set, list_problems, measure_extent, require_problems
from visualprm_ui.use_cases.evaluations.pool_figures import headline
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_measuring import (
    measure_all,
    measured,
    regraded,
    save_figures,
)
from visualprm_ui.use_cases.evaluations.pool_plan import (
    PoolModel,
    ScoreMode,
    made_of,
    plan_of,
    repeat,
    search_run_id,
)
from visualprm_ui.use_cases.evaluations.pool_warnings import LeftOut, counted, warn_of_pools
from visualprm_ui.use_cases.evaluations.stored_pools import StoredPools, values_of
from visualprm_ui.use_cases.evaluations.whole_scores import WholeScores
from visualprm_ui.use_cases.evaluations.work import AwaitsModel, EvaluationKind, EvaluationTask
from visualprm_ui.use_cases.model_job_files import Failure, ModelJobFiles
from visualprm_ui.use_cases.model_job_request import model_id
from visualprm_ui.use_cases.model_job_work import batched
from visualprm_ui.use_cases.search_requests import SearchRequests

AT_ONCE = 32  # solutions that are scored and stored together
PAGE = 100  # problems, of which the store is asked at once what is there
PROBLEMS, POOLS = "problems", "pools"  # names in the evaluation's folder


class PoolWork:
    """One evaluation at work. Killed at any point and made anew, it goes on with what is missing."""

    def __init__(self, task: EvaluationTask) -> None:
        self._task = task
        self._store, self._files = task.store, task.files
        self._failures: ModelJobFiles = task.files.part(POOLS)
        self._plan = plan_of(task.files, task.request)
        self._file = KeptPools.of(task.files.folder)
        self._whole = WholeScores(task.files.folder)
        self._stored = StoredPools(task.store, self._plan, task.job.id, self._whole)
        # solutions with the model's key; problems with the search's title, or None where nothing could be done
        self._failed: set[tuple[str, str | None]] = set()
        self._total = self._done = self._before = 0
        self._parts, self._part = 1, 0  # requests of the present problem, and those that are done
        self._asking: SearchRequests | None = None  # None: no model is asked

    @property
    def waiting(self) -> str | None:
        """See ``EvaluationWork``."""
        return None if self._asking is None else self._asking.waiting

    def run(self) -> None:
        """Do what is missing. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        self._task.tell(0, None)
        self._files.update_state(phase="sampling")
        problems = self._list_problems()
        self._file.read()
        self._whole.read()
        self._failed = {
            (each.solution or each.problem, each.search or each.model) for each in self._failures.iter_failures()
        }
        self._total = len(problems)
        mine = self._await_models(problems)
        with closing(self._requests(mine)) as requests:
            self._asking = requests
            for page in batched(problems, PAGE):
                self._fill_all(page, mine, requests)
        self._require_scores(mine)  # figures of before stand until there are new ones of all models
        self._measure()

    def _fill_all(self, problems: Sequence[str], mine: Sequence[PoolModel], requests: SearchRequests) -> None:
        known = self._store.runs.list_known_runs(
            [run for each in problems for run in (*self._runs(each), *self._search_runs(each))]
        )
        todo = [each for each in problems if not self._is_done(each, mine)]
        self._done += len(problems) - len(todo)
        self._before += len(problems) - len(todo)
        for place, problem_id in enumerate(todo):
            self._fill(problem_id, mine, requests, known, todo[place + 1 :])
            self._done += 1
            self._tell(0.0)

    def _list_problems(self) -> list[str]:
        """Return the problems of the evaluation, as they were when it began."""
        size = self._plan.size + int(self._plan.has_greedy)
        if not self._files.has_rows(PROBLEMS):
            answered, unanswered = list_problems(self._store, self._task.request.set)
            self._files.update_state(counts=count_set(len(answered), unanswered, size), total=len(answered))
            self._files.write_rows(PROBLEMS, ({"problem": each} for each in answered))
        elif (counts := self._files.read_state().counts) is not None:  # there may be more solutions of each than before
            self._files.update_state(counts=replace(counts, solutions=size * counts.problems))
        return [row["problem"] for row in self._files.iter_rows(PROBLEMS)]

    # ---- the models ----

    def _await_models(self, problems: Sequence[str]) -> tuple[PoolModel, ...]:
        """Return those of the pool's models that are loaded now; others wait for their turn. Raises CannotGoOn where none is."""
        self._requests(()).await_models(())  # any
        loaded = model_id(self._task.engine.status(), ModelRole.REWARD_MODEL)
        mine = tuple(each for each in self._plan.models if each.model == loaded)
        if not mine and any(not self._is_done(each, self._plan.models) for each in problems):
            first = self._plan.models[:1]
            self._requests(first).await_models((ModelRole.REWARD_MODEL,))  # raises, naming the model that is wanted
            return first  # it was loaded just now
        return mine

    def _requests(self, mine: Sequence[PoolModel]) -> SearchRequests:
        models = {ModelRole.REWARD_MODEL: mine[0].model} if mine else {}
        if (policy := self._task.request.policy) is not None:
            models[ModelRole.POLICY] = policy
        return SearchRequests(self._store, self._task.engine, self._task.job.id, models, self._tell)

    def _require_scores(self, mine: Sequence[PoolModel]) -> None:
        """Raise AwaitsModel where a model that is not loaded has not searched, or not seen, all there is: its turn is next."""
        guide = self._plan.guide
        count = sum(bool(self._to_search(each, (guide,))) for each in self._measured())
        if count and guide not in mine:
            raise AwaitsModel(
                f"{counted(count, 'problem was', 'problems were')} not searched under {guide.title} ({guide.model.revision}) yet. "
                "Load it under Models on Explore, then resume. Everything else is done."
            )
        for model in self._plan.models:
            count = sum(len(each.lacking(model.key)) for each in self._measured())
            if count and model not in mine:
                raise AwaitsModel(
                    f"{counted(count, 'solution has', 'solutions have')} no scores by {model.title} "
                    f"({model.model.revision}) yet. Load it under Models on "
                    "Explore, then resume. Everything else is done."
                )

    # ---- one problem ----

    def _runs(self, problem_id: str) -> list[str]:
        return [each.run_id(self._task.job.id, problem_id, number) for number, each in enumerate(self._plan.batches)]

    def _search_runs(self, problem_id: str) -> list[str]:
        return [search_run_id(self._task.job.id, problem_id, each) for each in self._plan.searches]

    def _is_done(self, problem_id: str, models: Sequence[PoolModel]) -> bool:
        """Return whether these models can do nothing more for a problem."""
        pool = self._file.pools.get(problem_id)
        if (problem_id, None) in self._failed:
            return True
        return (
            pool is not None
            and pool.batches == len(self._plan.batches)
            and not any(self._to_score(pool, each) for each in models)
            and not self._to_search(pool, models)
        )

    def _is_whole(self, problem_id: str) -> bool:
        """Return whether a problem has all solutions of the plan, and every model was asked about them."""
        pool = self._file.pools.get(problem_id)
        return (
            pool is not None
            and pool.batches == len(self._plan.batches)
            and not any(pool.lacking(each.key) for each in self._plan.models)
        )

    def _to_search(self, pool: ProblemPool, models: Sequence[PoolModel]) -> list[BeamPlan]:
        """Return how these models are still to search a problem; what failed is tried again once its failure is forgotten."""
        return [
            each
            for each in (self._plan.searches if self._plan.guide in models else ())
            if pool.search_of(each.title) is None and (pool.problem, each.title) not in self._failed
        ]

    def _to_score(self, pool: ProblemPool, model: PoolModel) -> list[PoolDraw]:
        """Return what a model is to score; what it could not score is tried again once its failure is forgotten."""
        return [
            each
            for each in pool.draws
            if each.may_be_picked and each.scores.get(model.key) is None and (each.id, model.key) not in self._failed
        ]

    def _fill(
        self,
        problem_id: str,
        mine: Sequence[PoolModel],
        requests: SearchRequests,
        known: frozenset[str],
        then: Sequence[str],
    ) -> None:
        """Do what is missing of a problem, and keep its pool. One that fails keeps the pool it has, out of the figures.

        A search that fails is left out alone: the pool is in every figure but the comparison with that search.
        ``known``: the runs that are there; ``then``: the problems that come next.
        """
        searches = self._plan.searches if self._plan.guide in mine else ()
        self._parts, self._part = len(self._plan.batches) + len(searches) + len(mine), 0
        before = self._file.pools.get(problem_id)
        try:
            self._sample(problem_id, requests, known, then)
            requests.take_usage()  # of runs, which keep it themselves
            unsearched = self._search(problem_id, searches, requests, known, then)
            pool, solutions = self._stored.read(problem_id, before)
            for model in mine:
                pool = self._score(pool, solutions, model, requests)
                self._part += 1
            problem = self._store.runs.get_problem(problem_id)
            pool = graded(pool, problem.answer, problem.question)
            is_new = pool != before
            self._file.add(replace(pool, later_usage=add_up((*pool.later_usage, *requests.take_usage()))))
        except (CannotServe, NotFound) as error:
            requests.forget(problem_id)
            is_deleted = not self._store.runs.read_problems([problem_id])
            if is_deleted and self._is_whole(problem_id):
                return  # what could not be scored or searched of it stays so
            self._fail(Failure(problem=problem_id, solution=None, reason=str(error)))
            if not is_deleted:  # else it tells nothing of the models
                requests.count_problem(str(error))
        else:
            requests.count_problem(None if is_new else unsearched)

    def _sample(self, problem_id: str, requests: BatchRequests, known: frozenset[str], then: Sequence[str]) -> None:
        for number, (batch, run_id) in enumerate(zip(self._plan.batches, self._runs(problem_id), strict=True)):
            if run_id not in known:
                lacking = [each for each in then if self._runs(each)[number] not in known]
                requests.sample(problem_id, run_id, batch.sampling, lacking)
            self._part += 1

    def _search(
        self,
        problem_id: str,
        searches: Sequence[BeamPlan],
        requests: SearchRequests,
        known: frozenset[str],
        then: Sequence[str],
    ) -> str | None:
        """Search a problem, and note each search that could not be done; return why the last one could not."""
        failure = None
        for search in searches:
            run_id = search_run_id(self._task.job.id, problem_id, search)
            if run_id not in known and (problem_id, search.title) not in self._failed:
                lacking = [each for each in then if search_run_id(self._task.job.id, each, search) not in known]
                try:
                    requests.search(problem_id, run_id, self._plan.sampling, search, lacking)
                except CannotServe as error:
                    failure = str(error)
                    self._fail(Failure(problem=problem_id, solution=None, reason=failure, search=search.title))
            self._part += 1
        return failure

    def _score(
        self, pool: ProblemPool, solutions: Mapping[str, Solution], model: PoolModel, requests: BatchRequests
    ) -> ProblemPool:
        """Return the pool with the scores of a model that it lacked; None where that could not score."""
        todo = [solutions[each.id] for each in self._to_score(pool, model)]
        new: dict[str, Scores | None] = {}
        for some in batched(todo, AT_ONCE):
            scored, failed = requests.score(
                pool.problem, some, model.mode.plan, is_stored=model.mode is ScoreMode.STEPS
            )
            values = {each: values_of(scoring.step_scores) for each, scoring in scored.items()}
            if model.mode is ScoreMode.WHOLE:
                self._whole.add(model.model, values)
            new |= values
            for solution_id, reason in failed.items():
                new[solution_id] = None
                why = f"{model.title}: {reason}"
                self._fail(Failure(problem=pool.problem, solution=solution_id, reason=why, model=model.key))
        draws = (
            replace(each, scores={**each.scores, model.key: new[each.id]}) if each.id in new else each
            for each in pool.draws
        )
        return replace(pool, draws=tuple(draws))

    # ---- figures ----

    def _measure(self) -> None:
        """Compute the figures of every protocol and keep them."""
        self._files.update_state(phase="figures")
        if fresh := regraded(self._store, list(self._file.pools.values())):
            self._file.rewrite(fresh)
        pools = self._measured()
        self._task.tell(self._done, 1.0, self._before / self._total if self._total else 0.0)
        curves = measure_all(pools, self._plan)
        save_figures(self._files, curves)
        asked = self._task.request.protocol
        shown = curves.get(asked) if asked is not None else None
        self._files.update_state(
            headline=None if shown is None else headline(shown, self._plan.models[0].key),
            warnings=self._warnings(pools),
        )

    def _measured(self) -> list[ProblemPool]:
        """Return the pools that figures are of."""
        failed = {each for each, model in self._failed if model is None}
        return measured(self._file.pools.values(), failed)

    def _warnings(self, pools: Sequence[ProblemPool]) -> tuple[str, ...]:
        counts = self._files.read_state().counts
        left = [each for each in self._file.pools if (each, None) in self._failed]
        there = sum(len(self._store.runs.read_problems(page)) for page in batched(left, PAGE))
        left_out = LeftOut(
            unanswered=(counts and counts.unanswered) or 0,
            unsampled=self._total - len(self._file.pools),
            deleted=len(left) - there,
            failed=there,
            unsearched={
                each.title: count
                for each in self._plan.searches
                if (count := sum(pool.search_of(each.title) is None for pool in pools))
            },
        )
        return warn_of_pools(left_out, self._total, pools)

    # ---- counts ----

    def _fail(self, failure: Failure) -> None:
        key = (failure.solution or failure.problem, failure.search or failure.model)
        if key not in self._failed:
            self._failed.add(key)
            self._failures.add_failure(failure)

    def _tell(self, share: float) -> None:
        """Tell how far the evaluation is. ``share``: of the present request."""
        if not self._total:
            self._task.tell(0, None)
            return
        problem = min(1.0, (self._part + min(1.0, share)) / self._parts)
        self._task.tell(self._done, min(1.0, (self._done + problem) / self._total), self._before / self._total)


BEST_OF_N = EvaluationKind(
    work=PoolWork,
    measure=measure_extent,
    check=require_problems,
    command=best_of_n_command,
    made_of=made_of,
    repeat=repeat,
)
