"""A project with solutions, and people at work in it."""

from collections.abc import Sequence

from sqlalchemy import text

from engine.domain import Label, LabelTask, Problem, ProjectOptions, Scoring, Solution, StepScore
from storage import (
    EventKind,
    EventReceipt,
    FinishedWork,
    QuestionedStep,
    ReviewVerdict,
    Selection,
    Store,
    WorkJudgement,
)
from tests.support.label_events import act, label


def add_solutions(store: Store, count: int, steps: int = 2, scores: Sequence[float | None] = ()) -> list[str]:
    """Imported solutions of one problem (answer "4"; each answers with its number), scored where a score is given."""
    problem = Problem(question="How many?", answer="4", data_source="test")
    store.runs.add_problem(problem)
    ids = []
    for number in range(count):
        made = Solution(
            problem_id=problem.id,
            steps=tuple(f"{number}.{at}" for at in range(steps)),
            answer=str(number),
            policy_model="p",
        )
        store.runs.add_solution(None, made)
        ids.append(made.id)
        if number < len(scores) and (score := scores[number]) is not None:
            said = tuple(StepScore(first=at, last=at, score=score) for at in range(steps))
            store.runs.add_scoring(None, Scoring(solution_id=made.id, reward_model="r", step_scores=said))
    return ids


def open_project(store: Store, count: int = 4, **options: object) -> str:
    """A project over ``count`` new solutions; returns its queue."""
    add_solutions(store, count)
    return fill_project(store, **options)


def fill_project(store: Store, **options: object) -> str:
    """A project over every solution there is; returns its queue."""
    project = store.projects.add_project("A project", ProjectOptions(**options))  # type: ignore[arg-type]
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection())
    return queue.id


def take(store: Store, queue_id: str, who: str) -> LabelTask:
    task = store.labelling.next_task(queue_id, who)
    assert isinstance(task, LabelTask), task
    return task


def finish(store: Store, task: LabelTask, who: str, value: Label = Label.CORRECT, second: float = 0) -> EventReceipt:
    events = [label(task.id, step, value, second) for step in range(len(task.steps))]
    receipt = store.labelling.save_events(who, [*events, act(task.id, EventKind.SUBMIT, second + 1, seconds=6.0)])
    assert receipt.rejected == ()
    return receipt


def work(
    store: Store, queue_id: str, who: str, value: Label = Label.CORRECT, most: int = 10_000, second: float = 0
) -> list[LabelTask]:
    """Label until there is nothing more, or ``most`` are done; returns the tasks in order."""
    done: list[LabelTask] = []
    while len(done) < most and isinstance(task := store.labelling.next_task(queue_id, who), LabelTask):
        finish(store, task, who, value, second)
        done.append(task)
    return done


def judge(
    store: Store,
    by: str,
    queue_id: str,
    number: int,
    shown: FinishedWork,
    verdict: ReviewVerdict,
    note: str = "",
    questioned: Sequence[QuestionedStep] = (),
) -> None:
    """Judge work of a split's sample."""
    judgement = WorkJudgement(by=by, shown=shown, verdict=verdict, note=note, questioned=tuple(questioned))
    store.projects.add_verdict(queue_id, number, judgement)


def expire(store: Store, who: str) -> None:
    """Let every lease of a person run out."""
    with store.database.write() as connection:
        lapsed = "UPDATE drafts SET leased_until = '2020-01-01 00:00:00.000000' WHERE annotator = :who AND leased_until IS NOT NULL"
        connection.execute(text(lapsed), {"who": who})
