"""The work of a step benchmark: labels are frozen, what lacks scores is scored, scores are frozen, figures are computed.

Where the threshold is tuned, the solutions of the dev split are scored with the others.

Scores are those of the request's model in its revision only. What is scored already is not scored again; what cannot be scored is
kept with its reason and left out of the figures, and a warning says so. Knows no thread.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine.evaluation.judged_steps import as_columns
from engine.evaluation.step_report import StepReport
from engine.evaluation.thresholds import ChosenThreshold, tune
from storage import Store
from storage.runs.job_runs import RecordedScoring
from storage.runs.step_scores import spread_scores
from visualprm_ui.use_cases.evaluations.command import number_text, step_benchmark_command
from visualprm_ui.use_cases.evaluations.dev_split import check_dev_split, read_dev_split
from visualprm_ui.use_cases.evaluations.files import Headline, TunedThreshold
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
DEV_LABELS = "dev_labels"  # name of the frozen rows of the dev split
DELETED = "It was deleted meanwhile."


class StepWork:
    """One step benchmark at work."""

    def __init__(self, task: EvaluationTask) -> None:
        self._task = task
        self._store = task.store
        self._files = task.files
        self._model = task.request.reward_model
        self._tunes = task.request.tune_on is not None
        self._of_dev: list[str] = []  # warnings
        self._total = 0  # solutions, those of the dev split among them
        self._before = 0.0  # share of the solutions that were found scored
        self._scoring: ModelJobWork | None = None  # None: no model is asked

    @property
    def waiting(self) -> str | None:
        """See ``EvaluationWork``."""
        return None if self._scoring is None else self._scoring.waiting

    def run(self) -> None:
        """Do what is missing. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        self._task.tell(0, None)
        if not self._files.has_rows(LABELS):
            self._freeze_labels()
        labelled = [read_row(each) for each in self._files.iter_rows(LABELS)]
        dev = [read_row(each) for each in self._files.iter_rows(DEV_LABELS)] if self._tunes else []
        self._total = len(labelled) + len(dev)
        self._files.update_state(
            phase=SCORING,
            counts=count_labelled(labelled),
            dev=count_labelled(dev) if self._tunes else None,
            total=self._total,
        )
        self._score([*dev, *labelled])
        self._files.update_state(phase=FIGURES)
        self._tell_whole()
        self._compute(labelled, self._tune(dev) if self._tunes else None, *self._read_scores(labelled))

    # ---- labels ----

    def _freeze_labels(self) -> None:
        def on_read(_share: float) -> None:
            self._task.tell(0, None)

        request = self._task.request
        found = list(iter_labelled(self._store, request.set, on_read))
        if not found:
            raise CannotGoOn(
                "No solution of this set is labelled any more, so there is nothing to compare scores with."
            )
        if self._tunes:
            self._files.write_rows(DEV_LABELS, map(as_row, read_dev_split(self._store, request, found, on_read)))
        self._files.write_rows(LABELS, map(as_row, found))  # last: where they are there, all is

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
        self._scoring = ModelJobWork(self._store, self._task.engine, self._task.job.id, request, part, tell)
        self._scoring.run()

    def _read_scores(self, labelled: Sequence[LabelledSolution]) -> tuple[list[ScoredSolution], list[RecordedScoring]]:
        """Return one score a step of what has them, and how these came about; note why the others have none."""
        part = self._files.part(SCORING)
        failed = {each.solution for each in part.iter_failures()}
        scored: list[ScoredSolution] = []
        records: list[RecordedScoring] = []
        for page in batched(labelled, PAGE):
            self._tell_whole()
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

    def _tune(self, dev: Sequence[LabelledSolution]) -> ChosenThreshold:
        """Return the threshold with the highest macro-F1 on the dev split."""
        name = self._task.request.tune_on_name
        scored, _records = self._read_scores(dev)
        steps = as_columns([each.as_judged() for each in scored])
        has_both = steps.is_correct.any() and not steps.is_correct.all()
        found = tune(steps, name) if has_both else None
        if found is None:
            raise CannotGoOn(
                f"{len(scored)} of the {len(dev)} solutions of {name!r} have scores, but they have no steps of both classes, so "
                "no threshold can be tuned on them. Resume to try the others again, or choose another dev split."
            )
        if lacking := len(dev) - len(scored):
            self._of_dev.append(
                f"{lacking} of {len(dev)} solutions of {name!r} have no scores: the threshold is tuned on the others."
            )
        return found

    def _compute(
        self,
        labelled: Sequence[LabelledSolution],
        tuned: ChosenThreshold | None,
        solutions: Sequence[ScoredSolution],
        scorings: Sequence[RecordedScoring],
    ) -> None:
        """Freeze the scores with the figures of them; until then those of before stand, where there are any."""
        request, total = self._task.request, len(labelled)
        if not solutions:
            first = next((each.reason for each in self._files.iter_failures()), "")
            raise CannotGoOn(f"No solution has scores of {self._model.name}, so there are no figures. {first}".strip())
        threshold = request.threshold if tuned is None else tuned.threshold
        assert threshold is not None
        judged = [each.as_judged() for each in solutions]
        benchmark = compute(judged, threshold, self._tell_whole, tuned_on=None if tuned is None else tuned.chosen_on)
        record = describe_scorings(scorings)
        self._files.write_rows(
            SCORES, ({"solution": each.labelled.solution, "scores": each.scores} for each in solutions)
        )
        self._files.write_figures({**as_values(benchmark), "record": [list(each) for each in record]})
        asked_at = self._task.job.created_at
        is_known = tuned is None and (
            self._files.read_state().scores_known or all(each.created_at < asked_at for each in scorings)
        )
        warnings = [
            *_warn_of_set(request, solutions),
            *(_warn_of_threshold(benchmark.own_threshold) if is_known else ()),
            *_warn_of_missing(total, len(solutions)),
            *self._of_dev,
            *warn_of_scorings(scorings),
        ]
        self._files.update_state(
            headline=_headline(benchmark.report),
            warnings=tuple(warnings),
            scores_known=is_known,
            tuned=None if tuned is None else TunedThreshold(threshold=tuned.threshold, macro_f1=tuned.macro_f1),
        )

    def _tell_whole(self) -> None:
        """Tell that all is scored, and figures are being computed."""
        self._task.tell(self._total, 1.0, self._before)


