"""Routes of solutions with everything people said about them. They hold other people's labels and scores: reviewers only."""

from collections.abc import Iterable, Mapping
from typing import Annotated, cast

from fastapi import FastAPI, Query

from engine.domain import Annotation, Decision, FinalLabel, Stage
from storage import (
    AccountRepository,
    HistoryEntry,
    ImageRepository,
    ImportedRow,
    LabellingRepository,
    RecordedScoring,
    ResultRepository,
    Scope,
    SolutionRecord,
)
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.labels import detail_view
from visualprm_ui.api.rollout_labels import rollout_labels_view
from visualprm_ui.api.shapes.history import EntryView, HistoryPageView
from visualprm_ui.api.shapes.results import (
    AnnotationView,
    DecisionView,
    FileLabelsView,
    FinalLabelView,
    ScoringView,
    SolutionRecordView,
    SolutionView,
)
from visualprm_ui.use_cases.history_text import as_sentence
from visualprm_ui.use_cases.pictures import ImageRef, image_refs
from visualprm_ui.use_cases.scores import predictions, solution_score, step_scores

Limit = Annotated[int, Query(ge=1, le=200)]


def add_solutions(
    api: FastAPI,
    results: ResultRepository,
    labelling: LabellingRepository,
    accounts: AccountRepository,
    images: ImageRepository,
) -> None:
    """Add the route that shows a solution."""

    @api.get(
        "/solutions/{solution_id}", tags=["dataset"], summary="Get a solution with everything people said about it"
    )
    def solution(
        solution_id: str, principal: Reviewer, reward_model: Annotated[str | None, Query(max_length=1000)] = None
    ) -> SolutionView:
        record = results.get_solution(solution_id, reward_model)
        labelling.mark_solution_seen(solution_id, principal.name)
        names = accounts.get_display_names()
        final = results.get_final_labels(solution_id, Scope(stage=None))
        return {
            **_record_view(record, image_refs(images, record.problem.images)),
            "thought": record.solution.thought,
            "finish": record.solution.finish.value,
            "scorings": [_scoring_view(each, len(record.solution.steps)) for each in record.scorings],
            "annotations": [annotation_view(each, names) for each in _newest(results.iter_annotations(solution_id))],
            "file_labels": file_labels_view(record.file_labels),
            "rollout_labels": [rollout_labels_view(each) for each in record.rollout_labels],
            "decision": None if final.decision is None else decision_view(final.decision, names),
            "final": [_final_view(each) for each in final.steps],
        }


def add_history(api: FastAPI, results: ResultRepository, accounts: AccountRepository) -> None:
    """Add the route of a solution's history."""

    @api.get("/solutions/{solution_id}/history", tags=["dataset"], summary="Get what happened to a solution")
    def history(
        solution_id: str, _: Reviewer, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 200
    ) -> HistoryPageView:
        page = results.get_history(solution_id, limit, after)
        names = accounts.get_display_names()
        return {
            "events": [
                {
                    **entry_view(entry),
                    "who": None if entry.who is None else names.get(entry.who, entry.who),
                    "text": as_sentence(entry),
                }
                for entry in page.entries
            ],
            "next": page.next,
        }


def entry_view(entry: HistoryEntry) -> EntryView:
    """Return an entry of the history or the feed; fields that its kind does not have are left out."""
    fields = {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "who": entry.who,
        "about": entry.about,
        "solution": entry.solution_id,
        "task": entry.task_id,
        "queue": entry.queue_id,
        "split": entry.split,
        "step": entry.step,
        "label": entry.label,
        "text": entry.text,
        "flagged": entry.flagged,
        "skip_reason": entry.skip_reason,
        "stage": entry.stage,
        "labels": None if entry.labels is None else list(entry.labels),
        "cause": entry.cause,
        "error_type": entry.error_type,
        "first_error": entry.first_error,
        "details": [detail_view(each) for each in entry.details] or None,
        "seconds": entry.seconds,
        "guideline_version": entry.guideline_version,
    }
    return cast(EntryView, {name: value for name, value in fields.items() if value is not None})


def _newest(annotations: Iterable[Annotation]) -> list[Annotation]:
    """Return the newest annotation of each person at each stage, in order of arrival."""
    newest: dict[tuple[str, Stage], Annotation] = {}
    for each in annotations:
        key = (each.annotator, each.stage)
        newest.pop(key, None)
        newest[key] = each
    return list(newest.values())


def _record_view(record: SolutionRecord, images: list[ImageRef]) -> SolutionRecordView:
    problem, solution, scoring = record.problem, record.solution, record.scoring
    scores = None if scoring is None else step_scores(len(solution.steps), scoring)
    return {
        "solution": solution.id,
        "problem": problem.id,
        "run": record.run_id,
        "queue": record.queues[0] if record.queues else None,
        "question": problem.question,
        "images": images,
        "data_source": problem.data_source,
        "reference": problem.answer,
        "model_answer": solution.answer,
        "policy_model": solution.policy_model,
        "steps": list(solution.steps),
        "scores": scores,
        "predicted": None if scores is None else predictions(scores),
        "reward_model": None if scoring is None else scoring.reward_model,
    }


def _scoring_view(recorded: RecordedScoring, steps: int) -> ScoringView:
    record, scores = recorded.record, step_scores(steps, recorded.scoring)
    return {
        "reward_model": recorded.scoring.reward_model,
        "revision": None if record is None else record.reward_model_revision,
        "prompt_version": None if record is None else record.prompt_version,
        "dtype": None if record is None else record.dtype,
        "one_pass": None if record is None else record.one_pass,
        "at": recorded.created_at.isoformat(),
        "scores": scores,
        "predicted": predictions(scores),
        "score": solution_score(recorded.scoring),
    }


def annotation_view(annotation: Annotation, names: Mapping[str, str]) -> AnnotationView:
    """Return what one person said of a solution."""
    return {
        "annotator": names.get(annotation.annotator, annotation.annotator),
        "stage": annotation.stage,
        "labels": list(annotation.labels),
        "skip_reason": annotation.skip_reason,
        "flagged": annotation.flagged,
        "note": annotation.note,
        "details": [detail_view(each) for each in annotation.details] or None,
        "first_error": annotation.first_error,
        "seconds": annotation.seconds,
        "guideline_version": annotation.guideline_version,
        "at": annotation.created_at.isoformat(),
    }


def file_labels_view(imported: Iterable[ImportedRow]) -> list[FileLabelsView]:
    """Return the labels of files."""
    return [{"source": each.source, "labels": list(each.labels or ())} for each in imported]


def decision_view(decision: Decision, names: Mapping[str, str]) -> DecisionView:
    """Return an adjudicator's decision."""
    return {
        "labels": list(decision.labels),
        "by": names.get(decision.by, decision.by),
        "cause": decision.cause,
        "note": decision.note,
        "at": decision.at.isoformat(),
    }


def _final_view(final: FinalLabel) -> FinalLabelView:
    return {
        "label": final.label,
        "rule": final.rule,
        "by": list(final.by),
        "at": None if final.at is None else final.at.isoformat(),
    }
