"""Exports: solutions of a store as the rows of a format.

What is written, where the format has less room than the store:

* One row a solution, with its final labels (``storage/results/adjudication.py``): the decision, else the label of more
  than half. Each person's newest annotation of any stage counts; those of quiz and gold items never do. Where
  people differ and nobody has decided, the newest label is written; the report says for how many solutions.
* Where people came to no labels, those of the only file that labels the solution; the report says for how many. Other choices of
  labels are ``storage/transfer/label_choice.py``'s. Labels of rollouts stand in for none; their figures go where a format has room.
* A solution with a step that nobody labelled (everybody skipped it) is left out, and counted, where the format has no place for
  such a step. So is work that a reviewer sent back, until it is submitted again.
* The built-in benchmark's rows are left out, and counted, unless the choice names them (``storage/transfer/export_choice.py``).
* What else a format cannot hold is named in the report. What an imported row held beside its format's fields is written as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain import Label, Problem
from storage.errors import BadSetting
from storage.files.atomic import atomic_folder
from storage.formats import parquet, problems, solutions, visualprm400k, visualprm400k_raw, visualprocessbench
from storage.formats.fields import CannotHold
from storage.formats.rows import Row
from storage.formats.visualprocessbench import IMAGES
from storage.progress import OnProgress, tell_nobody
from storage.results.annotations import AnnotatedSolution
from storage.results.votes import Scope
from storage.runs.built_in_benchmark import is_of_benchmark
from storage.runs.targets import Target
from storage.store import Store
from storage.transfer import csv_tables, hub_card
from storage.transfer.csv_tables import CsvTables
from storage.transfer.export_choice import (
    ExportChoice,
    Neutral,
    is_peoples,
    iter_chosen,
    list_scopes,
    list_solutions,
    with_neutral,
)
from storage.transfer.export_rows import as_row
from storage.transfer.export_writers import DATA, JsonLinesWriter, ParquetFolder, Writer, rows_name
from storage.transfer.hub_card import Written
from storage.transfer.label_choice import OF_ROLLOUTS, PEOPLE, LabelChoice, LabelKind, Labels, policy_of
from storage.transfer.registry import FORMATS, Format
from storage.transfer.step_masks import StepMasks, check_masks

HUB = hub_card.NAME
WRITTEN = tuple(sorted((*FORMATS, csv_tables.NAME, HUB)))  # every format that this module writes
EDITED = "which steps a person rewrote before the policy went on"
NOBODY = "nobody"  # whose labels rows without any have, in counts
_TELL_EVERY = 500  # solutions
_UNLABELLED_TOO = (solutions.NAME, problems.NAME, visualprm400k_raw.NAME)
ALWAYS_LEFT_OUT = (
    "notes", "flags", "error types", "corrections", "stages and times of annotations", "decisions' causes", "scorings", "drafts",
    "thoughts",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written and what was left out."""

    rows: int  # written
    images: int  # picture files written
    steps: int
    correct: int  # steps of each label
    neutral: int
    wrong: int
    labels: str  # whose labels were asked for
    labels_by: Mapping[
        str, int
    ]  # rows by whose labels they have: "people", "person:NAME", "file:SOURCE", "monte_carlo:POLICY"
    skipped: int  # solutions left out because what was asked for labels not all of their steps
    sent_back: int  # solutions of which work was left out because a reviewer sent it back and it is not submitted again
    several_annotators: int  # solutions annotated by more than one person
    decided: int  # solutions with an adjudication
    disputed: int  # solutions with a step that people differ on and nobody has decided: its newest label was taken
    equal: int  # further solutions of runs that are word for word a row's
    benchmark_left_out: int  # rows of the built-in benchmark, which only a choice that names it takes
    neutral_policy: str
    masked: Mapping[str, int]  # what masks left out -> steps or solutions, as its name says
    cannot_hold: Mapping[str, int]  # what the format has no place for -> solutions it concerns, most of them left out
    left_out: tuple[str, ...]  # what the format never holds


