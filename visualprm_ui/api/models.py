"""Routes of the server's models: what is served, what could be served, and changing it while people label."""

from enum import StrEnum

from fastapi import FastAPI

from engine.domain import Role
from visualprm_ui.api.access import Admin, Explorer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.requests import Body
from visualprm_ui.api.shapes.runs import ModelsView
from visualprm_ui.use_cases.model_control import AvailableModels, ModelControl


class Action(StrEnum):
    """What to do with the models."""

    SWITCH = "switch"  # to the models named; a role not named keeps its model
    LOAD = "load"  # the models chosen last
    UNLOAD = "unload"
    CANCEL = "cancel"  # the loading in progress
    SHIPPED = "shipped"  # load the models that come with the program


class ModelsBody(Body):
    """A change of the models; sources are folders, hub names or server addresses."""

    action: EnumField[Action]
    policy: str | None = None
    reward_model: str | None = None


def add_models(api: FastAPI, models: ModelControl) -> None:
    """Add the routes of the models. Changing them takes the role of an administrator."""

    @api.get("/models", tags=["models"], summary="What is served, how far loading is, and whether you may change it")
    def served(principal: Explorer) -> ModelsView:
        may_operate = principal.may(Role.ADMIN)
        return {**models.view(in_full=may_operate), "may_operate": may_operate}

    @api.get("/models/available", tags=["models"], summary="The checkpoints of this machine, and whether they fit it")
    def available(_: Admin) -> AvailableModels:
        return models.list_available()

    @api.post(
        "/models", tags=["models"], summary="Switch, load or unload (runs in progress finish first), or cancel that"
    )
    def change(body: ModelsBody, _: Admin) -> ModelsView:
        match body.action:
            case Action.SWITCH:
                models.switch(body.policy, body.reward_model)
            case Action.LOAD:
                models.load()
            case Action.UNLOAD:
                models.unload()
            case Action.CANCEL:
                models.cancel()
            case Action.SHIPPED:
                models.load_shipped()
        return {**models.view(in_full=True), "may_operate": True}
