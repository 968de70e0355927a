"""Exports: labelled solutions of a store as the rows of a format.

What is written, where the format has less room than the store:

* One line a solution, with its final labels (``storage/results/adjudication.py``): the decision, else the label of more
  than half. Each person's newest annotation of any stage counts; those of quiz and gold items never do. Where
  people differ and nobody has decided, the newest label is written; the report says for how many solutions.
* Where people came to no labels, those of the only file that labels the solution; the report says for how many. Other choices of
  labels are ``storage/transfer/label_choice.py``'s.
* A solution with a step that nobody labelled (everybody skipped it) is left out, and counted. So is work that a reviewer sent
  back, until it is submitted again.
* Notes, flags, stages, people and times have no place in it. What an imported row held beside the format's fields is written
  as it was.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain import Label
from storage.files.atomic import atomic_folder
from storage.formats.visualprocessbench import IMAGES, ROWS, Row, as_line
from storage.results.annotations import AnnotatedSolution
from storage.results.votes import Scope
from storage.runs.targets import Target
from storage.store import Store
from storage.transfer.image_names import ImageNames
from storage.transfer.label_choice import LabelChoice, LabelKind

COUNT = "count"  # the field that says how many equal solutions of a run a row stands for, where it is more than one
LABELS_BY = "labels_by"  # the field that says whose labels a row has, where an export writes everybody's


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written and what was left out."""

    rows: int  # lines written
    images: int  # picture files written
    steps: int
    correct: int  # steps of each label
    neutral: int
    wrong: int
    labels: str  # whose labels were asked for
    labels_by: Mapping[str, int]  # rows by whose labels they have: "people", "person:NAME", "file:SOURCE"
    skipped: int  # solutions left out because what was asked for labels not all of their steps
    sent_back: int  # solutions of which work was left out because a reviewer sent it back and it is not submitted again
    several_annotators: int  # solutions annotated by more than one person
    decided: int  # solutions with an adjudication
    disputed: int  # solutions with a step that people differ on and nobody has decided: its newest label was taken
    neutral_policy: str = "kept as 0"


def export_visualprocessbench(
    store: Store,
    out_dir: Path,
    queue_id: str | None = None,
    *,
    evaluation: bool = False,
    choice: LabelChoice | None = None,
    target: Target | None = None,
) -> ExportReport:
    """Write ``out_dir/test.jsonl`` and ``out_dir/images/``: both whole, or nothing. An earlier export there is replaced.

    Args:
        store: to read from.
        out_dir: new, empty or an earlier export.
        queue_id: only what was labelled in this queue, so no labels of files stand in; None: everything.
        evaluation: only the random slices of projects, to measure models on; no labels of files stand in.
        choice: whose labels; None: the final ones.
        target: only solutions of this run, problem or picture; None: all.

    Raises:
        NotFound: there is no such queue or target.
        BadFile: ``out_dir`` holds something else.
        DiskError: it cannot be written.
    """
    if queue_id is not None:
        store.labelling.get_queue(queue_id, "")  # a misspelt one must not replace an earlier export by nothing
    scope = Scope(queue_id=queue_id, stage=None, evaluation=evaluation)
    among = None if target is None else store.runs.list_solutions_of(target)
    with atomic_folder(out_dir, frozenset((ROWS, IMAGES)), last=ROWS) as folder:
        (folder / IMAGES).mkdir()
        export = _Export(store, folder, scope, choice or LabelChoice(), among)
        with (folder / ROWS).open("w", encoding="utf-8", newline="\n") as file:
            for labelled in store.results.iter_annotated(scope, among):
                file.writelines(export.lines_of(labelled))
            file.flush()
            os.fsync(file.fileno())
    return export.report()


@dataclass(slots=True)
class _Export:
    """One export: what has been counted and written so far."""

    store: Store
    folder: Path
    scope: Scope
    choice: LabelChoice
    among: Sequence[str] | None  # solutions; None: all
    _counts: Counter[str] = field(default_factory=Counter)
    _steps: Counter[Label] = field(default_factory=Counter)
    _labels_by: Counter[str] = field(default_factory=Counter)
    _names: ImageNames = field(default_factory=ImageNames)
    _images: set[str] = field(default_factory=set)

    def lines_of(self, labelled: AnnotatedSolution) -> list[str]:
        """Return the lines of a solution, its pictures written."""
        is_final = self.choice.kind is LabelKind.FINAL
        is_narrowed = self.scope.queue_id is not None or self.scope.evaluation
        chosen = self.choice.choose(labelled, files_stand_in=not is_narrowed)
        is_peoples = bool(labelled.annotations) or labelled.final.decision is not None
        if not chosen:
            self._counts["skipped"] += not is_final or is_peoples or not is_narrowed
            return []
        if is_final and is_peoples:
            self._counts["several"] += len(labelled.annotations) > 1
            self._counts["decided"] += labelled.final.decision is not None
            self._counts["disputed"] += any(step.label is None for step in labelled.final.steps) and "people" in chosen
        images = self._write_images(labelled)
        lines = []
        for whose, labels in chosen.items():
            self._labels_by[whose] += 1
            self._steps.update(labels)
            lines.append(as_line(as_row(labelled, labels, images, None if is_final else whose)))
        return lines

    def report(self) -> ExportReport:
        """Return what was written and left out."""
        return ExportReport(
            rows=self._labels_by.total(),
            images=len(self._images),
            steps=self._steps.total(),
            correct=self._steps[Label.CORRECT],
            neutral=self._steps[Label.NEUTRAL],
            wrong=self._steps[Label.WRONG],
            labels=str(self.choice),
            labels_by=dict(sorted(self._labels_by.items())),
            skipped=self._counts["skipped"],
            sent_back=self.store.results.count_sent_back(self.scope, self.among),
            several_annotators=self._counts["several"],
            decided=self._counts["decided"],
            disputed=self._counts["disputed"],
        )

    def _write_images(self, labelled: AnnotatedSolution) -> tuple[str, ...]:
        """Write the pictures that are not written yet; return the paths of all."""
        wanted = labelled.imported[-1].image_names if labelled.imported else ()
        names = []
        for place, sha in enumerate(labelled.problem.images):
            stored = self.store.images.path(sha)
            name = self._names.name_of(stored, wanted[place] if place < len(wanted) else None)
            if name not in self._images:
                self._images.add(name)
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(stored, self.folder / name)
            names.append(name)
        return tuple(names)


def as_row(
    labelled: AnnotatedSolution, labels: tuple[Label, ...], images: tuple[str, ...], whose: str | None = None
) -> Row:
    """Return the row of a solution with these labels; ``whose``: where the row is to say it."""
    kept = dict(labelled.imported[-1].kept_fields) if labelled.imported else {}
    if labelled.count > 1:
        kept[COUNT] = labelled.count
    return Row(
        image=images,
        question=labelled.problem.question,
        answer=labelled.problem.answer,
        steps=labelled.solution.steps,
        process_correctness=labels,
        policy_model=labelled.solution.policy_model,
        data_source=labelled.problem.data_source,
        kept_fields=kept if whose is None else kept | {LABELS_BY: whose},
    )
