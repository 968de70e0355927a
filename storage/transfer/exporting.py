"""Exports: labelled solutions of a store as the rows of a format.

What is written, where the format has less room than the store:

* One line a solution, with its final labels (``storage/results/adjudication.py``): the decision, else the label of more
  than half. Each person's newest annotation of any stage counts; those of quiz and gold items never do. Where
  people differ and nobody has decided, the newest label is written; the report says for how many solutions.
* A solution with a step that nobody labelled (everybody skipped it) is left out, and counted. So is work that a reviewer sent
  back, until it is submitted again.
* Notes, flags, stages, people and times have no place in it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.domain import Label
from storage.files.atomic import atomic_folder
from storage.formats.visualprocessbench import IMAGES, ROWS, Row, as_line
from storage.results.annotations import AnnotatedSolution
from storage.results.votes import Scope
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written and what was left out."""

    rows: int  # lines written
    images: int  # picture files written
    steps: int
    correct: int  # steps of each label
    neutral: int
    wrong: int
    skipped: int  # solutions left out because nobody labelled all of their steps: everybody skipped them
    sent_back: int  # solutions of which work was left out because a reviewer sent it back and it is not submitted again
    several_annotators: int  # solutions annotated by more than one person
    decided: int  # solutions with an adjudication
    disputed: int  # solutions with a step that people differ on and nobody has decided: its newest label was taken
    neutral_policy: str = "kept as 0"


def export_visualprocessbench(
    store: Store, out_dir: Path, queue_id: str | None = None, *, evaluation: bool = False
) -> ExportReport:
    """Write ``out_dir/test.jsonl`` and ``out_dir/images/``: both whole, or nothing. An earlier export there is replaced.

    Args:
        store: to read from.
        out_dir: new, empty or an earlier export.
        queue_id: only what was labelled in this queue; None: everything.
        evaluation: only the random slices of projects, to measure models on.

    Raises:
        NotFound: there is no such queue.
        BadFile: ``out_dir`` holds something else.
        DiskError: it cannot be written.
    """
    if queue_id is not None:
        store.labelling.get_queue(queue_id, "")  # a misspelt one must not replace an earlier export by nothing
    scope = Scope(queue_id=queue_id, stage=None, evaluation=evaluation)
    counts = dict.fromkeys(Label, 0)
    rows = skipped = several = decided = disputed = 0
    images: set[str] = set()
    with atomic_folder(out_dir, frozenset((ROWS, IMAGES)), last=ROWS) as folder:
        (folder / IMAGES).mkdir()
        with (folder / ROWS).open("w", encoding="utf-8", newline="\n") as file:
            for labelled in store.results.iter_annotated(scope):
                labels = labels_of(labelled)
                if labels is None:
                    skipped += 1
                    continue
                several += len(labelled.annotations) > 1
                decided += labelled.final.decision is not None
                disputed += any(step.label is None for step in labelled.final.steps)
                paths = [store.images.path(sha) for sha in labelled.problem.images]
                row = as_row(labelled, labels, tuple(f"{IMAGES}/{path.name}" for path in paths))
                file.write(as_line(row))
                rows += 1
                for label in row.process_correctness:
                    counts[label] += 1
                for path in paths:
                    if path.name not in images:
                        images.add(path.name)
                        shutil.copyfile(path, folder / IMAGES / path.name)
            file.flush()
            os.fsync(file.fileno())
    return ExportReport(
        rows=rows,
        images=len(images),
        steps=sum(counts.values()),
        correct=counts[Label.CORRECT],
        neutral=counts[Label.NEUTRAL],
        wrong=counts[Label.WRONG],
        skipped=skipped,
        sent_back=store.results.count_sent_back(scope),
        several_annotators=several,
        decided=decided,
        disputed=disputed,
    )


def labels_of(labelled: AnnotatedSolution) -> tuple[Label, ...] | None:
    """Return the label to export for each step, the newest where people differ; None when a step has none."""
    newest_first = [each.labels for each in reversed(labelled.annotations) if each.skip_reason is None]
    labels: list[Label] = []
    for index, step in enumerate(labelled.final.steps):
        labelled_so = (votes[index] for votes in newest_first if votes[index] is not None)
        label = step.label if step.label is not None else next(labelled_so, None)
        if label is None:
            return None
        labels.append(label)
    return tuple(labels)


def as_row(labelled: AnnotatedSolution, labels: tuple[Label, ...], images: tuple[str, ...]) -> Row:
    """Return the row of a solution with these labels."""
    return Row(
        image=images,
        question=labelled.problem.question,
        answer=labelled.problem.answer,
        steps=labelled.solution.steps,
        process_correctness=labels,
        policy_model=labelled.solution.policy_model,
        data_source=labelled.problem.data_source,
    )
