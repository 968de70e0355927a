"""People who label solutions in a store, for the tests of what is read out of their labels."""

from engine.domain import Annotation, Label, SkipReason, Stage
from storage import EventKind, Store
from tests.support.label_events import act, label


def submit(store: Store, queue_id: str, position: int, who: str, labels: str) -> str:
    """Label and submit one task as a person would; ``labels`` such as "+0-", "." for none; return the task's id."""
    task = store.labelling.task_at(queue_id, position, who)
    events = [label(task.id, step, read(sign)) for step, sign in enumerate(labels)]
    receipt = store.labelling.save_events(who, [*events, act(task.id, EventKind.SUBMIT, 9, seconds=float(len(labels)))])
    assert receipt.rejected == ()
    return task.id


def skip(store: Store, queue_id: str, position: int, who: str) -> None:
    task = store.labelling.task_at(queue_id, position, who)
    store.labelling.save_events(who, [act(task.id, EventKind.SKIP, 10, skip_reason=SkipReason.BAD_PROBLEM)])


def say(store: Store, solution_id: str, who: str, labels: str, stage: Stage = Stage.BLIND) -> None:
    """Add an annotation that was made elsewhere."""
    store.results.add_annotation(
        Annotation(solution_id=solution_id, annotator=who, stage=stage, labels=tuple(read(sign) for sign in labels))
    )


def read(sign: str) -> Label | None:
    return {"+": Label.CORRECT, "0": Label.NEUTRAL, "-": Label.WRONG, ".": None}[sign]


def written(labels: tuple[Label | None, ...]) -> str:
    return "".join({Label.CORRECT: "+", Label.NEUTRAL: "0", Label.WRONG: "-", None: "."}[each] for each in labels)
