"""How a project is doing: where its labels stand, when they will be done, how good they are, who does what, what waits.

Puts together what the store counts and the engine computes. Knows no JSON and no sentence of a page.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from engine.domain import Project, RatedSolution, now
from engine.evaluation.agreement import Agreement, measure_overall
from engine.evaluation.intervals import Estimate, bootstrap
from engine.evaluation.labelling_pace import Forecast, forecast_labelling
from engine.evaluation.reading_speed import LabellingTime, find_too_fast, is_worth_a_look, usual_seconds_a_word
from storage import (
    AnnotatorAccuracy,
    DisagreementFilter,
    LabelStanding,
    LatestAnnotations,
    PersonProgress,
    Queue,
    QuizResult,
    QuizState,
    Scope,
    SplitState,
    Store,
    TimedWork,
)
from storage.deletion.project import ProjectDeletion, delete_project, preview_project_deletion
from visualprm_ui.use_cases.project_actions import ProjectAction, WaitingWork, order_actions

_DAY = timedelta(days=1)
MOST_POINTS = 60  # of the line of labels: older days are left out
_AGREEMENT_POINTS = 8
_RESAMPLES = 300  # of each point of the line; the figure of today has the usual number


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDay:
    """How many labels there were at the end of a day, 24 hours long."""

    at: datetime
    labels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDay:
    """How far people agreed on what had been labelled until then."""

    at: datetime
    alpha: Estimate  # Krippendorff's, nominal


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFigures:
    """What one person does in a project, and how."""

    progress: PersonProgress
    items_last_day: int  # solutions finished in the last 24 hours, without gold and quiz
    median_seconds_a_step: float | None  # of the newest solutions that say how long they took
    gold: AnnotatorAccuracy | None  # None: no gold item was labelled
    gold_share: Estimate  # of the steps of gold items that are right, with its interval over the items
    agreement: Estimate  # Krippendorff's alpha with everybody who labelled the same solutions; no interval
    sent_back: int
    timed: int  # solutions of which the time is looked at
    too_fast: int  # of those labelled quicker than one can read them
    is_worth_a_look: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectProgress:
    """How a project is doing."""

    at: datetime
    solutions: int
    quiz_items: int
    labels: LabelStanding
    last_day: int  # labels of the last 24 hours
    days: tuple[LabelDay, ...]  # the oldest first; the last one is now
    forecast: Forecast
    gold: Estimate  # share of the steps of gold items that people labelled as they are known to be
    gold_steps: int
    agreement: Agreement
    agreement_days: tuple[AgreementDay, ...]
    people: tuple[PersonFigures, ...]
    actions: tuple[ProjectAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FastWork:
    """A solution that somebody labelled quicker than one can read it."""

    work: TimedWork
    usual_seconds: float | None  # that this person takes for so many words


class ProjectReports:
    """How projects of one store are doing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def measure(self, project: Project, queue: Queue, quiz: Sequence[QuizResult]) -> ProjectProgress:
        """Return how a project is doing. ``queue``: its own; ``quiz``: the results of its entry quiz. Raises NotFound."""
        return measure_progress(self._store, project, queue, quiz)

    def list_fast_work(self, queue_id: str, annotator: str) -> tuple[FastWork, ...]:
        """Return what a person labelled quicker than one can read it, the newest first."""
        return list_fast_work(self._store, queue_id, annotator)

    def preview_deletion(self, project_id: str) -> ProjectDeletion:
        """Return what would go with a project. Raises NotFound."""
        return preview_project_deletion(self._store, project_id)

    def delete(self, project_id: str, by: str, *, title: str, labels: bool) -> ProjectDeletion:
        """Delete a project; return what that was. Raises NotFound, DeletionRefused."""
        return delete_project(self._store, project_id, by, title=title, labels=labels)


def measure_progress(store: Store, project: Project, queue: Queue, quiz: Sequence[QuizResult]) -> ProjectProgress:
    """Return how a project is doing. ``queue``: its own; ``quiz``: the results of its entry quiz. Raises NotFound."""
    at = now()
    labels, ends = store.projects.count_labels(queue.id), store.projects.list_ends(queue.id)
    daily = count_by_day([end for _annotator, end in ends], at)
    latest = list(store.results.iter_latest(Scope(queue_id=queue.id)))
    accuracy = store.projects.measure_gold_accuracy(queue.id)
    progress = store.projects.get_progress(queue.id)
    lately = [name for name, end in ends if end > at - _DAY]
    people = _people(store, queue.id, progress.people, lately, latest, accuracy)
    known = store.projects.list_gold_items(queue.id)
    waiting = WaitingWork(
        solutions=progress.total,
        labels_left=labels.wanted - labels.done,
        lacks_quiz=project.options.quiz_pass is not None and known.quiz == 0,
        unclaimed=labels.unclaimed,
        splits=tuple(each.number for each in store.projects.list_splits(queue.id) if each.state is SplitState.REVIEW),
        disagreements=_open_disagreements(store, queue.id),
        failed=tuple(each.annotator for each in quiz if each.state is QuizState.FAILED),
        too_fast=tuple(each.progress.annotator for each in people if each.is_worth_a_look),
    )
    return ProjectProgress(
        at=at,
        solutions=progress.total,
        quiz_items=known.quiz,
        labels=labels,
        last_day=daily[-1] if daily else 0,
        days=_days(daily, at),
        forecast=forecast_labelling(daily, labels.wanted - labels.done),
        gold=estimate_gold(accuracy),
        gold_steps=sum(each.steps for each in accuracy),
        agreement=measure_overall(_rated(latest)),
        agreement_days=_agreement_days(latest, at),
        people=people,
        actions=order_actions(waiting),
    )


