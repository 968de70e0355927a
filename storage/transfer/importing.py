"""Imports: rows of a file into a store, batch by batch.

Each row becomes a problem, a solution without a draw, and an imported row: its labels, under the name of their source, and what the
format does not know. No person stands behind them. Ids are made from the contents, so reading a file twice adds nothing, and an
import that was interrupted goes on when it is started again. Batches are short, so that nobody's label waits for a large file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from engine.domain import Label
from storage.errors import BadFile, BadImage, BadSetting
from storage.formats import fields, solutions, visualprocessbench
from storage.formats.files import RowFile, find_rows
from storage.formats.lines import BadLine
from storage.formats.rows import AnyRow, Row, UnsolvedProblem
from storage.runs.bulk import NewIds, RowBatch
from storage.store import Store
from storage.transfer.answer_reading import AnswerReading
from storage.transfer.columns import with_our_names
from storage.transfer.import_pictures import ImportedPictures
from storage.transfer.import_processes import ImportProcesses
from storage.transfer.import_report import MOST_NAMED, ImportReport, Tally, kept_names
from storage.transfer.import_values import ImportedValues, as_stored, as_values
from storage.transfer.registry import FORMATS, Format, recognise

MAX_SOURCE = 100  # characters
BATCH = 500  # rows; their transaction takes some 40 ms
MOST_ERRORS = 100_000  # bad lines listed; further ones are counted: a small file can have more than memory holds
AHEAD = 3  # batches whose answers are read while earlier ones are stored
_Waiting = tuple[list[ImportedValues], RowBatch, NewIds, Callable[[], Sequence[str | None]]]
Labels = tuple[Label | None, ...]
# rows read, the share of the file, in [0, 1], and which share was here already before the first new row
OnRowsRead = Callable[[int, float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a file is read."""

    source: str | None = None  # whose labels the file's are; None: the name of each row's format
    dry_run: bool = False  # read and report everything, store nothing
    columns: Mapping[str, str] = field(default_factory=dict)  # our name of a field -> the file's
    processes: int = (
        0  # beside this one, that read answers and pictures; only for programs of their own: each is started anew
    )
    on_progress: OnRowsRead = lambda _rows, _share, _known: None
    on_recognised: Callable[[str], None] = lambda _words: None  # told what the file is, before anything is stored


