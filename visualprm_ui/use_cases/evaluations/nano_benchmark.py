"""A small benchmark with exact labels, out of the source of problems that the embedded models come with.

Its solutions are the source's own, right ones and mistaken ones, so every reward model is measured on the very same steps; the
source's checker labels them. Stored once: ids are made from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from engine.answers import read_answer
from engine.domain import Label, Problem, Solution
from storage import NOBODYS, BadSetting, ImportedRow, Store
from storage.runs.built_in_benchmark import CHECKER, DATA_SOURCE
from storage.runs.bulk import RowBatch
from storage.transfer.job_folder import JobKind
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice
from visualprm_ui.use_cases.problem_source import ProblemSource

PROBLEMS = 200
SOLUTIONS = 4  # a problem, the right one among them
FIRST_SEED = 2_000_000_000  # the problems that people draw have seeds below 2**31, seldom these


class NanoBenchmark:
    """The benchmark of one store. ``source``: of its problems; None: there are none."""

    def __init__(self, store: Store, source: ProblemSource | None, problems: int = PROBLEMS) -> None:
        self._store = store
        self._source = source
        self._problems = problems

    def store_once(self) -> Asked:
        """Store what of it is not there, and return what to ask for to evaluate the loaded reward model on it.

        Raises BadSetting: the app comes without such problems; DiskError.
        """
        if self._source is None:
            raise BadSetting("The models that are loaded come without problems to draw, so there is no nano benchmark.")
        for seed in self._missing():
            self._store.runs.add_batch(self._batch(self._source, seed))
        choice = SetChoice(data_source=DATA_SOURCE, labels=f"{LabelKind.FILE}:{CHECKER}")
        return Asked(kind=JobKind.STEP_BENCHMARK, set=choice)

    def _missing(self) -> Iterator[int]:
        """Iterate over the seeds whose problem is not stored; a problem is stored with all of its solutions."""
        there = {each.id for each in self._store.runs.iter_problems(DATA_SOURCE)}
        return (seed for seed in range(FIRST_SEED, FIRST_SEED + self._problems) if _id_of(seed) not in there)

    def _batch(self, source: ProblemSource, seed: int) -> RowBatch:
        drawn = source.draw(seed)
        problem = Problem(
            id=_id_of(seed),
            images=(self._store.images.add(drawn.image, NOBODYS).sha,),
            question=drawn.question,
            answer=drawn.answer,
            data_source=DATA_SOURCE,
        )
        written = [tuple(each) for each in source.solve(seed, SOLUTIONS)]
        solutions = [
            Solution(
                id=_id_of(seed, number),
                problem_id=problem.id,
                steps=steps,
                answer=read_answer("\n\n".join(steps)),
                policy_model=source.name,
            )
            for number, steps in enumerate(written)
        ]
        rows = [
            ImportedRow(
                id=_id_of(seed, number, "labels"),
                solution_id=each.id,
                source=CHECKER,
                labels=tuple(Label(checked.label) for checked in source.check(seed, each.steps)),
            )
            for number, each in enumerate(solutions)
        ]
        return RowBatch(problems=[problem], solutions=solutions, rows=rows)


def _id_of(*parts: object) -> str:
    """Return an id that is the same whenever it is asked for."""
    return sha256("/".join(map(str, (DATA_SOURCE, *parts))).encode()).hexdigest()[:32]
