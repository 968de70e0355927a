"""What an evaluation keeps in its folder: how far it is, the jobs of the models that it did, its frozen rows, its figures.

Knows files and JSON; what the rows and figures of a kind are, that kind's modules know.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from engine.evaluation.intervals import Estimate
from storage.files.atomic import translated_disk_errors, write_atomically
from storage.files.private import make_private_folder
from storage.formats.lines import as_json_line
from storage.transfer.job_folder import RECORD
from visualprm_ui.use_cases.evaluations.estimates import read_estimate
from visualprm_ui.use_cases.import_files import discard, read_json
from visualprm_ui.use_cases.model_job_files import Failure, ModelJobFiles

LASTING = "whole_scores.jsonl"  # stays whatever is undone
_STATE, _FIGURES = "state.json", "figures.json"
_BEFORE = "before"  # folder, there while a finished evaluation is worked on again: all of it as it was
_MOVED = "before.new"  # the same while it is made, and while it is removed
_PARTS = "models"  # folder of the jobs of the models
_left_out = shutil.ignore_patterns(RECORD, ".*", LASTING, _BEFORE, _MOVED)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCounts:
    """How much a set has."""

    problems: int
    solutions: int
    steps: int | None  # labelled correct or wrong; None: not about steps
    neutral: int | None  # left out: neutral, or not labelled; None: not about steps
    half_labelled: int | None = None  # solutions with labels of some steps only; None: not about steps, or not counted
    unanswered: int | None = None  # problems left out that have no reference answer; None: not about answers
    is_published_benchmark: bool = False  # whether it has the counts of the published VisualProcessBench


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one figure that a list shows."""

    name: str
    figure: Estimate
    floor: float | None  # of a fair coin, or of one draw; None: undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedThreshold:
    """The threshold with the highest macro-F1 on a dev split."""

    threshold: float
    macro_f1: float  # on the dev split


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationState:
    """What is known of an evaluation until now."""

    phase: str = ""  # sampling, scoring, figures; "" before it began
    counts: SetCounts | None = None  # None: not counted yet
    total: int | None = None  # rows to be done, those found done among them; None: not counted yet
    already: int | None = None  # of them, done by the same model before
    headline: Headline | None = None  # None: not all is scored
    warnings: tuple[str, ...] = ()  # for people
    scores_known: bool = (
        False  # whether all scores, or figures of the same model and set, were there when it was asked for
    )
    is_addition: bool = (
        False  # whether a finished one was last worked on for an addition; else what had failed was tried again
    )
    dev: SetCounts | None = None  # of the dev split; None: the threshold is tuned on none, or not counted yet
    tuned: TunedThreshold | None = None  # None: not before all is scored
    retry: str | None = None  # why that came to nothing, so that all is as before; None: it did not, or was not tried