def export_visualprocessbench(
    store: Store,
    out_dir: Path,
    queue_id: str | None = None,
    *,
    evaluation: bool = False,
    choice: LabelChoice | None = None,
    target: Target | None = None,
) -> ExportReport:
    """Write ``out_dir/test.jsonl`` and ``out_dir/images/``; see :func:`export`."""
    chosen = ExportChoice(queue_id=queue_id, evaluation=evaluation, labels=choice or LabelChoice(), target=target)
    return export(store, out_dir, visualprocessbench.NAME, chosen)


def export(
    store: Store, out_dir: Path, name: str, choice: ExportChoice | None = None, on_progress: OnProgress | None = None
) -> ExportReport:
    """Write a folder in a format: whole, or nothing. An earlier export there is replaced.

    Args:
        store: to read from.
        out_dir: new, empty or an earlier export in this format.
        name: one of WRITTEN.
        choice: what to write; None: everything, with final labels.
        on_progress: told now and then of rows written.

    Raises:
        NotFound: there is no such queue, project or split.
        BadSetting: the choice cannot be made in this format.
        BadFile: ``out_dir`` holds something else.
        DiskError: it cannot be written.
    """
    chosen = choice or ExportChoice()
    format_, neutral = check_choice(store, name, chosen)  # before an earlier export is touched
    names, last = _names_of(name)
    with atomic_folder(out_dir, names, last=last) as folder:
        writer = _writer(store, folder, name, format_, chosen)
        run = _Export(store, writer, format_, name, chosen, neutral, on_progress or tell_nobody)
        try:
            run.write_all()
        finally:
            writer.close()
        report = run.report()
        run.on_progress(report.rows, 1.0)
        if name == HUB:
            hub_card.write(store, folder, chosen, run.written(report))
    return report


def check_choice(store: Store, name: str, choice: ExportChoice) -> tuple[Format, Neutral]:
    """Return the format of the rows, and what becomes of neutral labels. Raises NotFound, BadSetting as :func:`export` does."""
    format_ = FORMATS.get(name, FORMATS[parquet.NAME])
    neutral = _neutral_policy(format_, choice.neutral)
    if choice.reward_model is not None and name != csv_tables.NAME:
        raise BadSetting(f"The format {name} holds no score. Leave the reward model out, or choose {csv_tables.NAME}.")
    if choice.labels.thresholds is not None and name == visualprm400k_raw.NAME:
        raise BadSetting(
            f"The format {name} holds the shares themselves. Leave the thresholds out, or choose another format."
        )
    check_masks(name, choice)
    list_scopes(store, choice)
    list_solutions(store, choice)
    return format_, neutral


def _names_of(name: str) -> tuple[frozenset[str], str]:
    """Return the names that an export in a format writes, and the one without which it is none."""
    if name == csv_tables.NAME:
        return frozenset((csv_tables.SOLUTIONS, csv_tables.STEPS)), csv_tables.SOLUTIONS
    if name == HUB:
        return frozenset((DATA, hub_card.CARD)), hub_card.CARD
    if name == parquet.NAME:
        return frozenset((DATA,)), DATA
    return frozenset((rows_name(name), IMAGES)), rows_name(name)


def _writer(store: Store, folder: Path, name: str, format_: Format, choice: ExportChoice) -> Writer:
    if name == csv_tables.NAME:
        return CsvTables(store, folder, choice.reward_model)
    if name in (HUB, parquet.NAME):
        return ParquetFolder(store, folder, hub_card.split_of(choice))
    return JsonLinesWriter(store, folder, format_)


def _neutral_policy(format_: Format, asked: Neutral | None) -> Neutral:
    if asked is Neutral.KEEP and not format_.has_neutral:
        raise BadSetting(f"{format_.title} have no neutral step. Choose drop, positive or negative.")
    return asked or (Neutral.KEEP if format_.has_neutral else Neutral.POSITIVE)


