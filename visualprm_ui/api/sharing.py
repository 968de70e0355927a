"""Routes of sharing a run: who can open it by its link, and changing that."""

from fastapi import FastAPI

from visualprm_ui.access.identity import Identity, Principal
from visualprm_ui.api.access import Explorer
from visualprm_ui.api.shapes.runs import OpensFor, SharingView
from visualprm_ui.use_cases.run_control import RunControl


def add_sharing(api: FastAPI, runs: RunControl, identity: Identity) -> None:
    """Add the routes of sharing."""

    def view(run_id: str, principal: Principal) -> SharingView:
        sharing = runs.get_sharing(run_id, principal)
        if not identity.needs_sign_in:
            opens_for = OpensFor.EVERYBODY
        elif not sharing.is_shared:
            opens_for = OpensFor.MAKER
        else:
            opens_for = OpensFor.SIGNED_IN if identity.is_private else OpensFor.LINK
        return {"opens_for": opens_for, "may_change": sharing.may_change}

    @api.get("/runs/{run_id}/share", tags=["runs"], summary="Say who can open a run")
    def sharing(run_id: str, principal: Explorer) -> SharingView:
        return view(run_id, principal)

    @api.post("/runs/{run_id}/share", tags=["runs"], summary="Let everybody who has a run's link open it")
    def share(run_id: str, principal: Explorer) -> SharingView:
        runs.set_shared(run_id, principal, shared=True)
        return view(run_id, principal)

    @api.delete("/runs/{run_id}/share", tags=["runs"], summary="Stop sharing a run")
    def stop_sharing(run_id: str, principal: Explorer) -> SharingView:
        runs.set_shared(run_id, principal, shared=False)
        return view(run_id, principal)
