"""What a job of the models keeps in its folder: what it works on, what could not be done and why, and its counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from engine.metering.usage import ServerUsage, add_up, read_usage
from storage.files.atomic import write_atomically
from storage.files.line_file import append_values, iter_values
from storage.formats.lines import as_json_line

_NAMED, _ITEMS, _FAILURES, _REPORT = "named.json", "items.jsonl", "failures.jsonl", "report.json"
_FIGURES = "figures.jsonl"  # what rollouts took, problem by problem
_USAGE = "usage.jsonl"  # what model servers were asked, likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A problem, and what of it is to be done."""

    problem: str
    solutions: tuple[str, ...] = ()  # to be scored or labelled; empty: the problem is sampled
    weight: int = 1  # how much work it is, beside the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What could not be done."""

    problem: str
    solution: str | None  # None: nothing of the problem could be, or a search of it
    reason: str  # for people
    model: str | None = (
        None  # the key of the one that could not, where several score; None: the only one, or nothing was scored
    )
    search: str | None = None  # title of the search that could not be done; None: it is about no search


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The counts of a job; of problems where it samples, of solutions where it scores."""

    total: int  # to be done when it began
    already: int = 0  # beside them, scored by this model before, or labelled in just this way
    unanswered: int = 0  # beside them, left out because their problem has no reference answer
    benchmark: int = 0  # beside them, left out because they are of the built-in benchmark, which nothing names
    weight: int = 0  # of all items, where they are not alike
    queue: str | None = None  # that sampled solutions joined; None: none, or not yet
    queued: int | None = None  # how many joined it
    queue_total: int | None = None  # how many are in it now


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutFigures:
    """What rollouts took; of a problem, or of all together."""

    problem: str = ""  # "": of all
    solutions: int = 0  # labelled
    completions: int = 0  # drawn
    tokens: int = 0  # written
    cut_off: int = 0  # completions that did not end by themselves
    unread: int = 0  # completions that state no answer
    seconds: float = 0.0
    weight: int = 0  # of the items, as :class:`Item` has it


class ModelJobFiles:
    """The files of one job, in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write_named(self, solutions: Sequence[str], problems: Sequence[str]) -> None:
        """Note which solutions and problems were named in the request."""
        values = {"solutions": list(solutions), "problems": list(problems)}
        write_atomically(self._folder / _NAMED, json.dumps(values).encode())

    def read_named(self) -> Mapping[str, tuple[str, ...]]:
        """Return the named ``solutions`` and ``problems``."""
        found = json.loads((self._folder / _NAMED).read_text(encoding="utf-8"))
        return {name: tuple(ids) for name, ids in found.items()}

    @property
    def has_items(self) -> bool:
        """Whether it is known what there is to do."""
        return (self._folder / _ITEMS).exists()

    def write_items(self, items: Iterable[Item], report: Report) -> None:
        """Note what there is to do, all at once."""
        self.write_report(report)
        lines = "".join(as_json_line(asdict(each)) for each in items)
        write_atomically(self._folder / _ITEMS, lines.encode())

    def iter_items(self) -> Iterator[Item]:
        """Iterate over what there is to do, done or not."""
        with (self._folder / _ITEMS).open(encoding="utf-8") as file:
            for line in file:
                values = json.loads(line)
                yield Item(**{**values, "solutions": tuple(values["solutions"])})

    def add_failure(self, failure: Failure) -> None:
        """Note what could not be done. Raises DiskError."""
        append_values(self._folder / _FAILURES, [asdict(failure)], "the list of failures")

    def iter_failures(self) -> Iterator[Failure]:
        """Iterate over what could not be done."""
        for values in iter_values(self._folder / _FAILURES):
            yield Failure(**cast(dict[str, Any], values))

    def forget_failures(self) -> None:
        """Have what could not be done tried again."""
        (self._folder / _FAILURES).unlink(missing_ok=True)

    def add_figures(self, figures: RolloutFigures) -> None:
        """Note what a problem took. Raises DiskError."""
        append_values(self._folder / _FIGURES, [asdict(figures)], "the figures of a job")

    def sum_figures(self) -> RolloutFigures:
        """Return what all that was done has taken."""
        names = ("solutions", "completions", "tokens", "cut_off", "unread", "seconds", "weight")
        total: dict[str, float] = dict.fromkeys(names, 0)
        for values in iter_values(self._folder / _FIGURES):
            found = RolloutFigures(**cast(dict[str, Any], values))
            total = {name: total[name] + getattr(found, name) for name in names}
        return RolloutFigures(**total)  # type: ignore[arg-type]  # whole but for the seconds

    def add_usage(self, usage: Sequence[ServerUsage]) -> None:
        """Note what model servers were asked for a problem. Raises DiskError."""
        append_values(self._folder / _USAGE, [asdict(each) for each in usage], "the usage of a job")

    def sum_usage(self) -> tuple[ServerUsage, ...]:
        """Return what model servers were asked for all that was done, by model."""
        return add_up(read_usage(cast(Iterable[Mapping[str, Any]], iter_values(self._folder / _USAGE))))

    def write_report(self, report: Report) -> None:
        """Note the counts."""
        write_atomically(self._folder / _REPORT, json.dumps(asdict(report)).encode())

    def read_report(self) -> Report | None:
        """Return the counts; None: it is not known yet what there is to do."""
        try:
            return Report(**json.loads((self._folder / _REPORT).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