@dataclass(slots=True)
class _Export:
    """One export: what has been counted and written so far."""

    store: Store
    writer: Writer
    format: Format
    name: str
    choice: ExportChoice
    neutral: Neutral
    on_progress: OnProgress
    _masks: StepMasks = field(init=False)
    _counts: Counter[str] = field(default_factory=Counter)
    _steps: Counter[Label | None] = field(default_factory=Counter)
    _labels_by: Counter[str] = field(default_factory=Counter)
    _cannot_hold: Counter[str] = field(default_factory=Counter)
    _sources: Counter[str] = field(default_factory=Counter)
    _policy_models: Counter[str] = field(default_factory=Counter)
    _guideline_versions: set[str] = field(default_factory=set)
    _read: int = 0  # solutions
    _equal: set[int] = field(default_factory=set)  # what solutions with equals say, of those written

    def __post_init__(self) -> None:
        self._masks = StepMasks(self.store, self.choice)

    def write_all(self) -> None:
        """Write every row that was asked for."""
        if self.name == problems.NAME:
            self._write_problems()
            return
        if self._masks.read_twice:
            self._masks.rank(iter_chosen(self.store, self.choice, unlabelled=False))
        for labelled in self._chosen():
            self._add(labelled)

    def report(self) -> ExportReport:
        """Return what was written and left out."""
        scopes = list_scopes(self.store, self.choice)
        return ExportReport(
            rows=self._labels_by.total(),
            images=self.writer.images,
            steps=self._steps.total(),
            correct=self._steps[Label.CORRECT],
            neutral=self._steps[Label.NEUTRAL],
            wrong=self._steps[Label.WRONG],
            labels=str(self.choice.labels),
            labels_by=dict(sorted(self._labels_by.items())),
            skipped=self._counts["skipped"],
            sent_back=self._count_sent_back(scopes),
            several_annotators=self._counts["several"],
            decided=self._counts["decided"],
            disputed=self._counts["disputed"],
            equal=self._counts["equal"],
            benchmark_left_out=self._counts["benchmark_left_out"],
            neutral_policy=self.neutral.in_words,
            masked={what: count for what, count in sorted(self._masks.left_out.items()) if count},
            cannot_hold={what: count for what, count in sorted(self._cannot_hold.items()) if count},
            left_out=(*(() if self.format.has_pictures else ("pictures",)), *self.format.left_out, *ALWAYS_LEFT_OUT),
        )

    def _count_sent_back(self, scopes: Sequence[Scope]) -> int:
        among = list_solutions(self.store, self.choice)
        return sum(self.store.results.count_sent_back(each, among) for each in scopes)

    def written(self, report: ExportReport) -> Written:
        """Return what the card of a dataset tells."""
        names = ("rows", "images", "correct", "neutral", "wrong", "labels", "labels_by", "neutral_policy", "left_out")
        return Written(
            **{name: getattr(report, name) for name in names},
            sources=dict(sorted(self._sources.items())),
            policy_models=dict(sorted(self._policy_models.items())),
            guideline_versions=tuple(sorted(self._guideline_versions)),
        )

    def _chosen(self) -> Iterator[AnnotatedSolution]:
        return iter_chosen(
            self.store,
            self.choice,
            unlabelled=self.name in _UNLABELLED_TOO,
            on_read=self._tell,
            on_left_out=self._leave_out,
        )

    def _leave_out(self) -> None:
        self._counts["benchmark_left_out"] += 1

    def _tell(self, share: float) -> None:
        if self._read % _TELL_EVERY == 0:
            self.on_progress(self._labels_by.total(), share)
        self._read += 1

    def _write_problems(self) -> None:
        """Write the problems, those without a solution too where nothing narrows them."""
        if self.choice.is_narrowed or self.choice.policy_model is not None or self.choice.min_agreement is not None:
            found: Iterator[Problem] = (each.problem for each in self._chosen())
        else:
            found = self.store.runs.iter_problems(self.choice.data_source)
        seen: set[str] = set()
        for problem in found:
            if problem.id in seen:
                continue
            seen.add(problem.id)
            if not self.choice.names_benchmark and is_of_benchmark(problem):
                self._leave_out()
                continue
            pictures = self.writer.pictures_of(problem.images, ())
            row = Row(
                image=pictures,
                question=problem.question,
                answer=problem.answer,
                steps=(),
                process_correctness=None,
                policy_model="",
                data_source=problem.data_source,
            )
            self.writer.add(row, None, None)
            self._labels_by[NOBODY] += 1
            if len(seen) % _TELL_EVERY == 0:
                self.on_progress(len(seen), None)

    def _add(self, labelled: AnnotatedSolution) -> None:
        """Write the rows of a solution."""
        is_final = self.choice.labels.kind is LabelKind.FINAL
        is_narrowed = self.choice.is_narrowed
        is_partial = self.format.has_unlabelled or (self._is_cut and self.choice.labels.wants_rollouts)
        if not self._masks.takes(labelled):
            return
        chosen = self._masks.choose(labelled, files_stand_in=not is_narrowed, partial=is_partial)
        if not chosen and self.name in _UNLABELLED_TOO and is_final:
            self._write(labelled, NOBODY, None)
            return
        if not chosen:
            self._counts["skipped"] += not is_final or is_peoples(labelled) or not is_narrowed
            return
        if is_final and is_peoples(labelled):
            self._counts["several"] += len(labelled.annotations) > 1
            self._counts["decided"] += labelled.final.decision is not None
            self._counts["disputed"] += any(step.label is None for step in labelled.final.steps) and PEOPLE in chosen
        for whose, labels in chosen.items():
            if (as_written := with_neutral(labels, self.neutral)) is None:
                self._cannot_hold["solutions with a neutral step"] += 1
            elif self._is_cut and None in labels:
                self._write_to_gap(labelled, whose, as_written)
            else:
                self._write(labelled, whose, as_written)

    @property
    def _is_cut(self) -> bool:
        """Whether solutions that rollouts label in part are written up to the first step without a label."""
        return self.name == visualprm400k.NAME

    def _write_to_gap(self, labelled: AnnotatedSolution, whose: str, labels: Labels) -> None:
        first = labels.index(None)
        if first == 0 or policy_of(whose) is None:
            self._counts["skipped"] += 1
            return
        self._cannot_hold["steps behind the first one without a label"] += 1
        steps = labelled.solution.steps[:first]
        self._write(replace(labelled, solution=replace(labelled.solution, steps=steps)), whose, labels[:first])

    def _write(self, labelled: AnnotatedSolution, whose: str, labels: Labels | None) -> None:
        """Write a row, or count why the format has no place for it."""
        if labelled.count > 1 and self.name in _UNLABELLED_TOO and not self._is_first(labelled, whose):
            return
        wanted = labelled.imported[-1].image_names if labelled.imported else ()
        try:
            row = as_row(labelled, labels, self.writer.pictures_of(labelled.problem.images, wanted), self.format, whose)
            is_said = self.name in (csv_tables.NAME, HUB) or self.choice.labels.kind is not LabelKind.FINAL
            self.writer.add(row, labelled, whose if is_said and whose != NOBODY else None)
        except CannotHold as reason:
            self._cannot_hold[str(reason)] += 1
            return
        self._counts["equal"] += labelled.count - 1
        self._labels_by[whose] += 1
        self._steps.update(labels or ())
        self._sources[labelled.problem.data_source or ""] += 1
        self._policy_models[labelled.solution.policy_model] += 1
        if not whose.startswith(("file:", OF_ROLLOUTS)):
            self._guideline_versions |= {each.guideline_version for each in labelled.annotations}
        if labelled.problem.images and not self.format.has_pictures:
            self._cannot_hold["pictures"] += 1
        self._cannot_hold[EDITED] += labelled.is_edited

    def _is_first(self, labelled: AnnotatedSolution, whose: str) -> bool:
        """Return whether no equal solution of the run was written with these labels."""
        said = hash((labelled.run_id, labelled.solution.steps, labelled.solution.finish, whose))
        is_first = said not in self._equal
        self._equal.add(said)
        return is_first
