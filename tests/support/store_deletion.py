"""What tests of deletion share: a run on which everything hangs that can, and rows counted."""

from collections.abc import Callable

from sqlalchemy import func, select

from engine.domain import Cause, Decision, Label, LabelTask, ProjectOptions, Run, Sampling, now
from engine.metering.usage import ServerUsage
from engine.outcomes.guided_search import BeamPlan, GuidedSearch
from engine.outcomes.tally import CompletionTally
from storage import (
    FinishedWork,
    ReviewVerdict,
    Rollout,
    Selection,
    Store,
)
from storage.database import tables
from storage.deletion.removal import delete_target, preview_deletion
from storage.runs.imported_rows import ImportedRow
from storage.runs.searches import add_search
from storage.runs.targets import Target, TargetKind
from tests.support.label_events import label, make_png
from tests.support.rollouts import measured
from tests.support.store_labelling import say, submit
from tests.support.store_projects import judge, work

AddRun = Callable[..., Run]
OF_A_TARGET = {  # tables with rows that hang on a run, a problem or a picture
    "annotations",
    "branch_usages",
    "continuations",
    "cursors",
    "decisions",
    "drafts",
    "events",
    "image_uploads",
    "images",
    "imported_rows",
    "problem_images",
    "problems",
    "queues",
    "rollout_labels",
    "rollouts",
    "runs",
    "scorings",
    "searches",
    "solutions",
    "split_events",
    "tasks",
    "thoughts",
    "verdicts",
}


def run_target(run: Run) -> Target:
    return Target(kind=TargetKind.RUN, id=run.id)


def delete(store: Store, target: Target) -> None:
    """Delete it with all labels."""
    delete_target(store, target, "ada", labels_of=preview_deletion(store, target).name)


def count_rows(store: Store) -> dict[str, int]:
    """How many rows every table has that anything hangs in."""
    with store.database.read() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(tables.metadata.tables[name])) or 0
            for name in OF_A_TARGET
        }


def solutions_of(store: Store, run: Run) -> list[str]:
    return [each.id for each in store.runs.get_run(run.id).solutions]


def make_project(store: Store, *runs: Run, **options: object) -> str:
    """A project over the solutions of runs; return its queue."""
    project = store.projects.add_project("Sums", ProjectOptions(evaluation_share=0.0, **options))  # type: ignore[arg-type]
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(runs=tuple(run.id for run in runs)))
    return queue.id


def accept(store: Store, queue: str, split: int) -> None:
    """Judge the whole sample of a split right, and accept it."""
    for each in store.projects.list_sample(queue, split):
        shown = FinishedWork(task_id=each.task_id, annotator=each.annotator, labels=each.labels)
        judge(store, "ada", queue, split, shown, ReviewVerdict.RIGHT)
    store.projects.accept_split("ada", queue, split)


def make_busy_run(store: Store, add_run: AddRun) -> Run:
    """A run on which everything hangs that can."""
    run = add_run(solutions=4, image=make_png(30, 20), question="How  many?\nSay it.")
    (sha,) = store.runs.get_run(run.id).problem.images
    store.images.thumbnail(sha, 80)
    with store.database.write() as connection:
        for who in ("mei", "anonymous"):
            connection.execute(tables.image_uploads.insert().values(sha=sha, uploader=who, at=now()))
        connection.execute(tables.runs.update().values(made_by="mei"))
    of_run = store.labelling.open_run_queue(run.id, "How many?")
    submit(store, of_run.id, 0, "mei", "+0-")
    task = store.labelling.task_at(of_run.id, 1, "tom")
    assert isinstance(task, LabelTask)
    store.labelling.save_events("tom", [label(task.id, 0, Label.WRONG)])
    queue = make_project(store, run, overlap=1, review_share=1.0, split_size=2)
    work(store, queue, "bea", most=2)
    accept(store, queue, 0)
    first = solutions_of(store, run)[0]
    store.results.add_decision(
        Decision(solution_id=first, labels=(Label.CORRECT,) * 3, by="ada", cause=Cause.SLIP, queue_id=of_run.id)
    )
    say(store, first, "kim", "---")
    counted = CompletionTally(drawn=2, reached=1, cut_off=1, unread=0, answers=())
    which = {"policy_model": "p", "policy_revision": "1", "sampling": Sampling(n=2), "tally": counted}
    store.runs.add_rollout(Rollout(solution_id=first, first=0, last=0, **which))  # type: ignore[arg-type]
    store.runs.add_branch_usage("p", first, [ServerUsage(model="p", requests=1, counted=1, read=9, written=4)])
    goes_on = {"solution_id": solutions_of(store, run)[1], "parent_id": first, "step": 0, "press": "p", "position": 0}
    with store.database.write() as connection:  # a solution that is there: others count them
        connection.execute(tables.thoughts.insert().values(solution_id=first, text="Hm."))
        connection.execute(tables.continuations.insert().values(**goes_on, sampling={}))
        add_search(connection, run.id, GuidedSearch(plan=BeamPlan()))
    store.runs.add_imported_row(ImportedRow(solution_id=first, source="file", labels=(Label.CORRECT,) * 3))
    store.runs.add_rollout_labels([measured(first, (3, 4), (0, 4), (0, 1))])
    return run
