"""Deleting runs, problems and pictures as people do: who may, and what they are told before. ``storage/deletion/`` does it."""

from __future__ import annotations

from engine.domain import Role
from storage import Store
from storage.deletion.preview import DeletionPreview
from storage.deletion.removal import delete_target, labels_sentence, preview_deletion, require_allowed
from storage.errors import DeletionRefused
from storage.runs.targets import Target, TargetKind
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.live_branches import LiveBranches
from visualprm_ui.use_cases.run_control import NotOwner


class Deletion:
    """Deletes from one store: an admin everything, whoever made a run that run as long as nobody's labels hang on it."""

    def __init__(self, store: Store, branches: LiveBranches) -> None:
        self._store = store
        self._branches = branches

    def preview(self, target: Target, principal: Principal) -> DeletionPreview:
        """Return what would go. Raises NotFound, NotOwner."""
        if target.kind is TargetKind.RUN:
            run = self._store.runs.get_open_run(
                target.id, principal.viewer
            )  # nothing is said of one that they may not open
            if not principal.may(Role.ADMIN) and (run.made_by is None or run.made_by != principal.viewer.name):
                raise NotOwner("This run is somebody else's: whoever started it can delete it, or an admin.")
        return preview_deletion(self._store, target)

    def refusal(self, found: DeletionPreview, principal: Principal) -> str | None:
        """Say why the principal cannot delete it now, not even by name; None where they can."""
        try:
            require_allowed(found, found.name if principal.may(Role.ADMIN) else None)
        except DeletionRefused as error:
            is_labelled = found.has_labels and not found.is_running and not principal.may(Role.ADMIN)
            return f"{labels_sentence(found)} Only an admin can delete it." if is_labelled else str(error)
        return None

    def delete(self, target: Target, principal: Principal, labels_of: str | None) -> DeletionPreview:
        """Delete it and return what went. What is being made from steps of its runs on ends.

        ``labels_of``: its name as it was typed, where labels may go too.

        Raises:
            NotFound: it is not there.
            NotOwner: the principal may not delete it, or not its labels.
            DeletionRefused: a run of it is in progress, or its labels were not asked for by name.
        """
        found = self.preview(target, principal)
        if not principal.may(Role.ADMIN):
            if found.has_labels and not found.is_running:
                raise NotOwner(self.refusal(found, principal) or "")
            labels_of = None  # labels that come meanwhile are an admin's to delete, too
        gone = delete_target(self._store, target, principal.name, labels_of=labels_of)
        self._branches.stop_of(target)
        return gone
