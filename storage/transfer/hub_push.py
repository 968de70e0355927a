"""An export for the model hub, put there: the folder that ``hub`` writes, as a data set of its own.

The token is used for this and nothing else: it is neither stored nor logged, and stands in no message. ``huggingface_hub`` is
loaded when something is put there. The hub is the one of ``HF_ENDPOINT``.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BadFile, BadSetting
from storage.store import Store
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import HUB, ExportReport, OnProgress, export
from storage.transfer.hub_download import check_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What was put on the hub."""

    data_set: str  # OWNER/NAME
    address: str
    private: bool  # as it was made; one that is there stays as it is
    export: ExportReport


def push_data_set(
    store: Store, name: str, token: str, choice: ExportChoice, *, private: bool = True, on_progress: OnProgress
) -> PushReport:
    """Export for the hub and put it there, making the data set where there is none.

    Args:
        store: to read from.
        name: OWNER/NAME.
        token: one that may write.
        choice: what to write.
        private: whether a new data set is to be seen by its owner only.
        on_progress: told how far the export is.

    Raises:
        BadSetting: the name or the token is none, or the choice cannot be made.
        BadFile: the hub cannot be reached or refuses it.
        NotFound, DiskError: see ``exporting.export``.
    """
    check_name(name)
    if not token.strip() or not token.isascii() or not token.isprintable():
        raise BadSetting("That is no token of the model hub. Make one that may write, under Settings, Access Tokens.")
    with tempfile.TemporaryDirectory(prefix="visualprm-push-") as beside:  # closed to others
        folder = Path(beside) / HUB
        report = export(store, folder, HUB, choice, on_progress)
        address = _upload(folder, name, token.strip(), private)
    return PushReport(data_set=name, address=address, private=private, export=report)


def _upload(folder: Path, name: str, token: str, private: bool) -> str:
    from huggingface_hub import HfApi

    hub = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    try:
        address = hub.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        hub.upload_folder(
            repo_id=name, folder_path=folder, repo_type="dataset", commit_message="Export of VisualPRM Workbench"
        )
    except Exception as error:  # of the client, and of the network below it
        reason = str(error).strip().split("\n")[0].replace(token, "…")[:200].rstrip(".") or type(error).__name__
        raise BadFile(
            f"The model hub did not take {name!r}: {reason}. Check that the token may write there, and that this machine is online."
        ) from None
    return str(address)
