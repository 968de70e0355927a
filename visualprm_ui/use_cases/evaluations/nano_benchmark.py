"""A small benchmark with exact labels, out of the source of problems that the embedded models come with.

Its solutions are the source's own, right ones and mistaken ones, so every reward model is measured on the very same steps; the
source's checker labels them. It is offered before it is there, and made by the first evaluation that is about it. Stored once: ids
are made from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from engine.answers import read_answer
from engine.domain import Label, Problem, Solution
from storage import NOBODYS, BadSetting, ImportedRow, ProblemGroup, Store
from storage.runs.built_in_benchmark import CHECKER, DATA_SOURCE
from storage.runs.bulk import RowBatch
from storage.transfer.job_folder import JobKind
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles, SetCounts
from visualprm_ui.use_cases.evaluations.labelled_choices import LabelledChoice
from visualprm_ui.use_cases.evaluations.pool_extent import extent_of
from visualprm_ui.use_cases.evaluations.request import Asked, EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.work import EvaluationExtent
from visualprm_ui.use_cases.problem_source import ProblemSource
from visualprm_ui.use_cases.transfer_jobs import Tell

PROBLEMS = 200
SOLUTIONS = 4  # a problem, the right one among them
FIRST_SEED = 2_000_000_000  # the problems that people draw have seeds below 2**31, seldom these
MAKING = "making"  # phase
_LABELS = f"{LabelKind.FILE}:{CHECKER}"


class NanoBenchmark:
    """The benchmark of one store. ``source``: of its problems; None: there are none."""

    def __init__(self, store: Store, source: ProblemSource | None, problems: int = PROBLEMS) -> None:
        self._store = store
        self._source = source
        self._problems = problems

    def as_asked(self) -> Asked:
        """Return what to ask for to evaluate the loaded reward model on it. Raises BadSetting: the app has no such problems."""
        if self._source is None:
            raise BadSetting("The models that are loaded come without problems to draw, so there is no nano benchmark.")
        return Asked(kind=JobKind.STEP_BENCHMARK, set=SetChoice(data_source=DATA_SOURCE, labels=_LABELS))

    def list_labelled(self, there: Sequence[LabelledChoice]) -> list[LabelledChoice]:
        """Return sets with labels, and it among them where it can be made."""
        if not self._is_to_make():
            return list(there)
        others = [each for each in there if (each.data_source, each.labels) != (DATA_SOURCE, _LABELS)]
        whole = LabelledChoice(
            name=f"{DATA_SOURCE}, by {CHECKER}",
            project=None,
            data_source=DATA_SOURCE,
            labels=_LABELS,
            solutions=SOLUTIONS * self._problems,
            is_stored=False,
        )
        return [*others, whole]

    def list_problems(self, there: Sequence[ProblemGroup]) -> list[ProblemGroup]:
        """Return sets of problems, and its own among them where they can be made."""
        if not self._is_to_make():
            return list(there)
        others = [each for each in there if each.data_source != DATA_SOURCE]
        whole = ProblemGroup(
            name=DATA_SOURCE, project=None, data_source=DATA_SOURCE, answered=self._problems, unanswered=0
        )
        return [*others, whole]

    def expect(self, request: EvaluationRequest) -> EvaluationExtent | None:
        """Return what an evaluation is about that is to make it first; None where another is asked for, or it is there."""
        if not self._is_of(request) or not self._is_to_make():
            return None
        if request.kind is JobKind.BEST_OF_N:
            return extent_of(self._store, request, min(self._problems, request.set.problem_count or self._problems), 0)
        counts = SetCounts(problems=self._problems, solutions=SOLUTIONS * self._problems, steps=None, neutral=None)
        return EvaluationExtent(counts=counts, already=0, seconds=None)

    def make_for(self, request: EvaluationRequest, files: EvaluationFiles, tell: Tell) -> None:
        """Store what is missing of it where an evaluation is about it. Raises DiskError, and what ``tell`` raises."""
        if self._source is None or not self._is_of(request):
            return
        missing = list(self._missing())
        if missing:
            files.update_state(phase=MAKING, total=self._problems)
        for seed in missing:
            tell(seed - FIRST_SEED, None)
            self._store.runs.add_batch(self._batch(self._source, seed))

    def _is_to_make(self) -> bool:
        return self._source is not None and next(self._missing(), None) is not None

    def _is_of(self, request: EvaluationRequest) -> bool:
        about = request.set
        if about.data_source != DATA_SOURCE or about.project is not None or about.queue is not None:
            return False
        return request.kind is JobKind.BEST_OF_N or about.labels == _LABELS

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
