"""An export for the model hub, put there: the folder that ``hub`` writes, as a data set of its own.

The token is used for this and nothing else: it is neither stored nor logged, and stands in no message. ``huggingface_hub`` is
loaded when something is put there. Which hub that is, ``huggingface_hub`` knows.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import BadFile, BadSetting
from storage.progress import OnProgress
from storage.store import Store
from storage.transfer import hub_card
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import HUB, ExportReport, export
from storage.transfer.hub_download import check_name

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_OF_THE_HUB = frozenset((".gitattributes",))  # what the hub itself puts into a new data set


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget:
    """Where an export goes."""

    name: str  # OWNER/NAME
    private: bool = True  # whether the data set is to be seen by its owner only
    replace: bool = False  # its rows and card may take the place of those of a data set that is no export of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What was put on the hub."""

    data_set: str  # OWNER/NAME
    address: str
    private: bool  # as it is there
    export: ExportReport


def push_data_set(
    store: Store, target: PushTarget, token: str, choice: ExportChoice, *, on_progress: OnProgress
) -> PushReport:
    """Export for the hub and put it there, making the data set where there is none; an earlier export there is replaced.

    Args:
        store: to read from.
        target: where it goes.
        token: one that may write.
        choice: what to write.
        on_progress: told how far the export is.

    Raises:
        BadSetting: the name or the token is none, the choice cannot be made, or the data set that is there is for others to see
            than was asked for, or no export of ours.
        BadFile: the hub cannot be reached or refuses it.
        NotFound, DiskError: see ``exporting.export``.
    """
    check_target(target, token)
    with tempfile.TemporaryDirectory(prefix="visualprm-push-") as beside:  # closed to others
        folder = Path(beside) / HUB
        report = export(store, folder, HUB, choice, on_progress)
        address = push_folder(folder, target, token)
    return PushReport(data_set=target.name, address=address, private=target.private, export=report)


def check_target(target: PushTarget, token: str) -> None:
    """Raise BadSetting where the name or the token cannot be one. Asks nobody."""
    check_name(target.name)
    if not token.strip() or not token.isascii() or not token.isprintable():
        raise BadSetting(
            "That is not a token of the model hub. Create one with write access, under Settings, Access Tokens."
        )


def push_folder(folder: Path, target: PushTarget, token: str) -> str:
    """Put a folder that the format ``hub`` wrote on the hub; return its address there. Raises BadSetting, BadFile."""
    from huggingface_hub import HfApi

    check_target(target, token)
    name, token = target.name, token.strip()
    hub = HfApi(token=token)
    try:
        _check_there(hub, target)
        address = hub.create_repo(name, repo_type="dataset", private=target.private, exist_ok=True)
        hub.upload_folder(
            repo_id=name,
            folder_path=folder,
            repo_type="dataset",
            commit_message="Export of VisualPRM Workbench",
            delete_patterns=[f"{hub_card.DATA}/*"],  # rows of an earlier export: all there would be read as one
        )
    except BadSetting:
        raise
    except Exception as error:  # of the client, and of the network below it
        reason = str(error).strip().split("\n")[0].replace(token, "…")[:200].rstrip(".") or type(error).__name__
        raise BadFile(
            f"The model hub did not accept {name!r}: {reason}. Check that the token has write access there, and that "
            "this machine is online."
        ) from None
    return str(address)


def _check_there(hub: HfApi, target: PushTarget) -> None:
    """Raise BadSetting where there is a data set that this one must not take the place of."""
    from huggingface_hub.errors import RepositoryNotFoundError

    name = target.name
    try:
        found = hub.dataset_info(name)
    except RepositoryNotFoundError:
        return
    if bool(found.private) != target.private:
        is_now, flag = ("private", "without --public") if found.private else ("public", "with --public")
        raise BadSetting(
            f"{name!r} is {is_now} on the model hub, and pushing does not change that. Push it as a {is_now} one (on the "
            f"command line {flag}), change it there first, or choose another name."
        )
    files = set(hub.list_repo_files(name, repo_type="dataset")) - _OF_THE_HUB
    if files and not target.replace and not _is_ours(hub, name, files):
        raise BadSetting(
            f"{name!r} is on the model hub already, and did not come from this program. Choose another name, or have its rows and "
            "its card replaced (on the command line --replace)."
        )


def _is_ours(hub: HfApi, name: str, files: set[str]) -> bool:
    if hub_card.CARD not in files:
        return False
    with tempfile.TemporaryDirectory(prefix="visualprm-push-") as beside:
        path = hub.hf_hub_download(name, hub_card.CARD, repo_type="dataset", local_dir=beside)
        return hub_card.is_ours(Path(path).read_text(encoding="utf-8", errors="replace"))
