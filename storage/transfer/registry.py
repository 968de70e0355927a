"""The formats that the command line offers, by name. A new format is one entry here, over a module in ``storage/formats/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.formats import solutions, visualprocessbench
from storage.runs.targets import Target
from storage.store import Store
from storage.transfer.exporting import ExportReport, export_visualprocessbench
from storage.transfer.importing import ImportReport, import_any, import_solutions, import_visualprocessbench
from storage.transfer.label_choice import LabelChoice


class Export(Protocol):
    """Writes labelled solutions to a folder."""

    def __call__(
        self,
        store: Store,
        out_dir: Path,
        queue_id: str | None = None,
        *,
        evaluation: bool = False,
        choice: LabelChoice | None = None,
        target: Target | None = None,
    ) -> ExportReport:
        """Write what was labelled in a queue or of a target (None: everything), or only the random slices.

        Raises BadFile, DiskError, NotFound.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What can be done with one format."""

    find_rows: Callable[[Path], Path]  # the file of rows that a path means; raises BadFile
    read: Callable[[Store, Path, str | None], ImportReport]  # with the source of the labels; None: the format's own
    write: Export | None  # None: it is only read


AUTO = "auto"  # each row by what it holds
FORMATS: Mapping[str, Format] = {
    AUTO: Format(find_rows=visualprocessbench.find_rows, read=import_any, write=None),
    solutions.NAME: Format(find_rows=visualprocessbench.find_rows, read=import_solutions, write=None),
    visualprocessbench.NAME: Format(
        find_rows=visualprocessbench.find_rows, read=import_visualprocessbench, write=export_visualprocessbench
    ),
}
