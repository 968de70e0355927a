"""The work of a step benchmark: labels are frozen, what lacks scores is scored, scores are frozen, figures are computed.

Scores are those of the request's model in its revision only. What is scored already is not scored again; what cannot be scored is
kept with its reason and left out of the figures, and a warning says so. Knows no thread.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine.evaluation.step_report import StepReport
from storage import Store
from storage.runs.job_runs import RecordedScoring
from storage.runs.step_scores import spread_scores
from visualprm_ui.use_cases.evaluations.command import number_text, step_benchmark_command
from visualprm_ui.use_cases.evaluations.files import Headline
from visualprm_ui.use_cases.evaluations.labelled_set import (
    LabelledSolution,
    as_row,
    count_labelled,
    iter_labelled,
    read_row,
    require_labelled,
)
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest
from visualprm_ui.use_cases.evaluations.scored_solution import LABELS, SCORES, ScoredSolution
from visualprm_ui.use_cases.evaluations.scoring_record import describe_scorings, warn_of_scorings
from visualprm_ui.use_cases.evaluations.step_figures import ThresholdFigure, as_values, compute
from visualprm_ui.use_cases.evaluations.work import EvaluationExtent, EvaluationKind, EvaluationTask, MadeOf
from visualprm_ui.use_cases.model_job_files import Failure
from visualprm_ui.use_cases.model_job_request import ModelId, ModelJobRequest, Wanted
from visualprm_ui.use_cases.model_job_work import ModelJobWork, batched
from visualprm_ui.use_cases.transfer_jobs import CannotGoOn

SCORING, FIGURES = "scoring", "figures"  # phases
HEADLINE = "macro-F1, pooled"
PAGE = 500  # solutions, of which the store is asked at once
DELETED = "It was deleted meanwhile."


class StepWork:
    """One step benchmark at work."""

    def __init__(self, task: EvaluationTask) -> None:
        self._task = task
        self._store = task.store
        self._files = task.files
        self._model = task.request.reward_model
        self._before = 0.0  # share of the solutions that were found scored

    def run(self) -> None:
        """Do what is missing. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        self._task.tell(0, None)
        if not self._files.has_rows(LABELS):
            self._freeze_labels()
        labelled = [read_row(each) for each in self._files.iter_rows(LABELS)]
        self._files.update_state(phase=SCORING, counts=count_labelled(labelled), total=len(labelled))
        self._score(labelled)
        self._files.update_state(phase=FIGURES)
        self._tell_whole(len(labelled))
        self._compute(labelled, *self._read_scores(labelled))

    # ---- labels ----

    def _freeze_labels(self) -> None:
        found = iter_labelled(self._store, self._task.request.set, lambda _share: self._task.tell(0, None))
        rows = [as_row(each) for each in found]
        if not rows:
            raise CannotGoOn(
                "No solution of this set is labelled any more, so there is nothing to compare scores with."
            )
        self._files.write_rows(LABELS, rows)

    # ---- scores ----

    def _score(self, labelled: Sequence[LabelledSolution]) -> None:
        """Have the model score what it has not."""
        part = self._files.part(SCORING)
        todo = list(_missing(self._store, labelled, self._model))
        state = self._files.read_state()
        if state.already is None:
            state = self._files.update_state(already=len(labelled) - len(todo))
        already, total = state.already or 0, len(labelled)
        known = {each for page in batched(todo, PAGE) for each in self._store.runs.read_solutions(page)}
        self._before = (total - len(todo)) / total if known else 1.0
        if not known:
            return

        def tell(done: int, share: float | None, before: float = 0.0) -> None:
            report = part.read_report() if share is not None else None
            asked = 0 if report is None else report.total
            if share is None or not asked:
                self._task.tell(already, None, already / total)
                return
            found_done = total - asked  # of all, before this model began here
            self._before = (found_done + before * asked) / total
            self._task.tell(found_done + done, (found_done + share * asked) / total, self._before)

        if not part.has_items:
            part.write_named([each for each in todo if each in known], [])
        request = ModelJobRequest(wanted=Wanted(), reward_model=self._model)
        ModelJobWork(self._store, self._task.engine, self._task.job.id, request, part, tell).run()

    def _read_scores(self, labelled: Sequence[LabelledSolution]) -> tuple[list[ScoredSolution], list[RecordedScoring]]:
        """Return one score a step of what has them, and how these came about; note why the others have none."""
        part = self._files.part(SCORING)
        failed = {each.solution for each in part.iter_failures()}
        scored: list[ScoredSolution] = []
        records: list[RecordedScoring] = []
        for page in batched(labelled, PAGE):
            self._tell_whole(len(labelled))
            scorings = _scorings(self._store, page, self._model)
            there = self._store.runs.read_solutions([each.solution for each in page])
            for each in page:
                scoring = scorings.get(each.solution)
                why = _why_unusable(each, scoring, is_there=each.solution in there)
                if why is None and scoring is not None:
                    scores = spread_scores(each.steps, scoring.scoring.step_scores)
                    scored.append(ScoredSolution(labelled=each, scores=tuple(scores)))
                    records.append(scoring)
                elif each.solution not in failed:
                    part.add_failure(Failure(problem=each.problem, solution=each.solution, reason=str(why)))
        return scored, records

    # ---- figures ----

    def _compute(
        self,
        labelled: Sequence[LabelledSolution],
        solutions: Sequence[ScoredSolution],
        scorings: Sequence[RecordedScoring],
    ) -> None:
        """Freeze the scores with the figures of them; until then those of before stand, where there are any."""
        request, total = self._task.request, len(labelled)
        if not solutions:
            first = next((each.reason for each in self._files.iter_failures()), "")
            raise CannotGoOn(f"No solution has scores of {self._model.name}, so there are no figures. {first}".strip())
        threshold = request.threshold
        assert threshold is not None
        benchmark = compute([each.as_judged() for each in solutions], threshold, lambda: self._tell_whole(total))
        record = describe_scorings(scorings)
        self._files.write_rows(
            SCORES, ({"solution": each.labelled.solution, "scores": each.scores} for each in solutions)
        )
        self._files.write_figures({**as_values(benchmark), "record": [list(each) for each in record]})
        asked_at = self._task.job.created_at
        is_known = self._files.read_state().scores_known or all(each.created_at < asked_at for each in scorings)
        warnings = [
            *_warn_of_set(request, solutions),
            *(_warn_of_threshold(benchmark.own_threshold) if is_known else ()),
            *_warn_of_missing(total, len(solutions)),
            *warn_of_scorings(scorings),
        ]
        self._files.update_state(headline=_headline(benchmark.report), warnings=tuple(warnings), scores_known=is_known)

    def _tell_whole(self, total: int) -> None:
        """Tell that all is scored, and figures are being computed."""
        self._task.tell(total, 1.0, self._before)


