"""The models of the server: what is served, what could be, and changing it while people label."""

from enum import StrEnum

from fastapi import FastAPI

from engine.domain import Role
from visualprm_ui.api.access import Admin, Anyone
from visualprm_ui.api.enum_fields import Choice
from visualprm_ui.api.requests import Answer, Body
from visualprm_ui.use_cases.model_control import ModelDesk


class Action(StrEnum):
    """What is to be done with the models."""

    SWITCH = "switch"  # to those named; a model not named stays
    LOAD = "load"  # those chosen last
    UNLOAD = "unload"
    CANCEL = "cancel"  # the loading in progress


class ChangeBody(Body):
    """A change of the models; sources are folders, hub names or server addresses."""

    action: Choice[Action]
    policy: str | None = None
    reward_model: str | None = None


def add_models(api: FastAPI, desk: ModelDesk) -> None:
    """Add the routes of the models. Changing them takes the role of an administrator."""

    @api.get(
        "/models", tags=["models"], summary="What is served, how far loading is, and whether the asker may change it"
    )
    def models(asker: Anyone) -> Answer:
        may_operate = asker.may(Role.ADMIN)
        return {**desk.view(in_full=may_operate), "may_operate": may_operate}

    @api.get("/models/available", tags=["models"], summary="The checkpoints of this machine, and whether they fit it")
    def available(_: Admin) -> Answer:
        return {"models": desk.list()}

    @api.post(
        "/models", tags=["models"], summary="Switch, load or unload (runs in progress finish first), or cancel that"
    )
    def change(body: ChangeBody, _: Admin) -> Answer:
        match body.action:
            case Action.SWITCH:
                desk.switch(body.policy, body.reward_model)
            case Action.LOAD:
                desk.load()
            case Action.UNLOAD:
                desk.unload()
            case Action.CANCEL:
                desk.cancel()
        return {**desk.view(in_full=True), "may_operate": True}
