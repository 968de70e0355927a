"""Step benchmarks that are done, as people read them: figures with their record, the steps behind them, two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage import Store
from storage.transfer.job_folder import JobKind
from visualprm_ui.use_cases.evaluations.command import number_text
from visualprm_ui.use_cases.evaluations.comparison import JoinedEvaluations, join
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution
from visualprm_ui.use_cases.evaluations.queueing import JoinedQueue, queue_solutions
from visualprm_ui.use_cases.evaluations.scored_solution import iter_scored
from visualprm_ui.use_cases.evaluations.scoring_record import RecordLine
from visualprm_ui.use_cases.evaluations.step_figures import StepBenchmark, read_values
from visualprm_ui.use_cases.evaluations.step_list import EvaluatedStep, StepFilter, StepTexts, find_steps, read_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBenchmark:
    """A step benchmark with its figures."""

    evaluation: Evaluation
    figures: StepBenchmark
    record: tuple[RecordLine, ...]  # how the figures came about

    @property
    def is_published(self) -> bool:
        """Whether it is about the published VisualProcessBench, so that the paper's figures are of the same steps."""
        counts = self.evaluation.state.counts
        return counts is not None and counts.is_published_benchmark


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedEvaluations:
    """Two step benchmarks side by side."""

    a: Evaluation
    b: Evaluation
    joined: JoinedEvaluations


class StepBenchmarks:
    """The step benchmarks of one store. Every method raises NotFound, and BadSetting for one that is not done."""

    def __init__(self, store: Store, jobs: EvaluationJobs) -> None:
        self._store = store
        self._jobs = jobs

    def get(self, evaluation_id: str) -> MeasuredBenchmark:
        """Return a step benchmark with its figures."""
        found = self._jobs.get_done(evaluation_id, JobKind.STEP_BENCHMARK)
        values = self._jobs.files(evaluation_id).read_figures()
        assert values is not None  # written before the job is done
        record = tuple(RecordLine(*each) for each in values["record"])
        return MeasuredBenchmark(evaluation=found, figures=read_values(values), record=(*_describe(found), *record))

    def find_steps(self, evaluation_id: str, wanted: StepFilter, viewer: str) -> list[EvaluatedStep]:
        """Return the steps that a filter finds, but those of solutions that the viewer is labelling right now."""
        found = self._jobs.get_done(evaluation_id, JobKind.STEP_BENCHMARK)
        threshold = found.threshold
        assert threshold is not None
        return find_steps(iter_scored(self._jobs.files(evaluation_id)), wanted, threshold, self.list_hidden(viewer))

    def list_hidden(self, viewer: str) -> frozenset[str]:
        """Return the solutions that somebody is labelling right now, whose scores they must not see."""
        return self._store.results.list_in_work(viewer)

    def show(self, solutions: Sequence[LabelledSolution], viewer: str) -> StepTexts:
        """Return what there is to read of solutions, and note that the viewer has seen scores of them."""
        self._store.labelling.mark_solutions_seen(list({each.solution for each in solutions}), viewer)
        return read_texts(self._store, solutions)

    def queue(self, solutions: Sequence[str], *, project: str | None, title: str | None) -> JoinedQueue:
        """Put solutions into a queue, as :func:`queueing.queue_solutions` does."""
        return queue_solutions(self._store, solutions, project=project, title=title)

    def compare(self, a: str, b: str) -> ComparedEvaluations:
        """Return what two have in common. Raises BadSetting also where they cannot be compared, with the reason."""
        first, second = (self._jobs.get_done(each, JobKind.STEP_BENCHMARK) for each in (a, b))
        joined = join(first, second, self._jobs.files(a), self._jobs.files(b))
        return ComparedEvaluations(a=first, b=second, joined=joined)


def threshold_origin(found: Evaluation) -> str:
    """Return how an evaluation's threshold was chosen, in words."""
    if found.request.tune_on is not None:
        return f"tuned on {found.request.tune_on_name}, which shares no problem with this set"
    return "chosen after scores were known" if found.state.scores_known else "fixed before scoring"


def _describe(found: Evaluation) -> tuple[RecordLine, ...]:
    request, counts = found.request, found.state.counts
    assert found.threshold is not None
    model = request.reward_model
    return (
        RecordLine("set", request.set_name),
        RecordLine("labels", request.set.labels),
        RecordLine("reward model", model.name),
        RecordLine("revision", model.revision),
        RecordLine(
            "threshold",
            f"{number_text(found.threshold)}, {threshold_origin(found)}; a step is predicted correct above it",
        ),
        *_describe_dev(found),
        RecordLine("neutral and unlabelled steps", "left out" if counts is None else f"{counts.neutral} left out"),
        RecordLine("blank lines in steps", "kept"),
        RecordLine("pictures", "all of a problem are shown"),
    )


def _describe_dev(found: Evaluation) -> tuple[RecordLine, ...]:
    """Return what the threshold was tuned on; nothing where it was not."""
    choice, counts, tuned = found.request.tune_on, found.state.dev, found.state.tuned
    if choice is None or counts is None or tuned is None:
        return ()
    of = f"{counts.solutions} solutions of {counts.problems} problems, labels {choice.labels}"
    return (RecordLine("tuned on", f"{found.request.tune_on_name}: {of}; macro-F1 {100 * tuned.macro_f1:.1f} there"),)
