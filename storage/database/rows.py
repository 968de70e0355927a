"""Domain values to rows and back, both directions of one noun side by side. Knows columns' contents, runs no statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from engine.answers import reference_answer
from engine.domain import (
    Annotation,
    Cause,
    Decision,
    ErrorType,
    FinishReason,
    Label,
    Origin,
    Person,
    Problem,
    Role,
    Run,
    RunRecord,
    RunState,
    Sampling,
    Scoring,
    SkipReason,
    Solution,
    Stage,
    StepDetail,
    StepScore,
)
from engine.metering.usage import read_usage

Values = dict[str, object]
StoredLabels = list[int | None]
StoredScores = list[tuple[int, int, float | None]]
StoredDetails = list[dict[str, str | None] | None] | None
_LABELS: Mapping[int | None, Label | None] = {
    None: None,
    **{label.value: label for label in Label},
}  # 5 times as fast as Label(1)

FORMER_RECORD_FIELDS = {"out_of_world": "out_of_distribution"}  # what stores of before call a field of RunRecord


def as_labels(numbers: StoredLabels) -> tuple[Label | None, ...]:
    """Read a stored list of labels."""
    return tuple([_LABELS[number] for number in numbers])


def as_numbers(labels: tuple[Label | None, ...]) -> StoredLabels:
    """Write a list of labels for storing."""
    return [None if label is None else int(label) for label in labels]


def as_details(stored: StoredDetails) -> tuple[StepDetail | None, ...]:
    """Read the details of steps."""
    return () if stored is None else tuple(None if each is None else _as_detail(each) for each in stored)


def _as_detail(stored: Mapping[str, str | None]) -> StepDetail:
    error_type = stored["error_type"]
    return StepDetail(
        note=stored["note"] or "",
        correction=stored["correction"] or "",
        error_type=None if error_type is None else ErrorType(error_type),
    )


def detail_values(details: tuple[StepDetail | None, ...]) -> list[Values | None] | None:
    """Write the details of steps; None when there are none."""
    return [None if each is None else asdict(each) for each in details] if details else None


class ProblemRow(NamedTuple):
    """A row of problems."""

    id: str
    question: str
    answer: str | None
    data_source: str | None


def problem_values(problem: Problem, at: datetime) -> Values:
    """Write a problem; its images go to their own table."""
    return {
        "id": problem.id,
        "question": problem.question,
        "answer": reference_answer(problem.answer),
        "data_source": problem.data_source,
        "created_at": at,
    }


def as_problem(row: ProblemRow, images: tuple[str, ...]) -> Problem:
    """Read a problem."""
    return Problem(
        id=row.id,
        images=images,
        question=row.question,
        answer=reference_answer(row.answer),
        data_source=row.data_source,
    )


class RunRow(NamedTuple):
    """A row of runs."""

    id: str
    problem_id: str
    sampling: dict[str, object]
    record: dict[str, object] | None
    state: str
    message: str | None
    created_at: datetime
    seconds: float | None
    made_by: str | None
    shared_at: datetime | None
    seq: int


def run_values(run: Run) -> Values:
    """Write a run."""
    record = None if run.record is None else asdict(run.record) | {"versions": dict(run.record.versions)}
    return {
        "id": run.id,
        "problem_id": run.problem_id,
        "sampling": asdict(run.sampling),
        "record": record,
        "state": run.state.value,
        "message": run.message,
        "created_at": run.created_at,
        "seconds": run.seconds,
        "made_by": run.made_by,
        "shared_at": run.shared_at,
    }


def as_run(row: RunRow) -> Run:
    """Read a run."""
    return Run(
        id=row.id,
        problem_id=row.problem_id,
        sampling=Sampling(**row.sampling),  # type: ignore[arg-type]  # JSON has no types
        record=None if row.record is None else as_record(row.record),
        state=RunState(row.state),
        message=row.message,
        created_at=row.created_at,
        seconds=row.seconds,
        made_by=row.made_by,
        shared_at=row.shared_at,
    )


def as_record(stored: Mapping[str, object]) -> RunRecord:
    """Read a record, also one with fewer fields or with former names."""
    fields = {FORMER_RECORD_FIELDS.get(name, name): value for name, value in stored.items()}
    read = {"tiles": tuple(fields["tiles"]), "usage": read_usage(fields.get("usage", ()))}  # type: ignore[arg-type]
    return RunRecord(**{**fields, **read})  # type: ignore[arg-type]  # JSON has no types


class SolutionRow(NamedTuple):
    """A row of solutions."""

    id: str
    problem_id: str
    draw: int | None
    steps: list[str]
    answer: str | None
    finish: str
    policy_model: str
    tokens: int | None
    seconds: float | None
    run_id: str | None
    seq: int
    created_at: datetime


def solution_values(solution: Solution, run_id: str | None, at: datetime) -> Values:
    """Write a solution."""
    return {
        "id": solution.id,
        "problem_id": solution.problem_id,
        "run_id": run_id,
        "draw": solution.draw,
        "steps": list(solution.steps),
        "answer": solution.answer,
        "finish": solution.finish.value,
        "policy_model": solution.policy_model,
        "tokens": solution.tokens,
        "seconds": solution.seconds,
        "created_at": at,
    }


def as_solution(row: SolutionRow) -> Solution:
    """Read a solution without its thought, which storage/runs/thoughts.py reads."""
    return Solution(
        id=row.id,
        problem_id=row.problem_id,
        draw=row.draw,
        steps=tuple(row.steps),
        answer=row.answer,
        finish=FinishReason(row.finish),
        policy_model=row.policy_model,
        tokens=row.tokens,
        seconds=row.seconds,
    )


class ScoringRow(NamedTuple):
    """A row of scorings."""

    id: str
    solution_id: str
    reward_model: str
    step_scores: StoredScores
    created_at: datetime


def scoring_values(scoring: Scoring, run_id: str | None, at: datetime) -> Values:
    """Write a scoring; floats keep every digit in JSON."""
    return {
        "id": scoring.id,
        "solution_id": scoring.solution_id,
        "run_id": run_id,
        "reward_model": scoring.reward_model,
        "step_scores": [[each.first, each.last, each.score] for each in scoring.step_scores],
        "created_at": at,
    }


def as_scoring(row: ScoringRow) -> Scoring:
    """Read a scoring."""
    scores = as_step_scores(row.step_scores)
    return Scoring(id=row.id, solution_id=row.solution_id, reward_model=row.reward_model, step_scores=scores)


def as_step_scores(stored: StoredScores) -> tuple[StepScore, ...]:
    """Read step scores."""
    return tuple([StepScore(first=first, last=last, score=score) for first, last, score in stored])


class AnnotationRow(NamedTuple):
    """A row of annotations."""

    id: str
    solution_id: str
    annotator: str
    stage: str
    labels: StoredLabels
    skip_reason: str | None
    flagged: bool
    note: str
    seconds: float | None
    guideline_version: str
    created_at: datetime
    details: StoredDetails
    first_error: int | None
    seq: int


def annotation_values(annotation: Annotation, task_id: str | None) -> Values:
    """Write an annotation."""
    return {
        "id": annotation.id,
        "solution_id": annotation.solution_id,
        "task_id": task_id,
        "annotator": annotation.annotator,
        "stage": annotation.stage.value,
        "labels": as_numbers(annotation.labels),
        "skip_reason": None if annotation.skip_reason is None else annotation.skip_reason.value,
        "flagged": annotation.flagged,
        "note": annotation.note,
        "seconds": annotation.seconds,
        "guideline_version": annotation.guideline_version,
        "created_at": annotation.created_at,
        "details": detail_values(annotation.details),
        "first_error": annotation.first_error,
    }


def as_annotation(row: AnnotationRow) -> Annotation:
    """Read an annotation."""
    return Annotation(
        id=row.id,
        solution_id=row.solution_id,
        annotator=row.annotator,
        stage=Stage(row.stage),
        labels=as_labels(row.labels),
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        flagged=row.flagged,
        note=row.note,
        seconds=row.seconds,
        guideline_version=row.guideline_version,
        created_at=row.created_at,
        details=as_details(row.details),
        first_error=row.first_error,
    )


class PersonRow(NamedTuple):
    """A row of people, the hash of the password among it."""

    id: str
    name: str
    display_name: str
    role: str
    origin: str
    active: bool
    created_at: datetime
    last_seen_at: datetime | None
    password: str | None
    seq: int


def person_values(person: Person) -> Values:
    """Write a person, without what only sign-in knows."""
    return {
        "id": person.id,
        "name": person.name,
        "display_name": person.display_name,
        "role": person.role.value,
        "origin": person.origin.value,
        "active": person.active,
        "created_at": person.created_at,
        "last_seen_at": person.last_seen_at,
    }


def as_person(row: PersonRow) -> Person:
    """Read a person."""
    return Person(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        origin=Origin(row.origin),
        active=row.active,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


class DecisionRow(NamedTuple):
    """A row of decisions."""

    id: str
    solution_id: str
    queue_id: str | None
    labels: StoredLabels
    by: str
    cause: str
    note: str
    at: datetime


def decision_values(decision: Decision) -> Values:
    """Write a decision."""
    return {
        "id": decision.id,
        "solution_id": decision.solution_id,
        "queue_id": decision.queue_id,
        "labels": as_numbers(decision.labels),
        "by": decision.by,
        "cause": decision.cause.value,
        "note": decision.note,
        "at": decision.at,
    }


def as_decision(row: DecisionRow) -> Decision:
    """Read a decision."""
    return Decision(
        id=row.id,
        solution_id=row.solution_id,
        queue_id=row.queue_id,
        labels=as_labels(row.labels),
        by=row.by,
        cause=Cause(row.cause),
        note=row.note,
        at=row.at,
    )
