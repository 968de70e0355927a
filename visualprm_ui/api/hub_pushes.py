"""Routes that put an export on the model hub, with a token that is given at that time and stored nowhere. For admins."""

from fastapi import FastAPI
from pydantic import Field

from storage.transfer.hub_push import PushTarget
from visualprm_ui.api.access import Admin
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.transfer import HubPushView
from visualprm_ui.use_cases.hub_pushes import HubPush, HubPushes


class HubPushBody(Body):
    """Where an export goes."""

    name: str = Field(max_length=200, description="OWNER/NAME; the data set is made where there is none.")
    token: str = Field(max_length=500, repr=False, description="Of the hub, one that may write. Stored nowhere.")
    private: bool = True
    replace: bool = Field(default=False, description="The rows and card of a data set that is no export of ours.")


def add_hub_pushes(api: FastAPI, pushes: HubPushes) -> None:
    """Add the routes."""

    @api.post("/exports/{export_id}/push", tags=["dataset"], summary="Put an export of the format hub on the model hub")
    def push(export_id: str, body: HubPushBody, _: Admin) -> HubPushView:
        target = PushTarget(name=body.name.strip(), private=body.private, replace=body.replace)
        return _view(pushes.start(export_id, target, body.token))

    @api.get("/exports/{export_id}/push", tags=["dataset"], summary="Get the progress of pushing an export to the hub")
    def get_push(export_id: str, _: Admin) -> HubPushView:
        return _view(pushes.get(export_id))


def _view(push: HubPush) -> HubPushView:
    return {
        "data_set": push.data_set,
        "private": push.private,
        "state": push.state,
        "address": push.address,
        "message": push.message,
        "seconds": push.seconds,
    }