def list_fast_work(store: Store, queue_id: str, annotator: str) -> tuple[FastWork, ...]:
    """Return what a person labelled quicker than one can read it, the newest first."""
    mine = [each for each in store.projects.list_timed_work(queue_id) if each.annotator == annotator]
    times = _times(mine)
    usual = usual_seconds_a_word(times)
    return tuple(
        FastWork(work=each, usual_seconds=None if usual is None else usual * each.words)
        for each, fast in zip(mine, find_too_fast(times), strict=True)
        if fast
    )


def count_by_day(ends: Sequence[datetime], at: datetime) -> tuple[int, ...]:
    """Return how many ended on each day until ``at``, the day of the first one first; none: an empty tuple."""
    if not ends:
        return ()
    ages = [max(0, math.floor((at - end) / _DAY)) for end in ends]
    counts = Counter(ages)
    return tuple(counts[age] for age in range(max(ages), -1, -1))


def estimate_gold(accuracy: Sequence[AnnotatorAccuracy]) -> Estimate:
    """Return the share of the steps of gold items that people labelled as they are known to be, with its interval.

    The unit that is drawn is the gold item: its steps, and the people who labelled it, are not independent.
    """
    tasks: dict[str, list[tuple[int, int]]] = {}
    for person in accuracy:
        for each in person.answers:
            tasks.setdefault(each.task_id, []).append((each.right, each.steps))
    return bootstrap(list(tasks.values()), _share_right)


def _share_right(tasks: Sequence[Sequence[tuple[int, int]]]) -> float | None:
    steps = sum(steps for task in tasks for _right, steps in task)
    return sum(right for task in tasks for right, _steps in task) / steps if steps else None


def _days(daily: Sequence[int], at: datetime) -> tuple[LabelDay, ...]:
    """Add the days up; before the first one there were none."""
    total, points = 0, [LabelDay(at=at - len(daily) * _DAY, labels=0)]
    for index, count in enumerate(daily):
        total += count
        points.append(LabelDay(at=at - (len(daily) - 1 - index) * _DAY, labels=total))
    return tuple(points[-MOST_POINTS:]) if daily else ()


def _rated(latest: Iterable[LatestAnnotations], until: datetime | None = None) -> list[RatedSolution]:
    """Return what agreement needs; ``until``: without what was labelled later."""
    return [
        RatedSolution(
            solution_id=each.solution_id,
            data_source=each.data_source,
            ratings={
                one.annotator: one.labels
                for one in each.annotations
                if one.skip_reason is None and (until is None or one.created_at <= until)
            },
        )
        for each in latest
    ]


def _agreement_days(latest: Sequence[LatestAnnotations], at: datetime) -> tuple[AgreementDay, ...]:
    """Return the agreement at a few moments between the first day and now. Labels changed since count from their change on."""
    times = [one.created_at for each in latest for one in each.annotations]
    if not times:
        return ()
    days = math.ceil((at - min(times)) / _DAY)
    every = max(1, math.ceil(days / _AGREEMENT_POINTS))
    moments = [at - back * _DAY for back in range(0, days, every)]
    points = (
        AgreementDay(at=moment, alpha=measure_overall(_rated(latest, moment), _RESAMPLES).alpha_nominal)
        for moment in reversed(moments)
    )
    return tuple(point for point in points if point.alpha.value is not None)


def _agreement_with_others(rated: Sequence[RatedSolution], annotator: str) -> Estimate:
    """Return one person's alpha with the others: each other person's labels of a solution are compared with theirs alone."""
    pairs = [
        RatedSolution(
            solution_id=f"{each.solution_id}/{other}",
            data_source=None,
            ratings={"one": each.ratings[annotator], "other": labels},
        )
        for each in rated
        if annotator in each.ratings
        for other, labels in each.ratings.items()
        if other != annotator
    ]
    found = measure_overall(pairs, resamples=0).alpha_nominal
    return Estimate(value=found.value, interval=None, reason=None if found.value is not None else found.reason)


def _people(
    store: Store,
    queue_id: str,
    people: Sequence[PersonProgress],
    lately: Sequence[str],
    latest: Sequence[LatestAnnotations],
    accuracy: Sequence[AnnotatorAccuracy],
) -> tuple[PersonFigures, ...]:
    """Return everybody's figures; ``lately``: who finished a solution in the last day, once for each."""
    rated, last_day = _rated(latest), Counter(lately)
    sent_back, timed = store.projects.count_sent_back(queue_id), store.projects.list_timed_work(queue_id)
    gold = {each.annotator: each for each in accuracy}
    found = []
    for person in people:
        mine = [each for each in timed if each.annotator == person.annotator]
        fast = find_too_fast(_times(mine))
        found.append(
            PersonFigures(
                progress=person,
                items_last_day=last_day[person.annotator],
                median_seconds_a_step=median(each.seconds / each.steps for each in mine) if mine else None,
                gold=gold.get(person.annotator),
                gold_share=estimate_gold([each for each in accuracy if each.annotator == person.annotator]),
                agreement=_agreement_with_others(rated, person.annotator),
                sent_back=sent_back.get(person.annotator, 0),
                timed=len(mine),
                too_fast=sum(fast),
                is_worth_a_look=is_worth_a_look(fast),
            )
        )
    return tuple(found)


def _times(works: Sequence[TimedWork]) -> list[LabellingTime]:
    return [LabellingTime(seconds=each.seconds, words=each.words) for each in works]


def _open_disagreements(store: Store, queue_id: str) -> int:
    wanted = DisagreementFilter(scope=Scope(queue_id=queue_id), open_only=True)
    return store.results.list_disagreements(wanted, limit=1).total