def measure(store: Store, request: EvaluationRequest) -> EvaluationExtent:
    """Return what a step benchmark would be about. Raises NotFound, BadSetting."""
    labelled = list(iter_labelled(store, request.set))
    dev = read_dev_split(store, request, labelled, in_request=True)
    both, model = [*dev, *labelled], request.reward_model
    missing = set(_missing(store, both, model))
    a_step = store.runs.measure_seconds_a_step(model.name, model.revision)
    steps = sum(each.steps for each in both if each.solution in missing)
    return EvaluationExtent(
        counts=count_labelled(labelled),
        dev=None if request.tune_on is None else count_labelled(dev),
        already=len(both) - len(missing),
        seconds=0.0 if not missing else None if a_step is None else a_step * steps,
    )


def check(store: Store, request: EvaluationRequest) -> None:
    """Refuse a set without any label, and a dev split that no threshold can be tuned on. Raises BadSetting, NotFound."""
    require_labelled(store, request.set)
    check_dev_split(store, request)


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
    return [
        f"The model was trained on {', '.join(seen)}{those}, so these figures say little about what it has not seen."
    ]


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
        "less about others."
    ]


def _warn_of_missing(total: int, scored: int) -> list[str]:
    if scored == total:
        return []
    return [
        f"{total - scored} of {total} solutions have no scores and are left out of the figures; the list names them."
    ]
