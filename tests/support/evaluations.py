"""Evaluations as tests run them: labelled solutions in a store, jobs over it, waited for by asking again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from engine import Engine
from engine.domain import Label, Problem, Solution
from storage import ImportedRow, Store
from storage.transfer.job_folder import JobKind
from tests.support.waiting import awaited
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.nano_benchmark import NanoBenchmark
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice

FILE = "checker"  # whose labels they are


@contextmanager
def opened(store: Store, engine: Engine, benchmark: NanoBenchmark | None = None) -> Iterator[EvaluationJobs]:
    """Evaluations over a store and an engine; both the jobs and the engine are closed."""
    with engine, closing(EvaluationJobs(store, engine, benchmark)) as jobs:
        jobs.take_up()
        yield jobs


def add_labelled(
    store: Store, question: str, *solutions: tuple[Sequence[str], Sequence[int | None]], source: str | None = "test"
) -> list[str]:
    """Store a problem with solutions, given as (steps, labels), that a file labels; return their ids."""
    problem = Problem(question=question, answer="1", data_source=source)
    store.runs.add_problem(problem)
    made = []
    for number, (steps, labels) in enumerate(solutions):
        solution = Solution(problem_id=problem.id, steps=tuple(steps), policy_model=f"policy {number}")
        store.runs.add_solution(None, solution)
        relabel(store, solution.id, labels)
        made.append(solution.id)
    return made


def relabel(store: Store, solution: str, labels: Sequence[int | None], source: str = FILE) -> None:
    """Store what a file says of a solution from now on."""
    as_labels = tuple(None if each is None else Label(each) for each in labels)
    store.runs.add_imported_row(ImportedRow(solution_id=solution, source=source, labels=as_labels))


def step_benchmark(threshold: float | None = None, *, tune_on: SetChoice | None = None, **of_set: object) -> Asked:
    """Return what is asked for by somebody who wants a step benchmark."""
    about = SetChoice(**of_set)  # type: ignore[arg-type]
    return Asked(kind=JobKind.STEP_BENCHMARK, set=about, threshold=threshold, tune_on=tune_on)


def ended(jobs: EvaluationJobs, evaluation_id: str) -> Evaluation:
    """Return an evaluation once nobody works on it."""
    return awaited(lambda: jobs.get(evaluation_id), lambda found: not found.job.state.is_unfinished)


def evaluated(jobs: EvaluationJobs, asked: Asked) -> Evaluation:
    """Have something evaluated and return the evaluation at its end."""
    return ended(jobs, jobs.start(asked, "ada").job.id)