def import_visualprocessbench(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line of a VisualProcessBench file; see :func:`import_file`."""
    return import_file(store, path, visualprocessbench.NAME, ImportOptions(source=source))


def import_solutions(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line, labelled or not; see :func:`import_file`."""
    return import_file(store, path, solutions.NAME, ImportOptions(source=source))


def import_any(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line of a file in whatever format its first rows are; see :func:`import_file`."""
    return import_file(store, path, None, ImportOptions(source=source))


def import_file(store: Store, path: Path, name: str | None, options: ImportOptions | None = None) -> ImportReport:
    """Add every good row of a file to the store, and return what came of all of them.

    Args:
        store: to add to.
        path: the file of rows, or the folder it is in.
        name: the format, a key of FORMATS; None: the one that the first rows are of.
        options: whose labels they are and how to read them.

    Raises:
        BadFile: there is no such file, or its rows are of no format.
        BadSetting: the source is no name.
    """
    chosen = options or ImportOptions()
    check_source(chosen.source)
    rows = find_rows(path)
    if name is not None:
        return _Import(store, rows, FORMATS[name], chosen).run()
    found = recognise(rows, chosen.columns)
    chosen.on_recognised(f"{rows.name} holds {found.format.title}: {found.fitting} of its first {found.rows} rows do.")
    return _Import(store, rows, found.format, chosen).run()


def check_source(source: str | None) -> str | None:
    """Return whose labels a file's are; None: the name of each row's format. Raises BadSetting."""
    if source is not None and not (source.isprintable() and source.strip() == source and 0 < len(source) <= MAX_SOURCE):
        raise BadSetting(
            f"{source[:200]!r} cannot be the name of a source. Give one line of at most {MAX_SOURCE} characters."
        )
    return source


class _Import:
    """One reading of a file."""

    def __init__(self, store: Store, path: Path, format_: Format, options: ImportOptions) -> None:
        self._store = store
        self._path = path
        self._format = format_
        self._options = options
        self._processes = ImportProcesses(options.processes)
        self._answers = AnswerReading(self._processes)
        self._waiting: deque[_Waiting] = deque()
        self._tally = Tally()
        self._errors: list[BadLine] = []
        self._unlisted: BadLine | None = None  # the last line that is bad and not listed, and how many it is
        self._more = 0
        self._counts = {"added": 0, "unchanged": 0, "conflicting": 0, "unlabelled": 0, "problems": 0}
        self._kept: set[str] = set()
        self._ignored: set[str] = set()
        self._labels: dict[str, Labels | None] = {}  # by solution, in order, those of its last labelled line
        self._data_sources: set[str] = set()  # of good lines, "" for none
        self._problems: dict[str, None] = {}  # ids of problems alone, in order
        self._seen: set[str] = set()  # ids of rows that a dry run would have stored
        self._share = self._known = 0.0  # of the file: read by now, and here already before the first new row
        self._is_new = False  # whether any row was
        self._is_undurable = False  # whether a batch was stored that a power cut could take

    def run(self) -> ImportReport:
        """Add the good rows and return what came of all."""
        with RowFile(self._path) as file, self._processes:
            pictures = ImportedPictures(self._store, file.folder, self._processes, dry_run=self._options.dry_run)
            rows = self._rows(file)
            number = 0
            while batch := list(islice(rows, BATCH)):
                pictures.read_ahead(each for _, row in batch if not isinstance(row, BadLine) for each in row.image)
                found = (self._as_values(number, row, pictures) for number, row in batch)
                self._add(self._as_stored([each for each in found if each is not None]))
                number = batch[-1][0]
                if len(batch) == BATCH:  # the last one is told of below
                    self._tell(number, file.share)
            self._store_waiting(keep=0)
            if self._is_undurable:
                self._store.database.make_durable()
            self._tell(number, 1.0)
        return ImportReport(
            **self._counts,
            errors=(*self._errors, *(() if self._unlisted is None else (self._unlisted,))),
            kept_fields=tuple(sorted(self._kept)),
            solutions=tuple(self._labels),
            problem_ids=tuple(self._problems),
            format=self._format.name,
            ignored_fields=tuple(sorted(self._ignored)),
            sources=self._tally.sources(),
            data_sources=tuple(sorted(self._data_sources)) if len(self._data_sources) <= MOST_NAMED else (),
            neutral=self._tally.neutral,
            published=self._tally.compare() if self._format.is_benchmark else None,
            pictures=pictures.found,
            missing_pictures=pictures.missing,
            dry_run=self._options.dry_run,
        )

    def _tell(self, number: int, share: float) -> None:
        self._options.on_progress(number, share, self._known)
        self._share = share

    def _rows(self, file: RowFile) -> Iterator[tuple[int, AnyRow | BadLine]]:
        columns, is_text = self._options.columns, file.is_text
        for number, value in file:
            if isinstance(value, BadLine):
                yield number, value
                continue
            try:
                yield number, self._format.as_row(with_our_names(value, columns, is_text=is_text))
            except fields.BadValue as error:
                yield number, BadLine(line=number, reason=str(error))

    def _as_values(self, number: int, row: AnyRow | BadLine, pictures: ImportedPictures) -> ImportedValues | None:
        """Return what a row becomes, its pictures stored; None, and an error noted, for a bad one."""
        if isinstance(row, BadLine):
            self._refuse(row)
            return None
        try:
            images = pictures.add(row.image)
        except (BadFile, BadImage) as error:
            self._refuse(BadLine(line=number, reason=str(error)))
            return None
        return as_values(row, images, self._options.source or self._format.source_of(row))

    def _as_stored(self, batch: list[ImportedValues]) -> list[ImportedValues]:
        """Return the batch, in which rows that an earlier version read otherwise are what it stored of them."""
        earlier = [each.earlier for each in batch if each.earlier is not None]
        if not earlier:
            return batch
        now = [each for each in batch if each.earlier is not None]
        asked = RowBatch(
            solutions=[each.solution for each in earlier if each.solution is not None],
            rows=[each.imported for each in (*now, *earlier) if each.imported is not None],
        )
        new = self._store.runs.find_new(asked)
        return [as_stored(each, new) for each in batch]

    def _refuse(self, bad: BadLine) -> None:
        if len(self._errors) < MOST_ERRORS:
            self._errors.append(bad)
            return
        self._more += 1
        self._unlisted = BadLine(line=bad.line, reason=f"{self._more:,} more bad lines up to this one are not listed.")

    def _add(self, batch: list[ImportedValues]) -> None:
        """Have the answers of what is new read, and store and count the batch before the last few."""
        if not batch:
            return
        values = RowBatch(
            problems=[each.problem for each in batch],
            solutions=[each.solution for each in batch if each.solution is not None],
            rows=[each.imported for each in batch if each.imported is not None],
        )
        new = self._store.runs.find_new(values)
        # outside any transaction: reading a long answer takes longer than storing it
        read = [] if self._options.dry_run else [each for each in values.solutions if each.id in new.solutions]
        self._waiting.append((batch, values, new, self._answers.ask(["\n\n".join(each.steps) for each in read])))
        self._store_waiting(keep=AHEAD)

    def _store_waiting(self, keep: int) -> None:
        """Store and count the oldest batches whose answers were asked for, until only ``keep`` wait."""
        while len(self._waiting) > keep:
            batch, values, new, answers = self._waiting.popleft()
            if not self._options.dry_run and (new.problems or new.solutions or new.rows):
                found = iter(answers())
                solutions = [
                    replace(each, answer=next(found)) if each.id in new.solutions else each for each in values.solutions
                ]
                new = self._store.runs.add_batch(replace(values, solutions=solutions), durable=False)
                self._is_undurable = True
            self._count(batch, new)

    def _count(self, batch: list[ImportedValues], new: NewIds) -> None:
        left = set((new.rows | new.problems) - self._seen)
        if left and not self._is_new:
            self._is_new, self._known = True, self._share
        for each in batch:
            is_new = each.id in left
            self._data_sources.add(each.problem.data_source or "")
            left.discard(each.id)
            self._counts["added" if is_new else "unchanged"] += 1
            if isinstance(each.row, UnsolvedProblem):
                self._counts["problems"] += 1
                self._problems[each.problem.id] = None
                self._ignored.update(each.row.ignored_fields)
            elif each.solution is not None:
                self._count_solution(each.solution.id, each.row)
        if self._options.dry_run:
            self._seen |= new.rows | new.problems

    def _count_solution(self, solution_id: str, row: Row) -> None:
        labels, before = row.process_correctness, self._labels.get(solution_id)
        self._counts["conflicting"] += None not in (labels, before) and labels != before
        self._labels[solution_id] = labels or before
        self._counts["unlabelled"] += labels is None
        self._kept.update(kept_names(row))
        self._tally.add(row)
