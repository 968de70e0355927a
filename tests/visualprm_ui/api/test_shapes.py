from typing import get_type_hints

from fastapi.routing import APIRoute
from starlette.responses import Response
from typing_extensions import is_typeddict

from engine.domain import ProjectOptions
from visualprm_ui.api import build_api
from visualprm_ui.api.shapes.projects import ProjectOptionsView


def test_every_answer_has_a_shape(workbench, identity):
    """Docs, JavaScript and the description of the API can follow a shape; a dict that a route makes up they cannot."""
    routes = [route for route in build_api(workbench, identity).routes if isinstance(route, APIRoute)]
    assert len(routes) > 40
    plain = [route.path for route in routes if not is_shape(get_type_hints(route.endpoint)["return"])]
    assert plain == []


def is_shape(answer):
    return is_typeddict(answer) or (isinstance(answer, type) and issubclass(answer, Response))


def test_the_options_of_a_project_are_served_whole():
    assert get_type_hints(ProjectOptionsView) == get_type_hints(ProjectOptions)
