"""Exports put on the model hub from the page: each in a thread of its own, with a token that is known to that thread only.

How a push went is told until the server ends; nothing of it is stored, so that no token could be. Pushed again, the hub takes only
the files that it lacks.
"""

from __future__ import annotations

import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from storage import BadSetting, DiskError, NotFound, StoreError
from storage.transfer.exporting import HUB
from storage.transfer.hub_push import PushTarget, check_target, push_folder
from visualprm_ui.use_cases.export_jobs import REPORT_TEXT, ExportJobs
from visualprm_ui.use_cases.transfer_jobs import explain

MOST_AT_ONCE = 4


class PushState(StrEnum):
    """How far a push is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPush:
    """An export on its way to the model hub."""

    data_set: str  # OWNER/NAME
    private: bool
    state: PushState = PushState.RUNNING
    address: str | None = None  # on the hub, once it is there
    message: str | None = None  # why it failed, for people
    started_at: float = 0.0  # of a monotonic clock
    seconds: float = 0.0  # it has taken


class HubPushes:
    """The pushes of one server. Safe to use from many threads."""

    def __init__(self, exports: ExportJobs) -> None:
        self._exports = exports
        self._guard = threading.Lock()
        self._pushes: dict[str, HubPush] = {}  # by the id of the export

    def start(self, export_id: str, target: PushTarget, token: str) -> HubPush:
        """Begin to put an export on the hub.

        Raises:
            NotFound: there is no such export, it is not made, or its archive is not there or cannot be read.
            BadSetting: it is of another format, the name or token cannot be one, or it or many others are on their way.
        """
        check_target(target, token)
        archive, _name = self._exports.archive(export_id)
        if self._exports.get(export_id).job.title != HUB:
            raise BadSetting("Only an export for the model hub can be pushed. Prepare one in that format first.")
        push = HubPush(data_set=target.name, private=target.private, started_at=time.monotonic())
        with self._guard:
            running = [of for of, each in self._pushes.items() if each.state is PushState.RUNNING]
            if export_id in running:
                raise BadSetting("This export is being pushed to the model hub. Wait until that is done.")
            if len(running) >= MOST_AT_ONCE:
                raise BadSetting(f"{len(running)} exports are being pushed to the model hub. Wait for one of them.")
            rows = _open(archive)  # from now on: the export may be removed meanwhile
            self._pushes[export_id] = push
        thread = threading.Thread(
            target=self._push, args=(export_id, rows, target, token), name="push to the hub", daemon=True
        )
        thread.start()
        return push

    def get(self, export_id: str) -> HubPush:
        """Return the newest push of an export. Raises NotFound."""
        with self._guard:
            push = self._pushes.get(export_id)
        if push is None:
            raise NotFound("This export has not been pushed to the model hub since the server was started.")
        if push.state is PushState.RUNNING:
            return replace(push, seconds=time.monotonic() - push.started_at)
        return push

    def _push(self, export_id: str, rows: zipfile.ZipFile, target: PushTarget, token: str) -> None:
        address = message = None
        try:
            with rows, tempfile.TemporaryDirectory(prefix="visualprm-push-") as beside:  # closed to others
                _unpack(rows, Path(beside))
                (Path(beside) / REPORT_TEXT).unlink(missing_ok=True)
                address = push_folder(Path(beside), target, token)
        except StoreError as error:
            message = str(error)
        except Exception as error:
            message = explain(error, export_id)
        with self._guard:
            push = self._pushes[export_id]
            self._pushes[export_id] = replace(
                push,
                state=PushState.FAILED if address is None else PushState.DONE,
                address=address,
                message=message,
                seconds=time.monotonic() - push.started_at,
            )


def _open(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError:  # removed since it was looked up
        raise NotFound("This export was removed. Prepare it again.") from None
    except zipfile.BadZipFile as error:
        raise NotFound(f"The archive of this export cannot be read: {error}. Prepare it again.") from error


def _unpack(rows: zipfile.ZipFile, folder: Path) -> None:
    try:
        rows.extractall(folder)
    except OSError as error:
        said = f"The export could not be unpacked: {error.strerror or error}. Make room on the disk, then try again."
        raise DiskError(said) from error
