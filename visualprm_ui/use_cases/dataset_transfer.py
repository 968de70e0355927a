"""Datasets in and out: an uploaded file into a project, labels into an archive. ``storage/transfer`` reads and writes the rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage import ProjectRepository, Queue, Selection, Store
from storage.formats import visualprocessbench
from storage.runs.targets import Target
from storage.transfer.exporting import export_visualprocessbench
from storage.transfer.import_report import ImportReport
from storage.transfer.importing import check_source, import_any
from storage.transfer.label_choice import LabelChoice
from visualprm_ui.use_cases.dataset_upload import unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did to the store and to a project's queue."""

    report: ImportReport
    queued: int  # solutions added to the queue
    total: int  # tasks in the queue now


class DatasetTransfer:
    """Imports into a store and exports from it, in the VisualProcessBench format; rows without labels are taken too."""

    def __init__(self, store: Store) -> None:
        self._store = store  # a format reads and writes several repositories

    def check_import(self, project_id: str, source: str | None) -> None:
        """Refuse an import before its file is sent. Raises NotFound, BadSetting."""
        self._store.projects.get_project(project_id)
        check_source(source)

    def import_upload(self, project_id: str, folder: Path, source: str | None = None, name: str = "") -> Imported:
        """Import ``folder/upload``, a zip or a file of rows that was called ``name``, and add its solutions to a project.

        Good lines are imported, bad ones are reported with their reason. ``source``: whose labels the file's are; None: the name
        of each row's format. Raises NotFound, BadFile, BadSetting.
        """
        queue = project_queue(self._store.projects, project_id)
        report = import_any(self._store, unpack(folder / "upload", folder / "rows", name), source)
        # a selection of no solutions would be a selection of all
        selection = Selection(solutions=report.solutions) if report.solutions else None
        queued = 0 if selection is None else self._store.projects.add_items(queue.id, selection).added
        return Imported(report=report, queued=queued, total=queue.total + queued)

    @contextmanager
    def export_archive(
        self,
        queue_id: str | None = None,
        *,
        evaluation: bool = False,
        choice: LabelChoice | None = None,
        target: Target | None = None,
    ) -> Iterator[Path]:
        """Make a zip of ``test.jsonl`` and ``images/``, removed afterwards.

        ``queue_id``: None exports every queue. ``evaluation``: only the random slices. ``choice``: whose labels; None: final ones.
        ``target``: only solutions of this run, problem or picture.
        """
        with tempfile.TemporaryDirectory(prefix="visualprm-export-") as folder:
            out = Path(folder) / visualprocessbench.NAME
            export_visualprocessbench(self._store, out, queue_id, evaluation=evaluation, choice=choice, target=target)
            yield Path(shutil.make_archive(str(out), "zip", out))


def project_queue(projects: ProjectRepository, project_id: str) -> Queue:
    """Return the queue through which a project is filled. Raises NotFound."""
    projects.get_project(project_id)
    return projects.list_queues(project_id)[0]