def measure(store: Store, request: EvaluationRequest) -> EvaluationExtent:
    """Return what a step benchmark would be about. Raises NotFound, BadSetting."""
    labelled = list(iter_labelled(store, request.set))
    model = request.reward_model
    missing = set(_missing(store, labelled, model))
    a_step = store.runs.measure_seconds_a_step(model.name, model.revision)
    steps = sum(each.steps for each in labelled if each.solution in missing)
    return EvaluationExtent(
        counts=count_labelled(labelled),
        already=len(labelled) - len(missing),
        seconds=0.0 if not missing else None if a_step is None else a_step * steps,
    )


def check(store: Store, request: EvaluationRequest) -> None:
    """Refuse a set without any label. Raises BadSetting, NotFound."""
    require_labelled(store, request.set)


STEP_BENCHMARK = EvaluationKind(
    work=StepWork,
    measure=measure,
    check=check,
    command=step_benchmark_command,
    made_of=lambda _files, request: MadeOf(reward_models=(request.reward_model,)),
)


def _missing(store: Store, labelled: Iterable[LabelledSolution], model: ModelId) -> Iterator[str]:
    """Iterate over the ids of the solutions that the model has not scored whole."""
    for page in batched(labelled, PAGE):
        steps_of = {each.solution: each.steps for each in page}
        yield from store.runs.list_unscored(steps_of, model.name, model.revision, model.prompt_version)


def _scorings(store: Store, page: Sequence[LabelledSolution], model: ModelId) -> dict[str, RecordedScoring]:
    steps_of = {each.solution: each.steps for each in page}
    return dict(store.runs.read_scorings_by(steps_of, model.name, model.revision, model.prompt_version))


def _why_unusable(labelled: LabelledSolution, scoring: RecordedScoring | None, *, is_there: bool) -> str | None:
    """Return why a solution has no figures; None where it has."""
    if scoring is None:
        return "The model has not scored all of its steps." if is_there else DELETED
    if len(labelled.labels) != labelled.steps:
        return f"It has {labelled.steps} steps and {len(labelled.labels)} labels. Import its labels again."
    scores = scoring.scoring.step_scores
    if (last := max(each.last for each in scores)) >= labelled.steps:
        return f"It has {labelled.steps} steps, and its scores are of {last + 1}. Have it scored again."
    read = [each.score for each in scores if each.score is not None]  # a judge's words may not have been readable
    if bad := [each for each in read if not (math.isfinite(each) and 0 <= each <= 1)]:
        return f"It has the score {bad[0]!r}, which is no number in [0, 1]. Have it scored again."
    return None


def _headline(found: StepReport) -> Headline:
    return Headline(name=HEADLINE, figure=found.pooled.macro_f1, floor=found.pooled.floors.fair_coin)


def _warn_of_set(request: EvaluationRequest, solutions: Sequence[ScoredSolution]) -> list[str]:
    """Warn of data sources that the model was trained on, wherever in the set they are."""
    counts = Counter(each.labelled.data_source for each in solutions)
    seen = [each for each in dict.fromkeys(request.trained_on) if counts[each]]
    if not seen:
        return []
    count = sum(counts[each] for each in seen)
    those = "" if count == len(solutions) else f", which {count} of the {len(solutions)} solutions are from"
    return [f"The model was trained on {', '.join(seen)}{those}, so these figures say little of what it has not seen."]


def _warn_of_threshold(own: ThresholdFigure) -> list[str]:
    """Warn of a threshold that was chosen when scores of these steps were there to see."""
    text = number_text(own.threshold)
    if own.is_optimal:
        return [
            f"The threshold {text} was chosen after scores were known, and none does better on these very steps: the headline is "
            "an upper bound, no result. Choose a threshold on other steps."
        ]
    return [
        f"The threshold {text} was chosen after scores were known, so it may be tuned to these very steps. The headline says "
        "less of others."
    ]


def _warn_of_missing(total: int, scored: int) -> list[str]:
    if scored == total:
        return []
    return [
        f"{total - scored} of {total} solutions have no scores and are left out of the figures; the list names them."
    ]
