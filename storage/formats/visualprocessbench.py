"""VisualProcessBench: ``test.jsonl`` plus pictures, one annotated solution a line. Knows this format and no other.

What is written, where the format has less room than the store:

* One line a solution, with its final labels (``storage/results/adjudication.py``): the decision, else what more than half
  said. Of each person the newest annotation of any stage counts; what was said in a quiz or of a gold item never does. Where
  people differ and nobody has decided, the newest label is written; the report says for how many solutions.
* A solution with a step that nobody labelled (everybody skipped it) is left out, and counted. So is work that a reviewer sent
  back, until it is submitted again.
* Neutral stays 0, as in the published file (whose metric then drops it).
* Notes, flags, stages, people and times have no place in it.

What is read: each line becomes a problem, a solution without a draw, and an annotation by ``import:visualprocessbench``. Ids are
made from the contents, so reading a file twice adds nothing. A line that is too long, or has a text or a list that is, is refused:
one such row would make every page that shows it unusable.

Source: OpenGVLab/VisualProcessBench, ``test.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.3.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.answers import read_answer
from engine.domain import Annotation, Label, Problem, Solution, Stage
from storage.database.column_types import writable
from storage.errors import BadFile, BadImage
from storage.files.atomic import whole_folder
from storage.formats import fields
from storage.formats.lines import BadLine, read_values
from storage.results.annotations import Labelled
from storage.results.votes import Scope
from storage.store import Store

NAME = "visualprocessbench"
ANNOTATOR = "import:visualprocessbench"
ROWS = "test.jsonl"
IMAGES = "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of ``test.jsonl``."""

    image: tuple[str, ...]  # paths relative to the file
    question: str
    answer: str | None
    steps: tuple[str, ...]
    process_correctness: tuple[Label, ...]  # one a step
    policy_model: str
    data_source: str | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of reading a file."""

    added: int
    unchanged: int
    errors: tuple[BadLine, ...]
    conflicting: int = 0  # lines with other labels than an earlier line of the same solution: the last new ones count
    solutions: tuple[str, ...] = ()  # ids of all good lines, new and known, in the order of the file


def write(store: Store, out_dir: Path, queue_id: str | None = None, *, evaluation: bool = False) -> ExportReport:
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
        store.labelling.get_queue(queue_id, ANNOTATOR)  # a misspelt one must not replace an earlier export by nothing
    scope = Scope(queue_id=queue_id, stage=None, evaluation=evaluation)
    counts = dict.fromkeys(Label, 0)
    rows = skipped = several = decided = disputed = 0
    images: set[str] = set()
    with whole_folder(out_dir, frozenset((ROWS, IMAGES)), last=ROWS) as folder:
        (folder / IMAGES).mkdir()
        with (folder / ROWS).open("w", encoding="utf-8", newline="\n") as file:
            for labelled in store.results.iter_labelled(scope):
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


def labels_of(labelled: Labelled) -> tuple[Label, ...] | None:
    """Return the label to export for each step, the newest where people differ; None when a step has none."""
    newest_first = [each.labels for each in reversed(labelled.annotations) if each.skip_reason is None]
    labels: list[Label] = []
    for index, step in enumerate(labelled.final.steps):
        said = (votes[index] for votes in newest_first if votes[index] is not None)
        label = step.label if step.label is not None else next(said, None)
        if label is None:
            return None
        labels.append(label)
    return tuple(labels)


def as_row(labelled: Labelled, labels: tuple[Label, ...], images: tuple[str, ...]) -> Row:
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


def as_line(row: Row) -> str:
    """Return the row as one line of JSON, its newline included."""
    value = {
        "image": list(row.image),
        "question": row.question,
        "answer": row.answer,
        "response": {
            "steps": list(row.steps),
            "process_correctness": [int(label) for label in row.process_correctness],
        },
        "policy_model": row.policy_model,
        "data_source": row.data_source,
    }
    text = json.dumps(value, ensure_ascii=False)
    for mark in ("\x85", "\u2028", "\u2029"):  # some readers take them for the end of a line
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text + "\n"


def read(path: Path) -> Iterator[Row]:
    """Read ``test.jsonl`` (or the folder it is in) line by line; raises BadFile at the first bad line."""
    for _number, row in read_lines(path):
        if isinstance(row, BadLine):
            raise BadFile(f"{path.name}, line {row.line}: {row.reason}")
        yield row


def read_lines(path: Path) -> Iterator[tuple[int, Row | BadLine]]:
    """Read line by line, with the number of each (from 1); a bad line is given as such. Empty lines are passed over.

    Raises:
        BadFile: there is no such file.
    """
    file_path = find_rows(path)
    with file_path.open("rb") as file:
        for number, value in read_values(file):
            try:
                yield number, value if isinstance(value, BadLine) else _as_row(value)
            except fields.BadValue as error:
                yield number, BadLine(line=number, reason=str(error))


def find_rows(path: Path) -> Path:
    """Return the file of rows: ``path`` itself, or ``test.jsonl`` in it; raises BadFile."""
    file_path = path / ROWS if path.is_dir() else path
    if not file_path.is_file():
        raise BadFile(f"There is no file {str(file_path)!r}. Give the path of {ROWS}, or of the folder that holds it.")
    return file_path


def add(store: Store, path: Path) -> ImportReport:
    """Add every good line of a file to the store; the bad ones are reported. Raises BadFile when there is no file."""
    folder = find_rows(path).parent
    added = unchanged = conflicting = 0
    errors: list[BadLine] = []
    solutions: dict[str, tuple[Label, ...]] = {}  # in order, each once, with the labels of its last line
    for number, row in read_lines(path):
        if isinstance(row, BadLine):
            errors.append(row)
            continue
        try:
            solution_id, is_new = _add_row(store, folder, row)
            conflicting += solutions.get(solution_id, row.process_correctness) != row.process_correctness
            solutions[solution_id] = row.process_correctness
            added, unchanged = added + is_new, unchanged + (not is_new)
        except (BadFile, BadImage) as error:
            errors.append(BadLine(line=number, reason=str(error)))
    return ImportReport(
        added=added,
        unchanged=unchanged,
        errors=tuple(errors),
        conflicting=conflicting,
        solutions=tuple(solutions),
    )


def _add_row(store: Store, folder: Path, row: Row) -> tuple[str, bool]:
    images = tuple(store.images.add(_read_image(folder, name)).sha for name in row.image)
    problem_id = _id_of("problem", *images, row.question, row.answer, row.data_source)
    problem = Problem(
        id=problem_id, images=images, question=row.question, answer=row.answer, data_source=row.data_source
    )
    solution_id = _id_of("solution", problem_id, row.policy_model, *row.steps)
    solution = Solution(
        id=solution_id,
        problem_id=problem_id,
        steps=row.steps,
        answer=read_answer("\n\n".join(row.steps)),
        policy_model=row.policy_model,
    )
    annotation = Annotation(
        id=_id_of("annotation", solution_id, *(str(int(label)) for label in row.process_correctness)),
        solution_id=solution_id,
        annotator=ANNOTATOR,
        stage=Stage.BLIND,
        labels=row.process_correctness,
    )
    store.runs.add_problem(problem)
    store.runs.add_solution(None, solution)
    return solution_id, store.results.add_annotation(annotation)


def _read_image(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadFile(f"Image {name!r} leads out of the folder of {ROWS}. Put the pictures beside it.")
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(f"Image {name!r} cannot be read. Put it beside {ROWS}.") from error


def _id_of(*parts: str | None) -> str:
    text = json.dumps([None if part is None else writable(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _as_row(value: object) -> Row:
    row = fields.as_object(value, "The line")
    response = fields.as_object(fields.get(row, "response"), "'response'")
    steps = fields.get_steps(response, "steps")
    labels = fields.get_labels(response, "process_correctness")
    if not steps:
        raise fields.BadValue("The solution has no steps.")
    if len(labels) != len(steps):
        raise fields.BadValue(f"There are {len(steps)} steps but {len(labels)} labels in 'process_correctness'.")
    return Row(
        image=fields.get_texts(row, "image"),
        question=fields.get_text(row, "question"),
        answer=fields.get_text_or_none(row, "answer"),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text(row, "policy_model"),
        data_source=fields.get_text_or_none(row, "data_source"),
    )
