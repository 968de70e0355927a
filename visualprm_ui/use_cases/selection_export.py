"""Solutions that were selected in the list, as an archive. ``storage/transfer`` writes it, as it writes every export."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from storage import Store
from storage.formats import visualprocessbench
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import export


@contextmanager
def selection_archive(store: Store, solutions: Sequence[str]) -> Iterator[Path]:
    """Make a zip of the selected solutions' final labels in the VisualProcessBench format, removed afterwards.

    Solutions that nobody labelled, or that were deleted since they were selected, are left out.
    """
    with tempfile.TemporaryDirectory(prefix="visualprm-export-") as folder:
        out = Path(folder) / visualprocessbench.NAME
        export(store, out, visualprocessbench.NAME, ExportChoice(solutions=tuple(solutions)))
        yield Path(shutil.make_archive(str(out), "zip", out))