class EvaluationFiles:
    """The files of one evaluation, in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where a kind keeps files of its own."""
        return self._folder

    def read_state(self) -> EvaluationState:
        """Return what is known until now."""
        found = read_json(self._folder / _STATE)
        return EvaluationState() if found is None else _state(found)

    def update_state(self, **changes: Any) -> EvaluationState:
        """Replace some of what is known, and return all of it. Raises DiskError."""
        state = replace(self.read_state(), **changes)
        self._write_state(state)
        return state

    def part(self, name: str) -> ModelJobFiles:
        """Return the files of a job of the models that this evaluation does, such as ``scoring``. Raises DiskError."""
        with translated_disk_errors("the folder of an evaluation"):
            make_private_folder(self._folder / _PARTS / name)
        return ModelJobFiles(self._folder / _PARTS / name)

    def iter_failures(self) -> Iterator[Failure]:
        """Iterate over what could not be done, job by job."""
        for files in self._parts():
            yield from files.iter_failures()

    def read_failed_problems(self) -> frozenset[str]:
        """Return the problems that failed altogether, not just solutions or searches of them."""
        return frozenset(each.problem for each in self.iter_failures() if each.solution is None and each.search is None)

    def forget_failures(self) -> None:
        """Have what could not be done tried again."""
        for files in self._parts():
            files.forget_failures()

    @property
    def is_retried(self) -> bool:
        """Whether a finished evaluation is worked on again: for an addition, or to try again what it could not do."""
        return (self._folder / _BEFORE).is_dir()

    @property
    def shown(self) -> EvaluationFiles:
        """What people are shown: while a finished evaluation is worked on again, all as it was before.

        To be read within :meth:`read_shown`.
        """
        return EvaluationFiles(self._folder / _BEFORE) if self.is_retried else self

    def read_shown(self, read: Callable[[], Value]) -> Value:
        """Return what ``read`` makes of :attr:`shown`, which it may ask for several times: all of it before, or all of it now.

        ``read`` is called again where work on a finished evaluation began or ended meanwhile.
        """
        while True:
            before = self._which_is_shown()
            try:
                found = read()
            except Exception:
                if self._which_is_shown() == before:
                    raise
            else:
                if self._which_is_shown() == before:
                    return found

    def _which_is_shown(self) -> tuple[int, int] | None:
        with suppress(FileNotFoundError):
            kept = (self._folder / _BEFORE).stat()
            return kept.st_ino, kept.st_mtime_ns
        return None

    def begin_retry(self, *, is_addition: bool) -> None:
        """Keep a finished evaluation as it is, and have what could not be done tried again. Raises DiskError: all is as it was.

        ``is_addition``: whether something is added to it, too.
        """
        copy, state = self._folder / _MOVED, self.read_state()
        discard(copy)
        try:
            with translated_disk_errors("the files of an evaluation"):
                shutil.copytree(self._folder, copy, ignore=_left_out)
                copy.rename(self._folder / _BEFORE)
            self._write_state(replace(state, retry=None, is_addition=is_addition))
            with translated_disk_errors("the files of an evaluation"):
                self.forget_failures()
        except BaseException:
            discard(copy)
            if self.is_retried:
                self.undo_retry()
            raise

    def end_retry(self) -> None:
        """Note that it came to something: what is there now counts. Raises DiskError."""
        if self.is_retried:
            self.discard_leftovers()
            with translated_disk_errors("the files of an evaluation"):
                (self._folder / _BEFORE).rename(self._folder / _MOVED)
            self.discard_leftovers()

    def discard_leftovers(self) -> None:
        """Remove what is there for a moment only, of an evaluation that nobody works on."""
        discard(self._folder / _MOVED)

    def undo_retry(self, reason: str | None = None) -> None:
        """Have everything as it was before. Raises DiskError: what is shown is as it was, and this can be called again.

        ``reason``: why it came to nothing, for people; None: it did not begin.
        """
        before = self._folder / _BEFORE
        state = self.shown.read_state()
        if reason is not None:
            state = replace(state, retry=reason, is_addition=self.read_state().is_addition)
        names = {each.name for each in self._folder.iterdir()}
        with translated_disk_errors("the files of an evaluation"):
            for name in names - _left_out(str(self._folder), sorted(names)):
                if not (before / name).exists():
                    discard(self._folder / name)
            for part in self._parts():
                part.forget_failures()  # those of before follow
            shutil.copytree(before, self._folder, copy_function=_put, dirs_exist_ok=True)
        self._write_state(state)
        self.end_retry()

    def write_rows(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Freeze rows under a name, such as ``labels``, all at once. Raises DiskError."""
        write_atomically(self._folder / f"{name}.jsonl", "".join(map(as_json_line, rows)).encode())

    def has_rows(self, name: str) -> bool:
        """Return whether rows are frozen under a name."""
        return (self._folder / f"{name}.jsonl").exists()

    def iter_rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Iterate over the rows that are frozen under a name."""
        with (self._folder / f"{name}.jsonl").open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def write_values(self, name: str, values: Mapping[str, object]) -> None:
        """Keep JSON values under a name. Raises DiskError."""
        write_atomically(self._folder / f"{name}.json", json.dumps(values).encode())

    def read_values(self, name: str) -> dict[str, Any] | None:
        """Return the JSON values that are kept under a name; None: there are none."""
        return read_json(self._folder / f"{name}.json")

    def write_figures(self, values: Mapping[str, object]) -> None:
        """Keep figures as JSON values. Raises DiskError."""
        write_atomically(self._folder / _FIGURES, json.dumps(values).encode())

    @property
    def has_figures(self) -> bool:
        """Whether figures are computed."""
        return (self._folder / _FIGURES).exists()

    def read_figures(self) -> dict[str, Any] | None:
        """Return the figures; None: they are not computed."""
        return read_json(self._folder / _FIGURES)

    def _write_state(self, state: EvaluationState) -> None:
        write_atomically(self._folder / _STATE, json.dumps(asdict(state)).encode())

    def _parts(self) -> list[ModelJobFiles]:
        folder = self._folder / _PARTS
        return [ModelJobFiles(each) for each in sorted(folder.iterdir())] if folder.is_dir() else []


def _state(values: Mapping[str, Any]) -> EvaluationState:
    counts, headline = values["counts"], values["headline"]
    dev, tuned = values.get("dev"), values.get("tuned")  # not known to earlier evaluations
    return EvaluationState(
        **{
            **values,
            "counts": None if counts is None else SetCounts(**counts),
            "headline": None
            if headline is None
            else Headline(name=headline["name"], figure=read_estimate(headline["figure"]), floor=headline["floor"]),
            "warnings": tuple(values["warnings"]),
            "dev": None if dev is None else SetCounts(**dev),
            "tuned": None if tuned is None else TunedThreshold(**tuned),
        }
    )


def _put(source: str, target: str) -> None:
    """Replace a file as a whole: another that is being read stays as it is for its reader."""
    new = Path(f"{target}.new")
    try:
        shutil.copy2(source, new)
        os.replace(new, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
