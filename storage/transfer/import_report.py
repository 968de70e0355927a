"""What came of reading a file: rows by their outcome, labels by source, and whether these are the published counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.domain import Label
from storage.formats import prm800k, processbench, trl, visualprm400k, visualprm400k_raw
from storage.formats.lines import BadLine
from storage.formats.rows import RESPONSE, Row
from storage.formats.visualprocessbench import PUBLISHED, PUBLISHED_NEUTRAL, SourceCounts

_NESTED = (RESPONSE, prm800k.NAME, processbench.NAME, trl.NAME, visualprm400k.NAME, visualprm400k_raw.NAME)
MOST_NAMED = 20  # data sources
SAME = "these are the published counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of reading a file."""

    added: int
    unchanged: int
    errors: tuple[BadLine, ...]
    conflicting: int = 0  # lines with other labels than an earlier line of the same solution: the last new ones count
    unlabelled: int = 0  # good lines without a label
    kept_fields: tuple[str, ...] = ()  # names of fields that the format does not know: kept, and written by exports
    solutions: tuple[str, ...] = ()  # ids of all good lines, new and known, in the order of the file
    problem_ids: tuple[str, ...] = ()  # of good lines that are a problem alone, new and known, each once
    format: str = ""  # what the rows were read as
    problems: int = 0  # good lines that are a problem alone
    ignored_fields: tuple[str, ...] = ()  # names of fields of problems alone, which have no place for them
    sources: Mapping[str, SourceCounts] = field(
        default_factory=dict
    )  # good lines and labels by their problems' data source
    data_sources: tuple[
        str, ...
    ] = ()  # of the problems of good lines, "" for none; empty where there are more than MOST_NAMED
    neutral: int = 0  # steps labelled neutral
    published: str | None = None  # how the counts compare with VisualProcessBench's; None: these are other data
    pictures: int = 0  # different ones that good and bad lines name or hold
    missing_pictures: int = 0  # different names under which there is no picture that can be used
    dry_run: bool = False  # nothing was stored


class Tally:
    """Counts labels by source while a file is read."""

    def __init__(self) -> None:
        self._solutions: Counter[str] = Counter()
        self._steps: Counter[tuple[str, Label]] = Counter()
        self.neutral = 0

    def add(self, row: Row) -> None:
        """Count a good line."""
        if row.process_correctness is not None:
            self.add_labels(row.data_source, row.process_correctness)

    def add_labels(self, data_source: str | None, labels: Iterable[Label | None]) -> None:
        """Count a labelled solution."""
        source = data_source or ""
        self._solutions[source] += 1
        for label, steps in Counter(labels).items():
            if label is Label.NEUTRAL:
                self.neutral += steps
            elif label is not None:
                self._steps[source, label] += steps

    def sources(self) -> dict[str, SourceCounts]:
        """Return what was counted, by source; "" for rows that name none."""
        return {
            name: SourceCounts(count, self._steps[name, Label.CORRECT], self._steps[name, Label.WRONG])
            for name, count in sorted(self._solutions.items())
        }

    @property
    def is_published(self) -> bool:
        """Whether these are the counts of the published benchmark."""
        return self.compare() == SAME

    def compare(self) -> str | None:
        """Return how the counts compare with the published benchmark's.

        None where less than half of its solutions are there: those are other data, though they may name the same sources.
        """
        found = self.sources()
        present = sum(found[name].solutions for name in found.keys() & PUBLISHED.keys())
        if 2 * present < sum(each.solutions for each in PUBLISHED.values()):
            return None
        differing = [
            f"{name}: {_named(found.get(name, SourceCounts(0, 0, 0)))}, published: {_named(expected)}"
            for name, expected in PUBLISHED.items()
            if found.get(name) != expected
        ]
        differing += [f"{name or 'no source'}: not published" for name in found if name not in PUBLISHED]
        if self.neutral != PUBLISHED_NEUTRAL:
            differing.append(f"neutral steps: {self.neutral}, published: {PUBLISHED_NEUTRAL}")
        return SAME if not differing else "these are not the published counts. " + "; ".join(differing)


def kept_names(row: Row) -> set[str]:
    """Return the names of the fields that were kept; those of the response with its name before them."""
    names = set()
    for name, value in row.kept_fields.items():
        if name in _NESTED and isinstance(value, dict):
            names |= {f"{name}.{inner}" if name == RESPONSE else inner for inner in value}
        else:
            names.add(name)
    return names


def _named(counts: SourceCounts) -> str:
    return f"{counts.solutions} solutions, {counts.correct} correct and {counts.wrong} wrong steps"
