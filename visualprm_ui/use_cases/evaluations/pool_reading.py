"""Best-of-N as people look at it: its curves, and what is picked of each problem.

Figures of a finished evaluation are those that were kept; while it works they are of the problems done so far. Knows the jobs, the
store and which models are loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from engine import Engine, ModelRole
from engine.domain import Problem, Scoring
from engine.evaluation.solution_pool import Protocol
from engine.evaluation.tables import TableFormat, curve_frame, write_table
from engine.metering.usage import ServerUsage, add_up
from storage import BadSetting, NotFound, NotSubmitted, Store
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.pool_draws import (
    PoolDraw,
    ProblemPool,
    checker_revision,
)
from visualprm_ui.use_cases.evaluations.pool_figures import (
    Pick,
    PickedProblem,
    PoolCurve,
    check_way,
    pick,
    picks,
    read_curve,
)
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.pool_measuring import measure_all, measured, regraded, save_figures
from visualprm_ui.use_cases.evaluations.pool_plan import PoolModel, PoolPlan, require_plan
from visualprm_ui.use_cases.evaluations.pool_rows import iter_rows
from visualprm_ui.use_cases.evaluations.pool_search_figures import (
    SearchedSet,
    searched_problems,
)
from visualprm_ui.use_cases.evaluations.pool_work import PAGE
from visualprm_ui.use_cases.model_job_request import ModelId, model_id
from visualprm_ui.use_cases.model_job_work import batched
from visualprm_ui.use_cases.run_control import SEALED
from visualprm_ui.use_cases.run_progress import restore_progress
from visualprm_ui.use_cases.run_view import RunView, as_run_view
from visualprm_ui.use_cases.server_addresses import without_addresses

KEPT_FILES = 2  # pools that are held in memory: 128,000 solutions take about 100 MB
GROWTH = 1.1  # times as many problems, before the curve of a running evaluation is computed anew


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """All that is known of the pools of an evaluation."""

    evaluation: Evaluation
    plan: PoolPlan
    protocol: Protocol
    curve: PoolCurve | None  # None: no problem is done
    is_final: bool
    problems: int  # that are done
    tokens: int | None  # of all solutions; None: not counted
    usage: tuple[ServerUsage, ...]  # what model servers were asked for them, their scores and searches
    seconds: float
    loaded: ModelId | None  # the reward model
    can_sample: bool  # whether the policy that wrote the pool and a PRM of it are loaded
    checker: str  # that graded the answers


@dataclass(frozen=True, slots=True, kw_only=True)
class PickChoice:
    """Two ways to choose, and the solutions they choose among."""

    protocol: Protocol | None  # None: as the evaluation was asked for
    n: int  # the first of each pool
    way: str
    against: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedSolutions:
    """One problem, with the solutions that two ways choose from."""

    problem: Problem
    way: Pick
    against: Pick
    view: RunView
    run: str | None  # that Explore opens


class EvaluationPools:
    """The pools of Best-of-N evaluations. Safe to use from many threads."""

    def __init__(self, jobs: EvaluationJobs, store: Store, engine: Engine) -> None:
        self._jobs = jobs
        self._store = store
        self._engine = engine
        self._guard = threading.Lock()  # of the two below
        self._locks: dict[
            str, threading.Lock
        ] = {}  # of each evaluation's pools and curves: others do not wait for them
        self._read: dict[str, KeptPools] = {}  # the one that was asked for last is last
        self._running: dict[str, tuple[int, PoolPlan, dict[Protocol, PoolCurve]]] = {}  # of how many problems

    # ---- looking ----

    def report(self, evaluation_id: str, protocol: Protocol | None) -> PoolReport:
        """Return what is known of an evaluation. ``protocol`` None: as it was asked for. Raises NotFound, BadSetting."""

        def read() -> tuple[Evaluation, PoolPlan, list[ProblemPool], Mapping[Protocol, PoolCurve]]:
            evaluation, plan, pools = self.get_pools(evaluation_id)
            with self._holding(evaluation_id):
                return evaluation, plan, pools, self._kept(evaluation) or self._measured(evaluation, plan, pools)

        evaluation, plan, pools, curves = self._jobs.files(evaluation_id).read_shown(read)
        chosen = self._protocol(evaluation, plan, protocol)
        counts = [each.tokens for pool in pools for each in pool.draws]
        known = [each for each in counts if each is not None]
        status = self._engine.status()
        loaded, policy = model_id(status, ModelRole.REWARD_MODEL), model_id(status, ModelRole.POLICY)
        return PoolReport(
            evaluation=evaluation,
            plan=plan,
            protocol=chosen,
            curve=curves.get(chosen),
            is_final=evaluation.is_done,
            problems=len(pools),
            tokens=sum(known) if len(known) == len(counts) else None,
            seconds=sum(each.seconds for each in pools),
            usage=add_up(each for pool in pools for each in (*pool.usage, *pool.later_usage)),
            loaded=loaded,
            can_sample=policy == evaluation.request.policy and plan.reads_steps(loaded),
            checker=checker_revision(),
        )

    def list_picks(self, evaluation_id: str, choice: PickChoice) -> tuple[PickChoice, tuple[PickedProblem, ...], int]:
        """Return what two ways choose of each problem, and for how many any solution is right. Raises NotFound, BadSetting."""
        _evaluation, _plan, choice, pools = self._choose(evaluation_id, choice)
        protocol = choice.protocol or Protocol.IID
        found = picks(pools, protocol, choice.n, choice.way, choice.against)
        of = {each.problem: each.of(protocol)[: choice.n] for each in pools}
        return choice, found, sum(any(draw.is_correct for draw in of[each.problem]) for each in found)

    def list_searched(self, evaluation_id: str, title: str, protocol: Protocol | None) -> SearchedSet:
        """Return what a search and Best-of-N come to of each problem. Raises NotFound, BadSetting."""
        report = self.report(evaluation_id, protocol)
        there = () if report.curve is None else report.curve.searches
        search = next((each for each in there if each.title == title), None)
        if search is None:
            raise NotFound(f"There is no search {title[:20]!r} in this evaluation, or none is done yet.")
        n = search.comparison.n
        _evaluation, plan, pools = self.get_pools(evaluation_id)
        found = () if n is None else searched_problems(pools, title, plan.guide.key, report.protocol, n)
        ids = [each.problem for each in found]
        pages = [self._store.runs.read_problems(page) for page in batched(ids, PAGE)]
        return SearchedSet(
            protocol=report.protocol,
            search=search,
            found=found,
            problems={key: each for page in pages for key, each in page.items()},
            runs={each: plan.first_run(evaluation_id, each) for each in ids},
        )

    def get_problem(
        self, evaluation_id: str, problem_id: str, choice: PickChoice, principal: Principal
    ) -> PickedSolutions:
        """Return one problem with the solutions that two ways choose from, and note that their scores were seen.

        Raises NotFound also where it was deleted meanwhile, BadSetting, and NotSubmitted where the principal has yet to label
        one of them blind.
        """
        evaluation, plan, choice, pools = self._choose(evaluation_id, choice)
        pool = next((each for each in pools if each.problem == problem_id), None)
        draws = () if pool is None else pool.of(choice.protocol or Protocol.IID)[: choice.n]
        if pool is None or not draws:
            raise NotFound(f"There is no problem {problem_id[:40]!r} in this evaluation, or it is not done yet.")
        runs = [each.run_id(evaluation.job.id, problem_id, at) for at, each in enumerate(plan.batches[: pool.batches])]
        if self._store.labelling.blinded_runs(runs, principal.name):
            raise NotSubmitted(SEALED)
        model = next((each for each in plan.models if choice.way.startswith(f"{each.key}_")), plan.models[0])
        problem = self._store.runs.get_problem(problem_id)
        view = self._view(problem, draws, model, runs)
        for run in runs:
            self._store.labelling.mark_run_seen(run, principal.name)
        return PickedSolutions(
            problem=problem,
            way=pick(draws, choice.way),
            against=pick(draws, choice.against),
            view=view,
            run=next(iter(self._store.runs.list_known_runs(runs[-1:])), None),
        )

    def iter_problem_rows(self, evaluation_id: str) -> Iterator[dict[str, object]]:
        """Return the problems as rows that the command line reads, those that were deleted left out. Raises NotFound, at once."""
        _evaluation, _plan, pools = self.get_pools(evaluation_id)
        return self._problem_rows([each.problem for each in pools])

    def _problem_rows(self, ids: Sequence[str]) -> Iterator[dict[str, object]]:
        for problem_id in ids:
            with suppress(NotFound):
                problem = self._store.runs.get_problem(problem_id)
                yield {"id": problem.id, "question": problem.question, "answer": problem.answer}

    def iter_pool_rows(
        self, evaluation_id: str, protocol: Protocol | None, principal: Principal
    ) -> Iterator[dict[str, object]]:
        """Return the solutions of a protocol as rows of a pool that the command line reads, and note that they were seen.

        Raises NotFound, BadSetting, at once; NotSubmitted where the principal has yet to label one of them blind.
        """
        evaluation, plan, pools = self.get_pools(evaluation_id)
        chosen = self._protocol(evaluation, plan, protocol)
        runs = [
            each.run_id(evaluation.job.id, pool.problem, at)
            for pool in pools
            for at, each in enumerate(plan.batches[: pool.batches])
        ]
        if self._store.labelling.blinded_runs(runs, principal.name):
            raise NotSubmitted(SEALED)
        seen = [each.id for pool in pools for each in pool.of(chosen)]
        self._store.labelling.mark_solutions_seen(seen, principal.name)
        return iter_rows(pools, plan, chosen, self._reasons(evaluation_id))

    def _reasons(self, evaluation_id: str) -> dict[tuple[str, str], str]:
        """Return why models gave no scores of solutions."""
        files = self._jobs.files(evaluation_id)
        failures = files.read_shown(lambda: list(files.shown.iter_failures()))
        return {
            (each.solution, each.model): without_addresses(each.reason)
            for each in failures
            if each.solution is not None and each.model is not None
        }

    def write_table(self, evaluation_id: str, protocol: Protocol | None, form: TableFormat) -> str:
        """Return the curve as a table. Raises NotFound, BadSetting: no problem is done."""
        _found, curve = self.report_curve(evaluation_id, protocol)
        searches = {f"search_{each.title}": (each.against, each.comparison) for each in curve.searches}
        return write_table(curve_frame(curve.curve, searches, curve.tokens), form)

    def report_curve(self, evaluation_id: str, protocol: Protocol | None) -> tuple[PoolReport, PoolCurve]:
        """Return what is known of an evaluation, and its curve. Raises NotFound, BadSetting: no problem is done."""
        found = self.report(evaluation_id, protocol)
        if found.curve is None:
            raise BadSetting("No problem is done yet, so there are no figures. Wait for the first ones.")
        return found, found.curve

    # ---- what is read ----

    def _get(self, evaluation_id: str) -> tuple[Evaluation, PoolPlan]:
        """Return an evaluation, and what the pools that are shown of it are made of. Raises NotFound where it has none."""
        evaluation = self._jobs.get(evaluation_id)
        return evaluation, require_plan(evaluation_id, evaluation.request, self._jobs.files(evaluation_id).shown)

    def get_pools(self, evaluation_id: str) -> tuple[Evaluation, PoolPlan, list[ProblemPool]]:
        """Return an evaluation, and the plan and the pools that are shown of it. Raises NotFound."""

        def read() -> tuple[Evaluation, PoolPlan, list[ProblemPool]]:
            evaluation, plan = self._get(evaluation_id)
            with self._holding(evaluation_id):
                return evaluation, plan, self._pools(evaluation_id)

        return self._jobs.files(evaluation_id).read_shown(read)

    def _choose(
        self, evaluation_id: str, choice: PickChoice
    ) -> tuple[Evaluation, PoolPlan, PickChoice, list[ProblemPool]]:
        """Return an evaluation, its plan, a choice that it has, and its pools. Raises NotFound, BadSetting."""
        evaluation, plan, pools = self.get_pools(evaluation_id)
        keys = [each.key for each in plan.models]
        check_way(choice.way, keys)
        check_way(choice.against, keys)
        if choice.n < 1:
            raise BadSetting(f"n is {choice.n}, but there must be at least one solution to choose from.")
        return evaluation, plan, replace(choice, protocol=self._protocol(evaluation, plan, choice.protocol)), pools

    def _protocol(self, evaluation: Evaluation, plan: PoolPlan, asked: Protocol | None) -> Protocol:
        wanted = asked or evaluation.request.protocol or Protocol.IID
        if wanted not in plan.protocols:
            lacking = "greedy solution" if wanted is Protocol.GREEDY_FIRST else "sampled solution"
            raise BadSetting(f"The pools have no {lacking}, which {wanted.value!r} needs. Add it to them first.")
        return wanted

    @contextmanager
    def _holding(self, evaluation_id: str) -> Iterator[None]:
        """Hold the lock of an evaluation."""
        with self._guard:
            lock = self._locks.setdefault(evaluation_id, threading.Lock())
        with lock:
            yield

    def _pools(self, evaluation_id: str) -> list[ProblemPool]:
        """Return the pools that figures are of, graded by this program's checker. The evaluation's lock is held."""
        files = self._jobs.files(evaluation_id).shown
        with self._guard:
            file = self._read.pop(evaluation_id, None)
            if file is None or file.path.parent != files.folder:
                file = KeptPools.of(files.folder)
            self._read[evaluation_id] = file
            for old in list(self._read)[:-KEPT_FILES]:
                del self._read[old]
        pools = list(file.read().values())
        if (fresh := regraded(self._store, pools)) is not None:
            file.pools.update({each.problem: each for each in fresh})
            pools = fresh
        return measured(pools, files.read_failed_problems())

    def _kept(self, evaluation: Evaluation) -> dict[Protocol, PoolCurve] | None:
        """Return the curves that were kept; None where the evaluation was never done, or another checker graded them."""
        found = self._jobs.files(evaluation.job.id).shown.read_figures() if evaluation.has_figures else None
        if found is None or found["checker"] != checker_revision():
            return None
        self._running.pop(evaluation.job.id, None)
        return {Protocol(name): read_curve(values) for name, values in found["curves"].items()}

    def _measured(self, evaluation: Evaluation, plan: PoolPlan, pools: list[ProblemPool]) -> dict[Protocol, PoolCurve]:
        """Return the curves of the pools that are there; those of a finished evaluation are kept. The lock is held."""
        if evaluation.is_done:  # graded anew, by a checker of another version
            curves = measure_all(pools, plan)
            save_figures(self._jobs.files(evaluation.job.id), curves)
            return curves
        count, of, known = self._running.get(evaluation.job.id, (0, plan, {}))
        if known and of == plan and count <= len(pools) < GROWTH * count:
            return known
        curves = measure_all(pools, plan, votes=False)
        self._running[evaluation.job.id] = (len(pools), plan, curves)
        return curves

    def _view(self, problem: Problem, draws: tuple[PoolDraw, ...], model: PoolModel, runs: list[str]) -> RunView:
        """Return the solutions as a run with the scores of a model. Raises NotFound where they were deleted."""
        ids = [each.id for each in draws]
        solutions = self._store.runs.read_solutions(ids)
        if missing := [each for each in ids if each not in solutions]:
            raise NotFound(f"{len(missing)} of these {len(ids)} solutions have been deleted since. The figures stay.")
        run = self._store.runs.get_run(runs[-1]).run
        record = run.record
        if record is not None:
            record = replace(record, reward_model=model.model.name, reward_model_revision=model.model.revision)
        scorings = [
            Scoring(
                solution_id=each.id,
                reward_model=model.model.name,
                step_scores=model.mode.spread(solutions[each.id].steps, scores),
            )
            for each in draws
            if (scores := each.scores.get(model.key))
        ]
        numbered = [replace(solutions[each], draw=at) for at, each in enumerate(ids)]
        return as_run_view(restore_progress(replace(run, record=record), problem, numbered, scorings))
